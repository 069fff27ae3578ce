// SPDX-License-Identifier: MIT
pragma solidity =0.8.27;

interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
}

interface IWrapped {
    function withdraw(uint256 amount) external;
}

interface IAaveV3Pool {
    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16 code)
        external;
}

interface IMorphoBlue {
    function flashLoan(address token, uint256 assets, bytes calldata data) external;
}

interface IUniswapV3Pool {
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
    function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 limit, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1);
}

interface IUniswapV2Pair {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 time);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

/// @title Liquidates with borrowed money: flash loans, calls, swaps and a payment, all or nothing.
/// @notice Carries out programs; include/liqd/decide/executor.h specifies their bytes.
///
/// Who is trusted. The owner, whose key is cold, with everything. An operator, whose key is hot, with
/// what this contract holds: a program may call anybody with anything. Hence sweep: what is gained
/// goes to the owner at once, and a stolen operator's key finds nothing here. Contracts that a program
/// names, with no more than the program names: a pool with the most that may be paid, a lender with
/// what it lent and the most that this may cost, a called contract with its allowance. Tokens that lie
/// fail the assertion of what was gained, as long as another token is asserted that does not.
/// Strangers with nothing: they can only send.
///
/// Storage, which a dry run overrides: owner in slot 0, pending owner in slot 1, operators in slot 2.
contract Executor {
    address public owner;
    address public pendingOwner;
    mapping(address account => bool) public operators;

    event OwnershipTransferStarted(address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);
    event OperatorSet(address indexed operator, bool allowed);
    event Rescued(address indexed token, address indexed to, uint256 amount);

    error NotOwner();
    error NotOperator();
    error Busy();
    error Expired(uint256 number, uint256 last);
    error AccountChanged(address guard, uint256 actual, uint256 minimum);
    error GuardFailed(address guard, bytes inner);
    error UnexpectedCallback(address caller);
    error CallbackMissing(address callee);
    error CallFailed(address callee, bytes inner);
    error TokenFailed(address token, bytes inner);
    error TooDear(address payee, uint256 asked, uint256 most);
    error TooLittle(address pool, uint256 got, uint256 least);
    error BelowMinimum(address token, uint256 gained, uint256 minimum);
    error BuilderRefused(address builder, uint256 amount);
    error BadProgram();

    // Operations.
    uint256 private constant FLASH = 1;
    uint256 private constant CALL = 2;
    uint256 private constant OUT = 3;
    uint256 private constant IN = 4;
    uint256 private constant UNWRAP = 5;
    uint256 private constant PAY = 6;

    // Lenders and venues; 3 is a Uniswap v3 pool's token1.
    uint256 private constant LENDER_AAVE_V3 = 0;
    uint256 private constant LENDER_MORPHO_BLUE = 1;
    uint256 private constant LENDER_UNISWAP_V3_TOKEN0 = 2;
    uint256 private constant LENDER_UNISWAP_V3_TOKEN1 = 3;
    uint256 private constant VENUE_V3 = 0;
    uint256 private constant VENUE_V2 = 1;

    uint256 private constant FLAG_SWEEP = 1;

    // Prices of v3 that no swap reaches.
    uint160 private constant PRICE_LOW = 4295128740;
    uint160 private constant PRICE_HIGH = 1461446703485210103287273052203988822378723970341;

    uint256 private constant PIPS = 1e6;

    // Beside the 2300 that come with any payment: a fee recipient that is a contract may forward or
    // log, no more.
    uint256 private constant PAY_GAS = 5000;

    // Transient storage.
    uint256 private constant LOCK = 0;
    uint256 private constant EXPECTED = 1;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    constructor(address owner_) {
        owner = owner_;
        emit OwnershipTransferred(address(0), owner_);
    }

    /// Takes coins that are unwrapped; what else is sent here the owner rescues.
    receive() external payable {}

    /// Makes `account` the pending owner, who becomes the owner when he accepts; zero: nobody.
    function transferOwnership(address account) external onlyOwner {
        pendingOwner = account;
        emit OwnershipTransferStarted(owner, account);
    }

    /// By the pending owner alone.
    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner();
        emit OwnershipTransferred(owner, msg.sender);
        owner = msg.sender;
        delete pendingOwner;
    }

    /// Lets `operator` execute programs, or no more.
    function setOperator(address operator, bool allowed) external onlyOwner {
        operators[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    /// Sends `amount` of `token`, zero: of the chain's coin, to `to`.
    function rescue(address token, address to, uint256 amount) external onlyOwner {
        if (token == address(0)) {
            (bool ok, bytes memory result) = to.call{value: amount}("");
            if (!ok) revert CallFailed(to, result);
        } else {
            transfer(token, to, amount);
        }
        emit Rescued(token, to, amount);
    }

    /// Carries out `program`, all or nothing; reverts before anything is touched where a guard does not hold.
    function execute(bytes calldata program) external payable {
        if (!operators[msg.sender] && msg.sender != owner) revert NotOperator();
        uint256 p;
        uint256 flags;
        uint256 last;
        assembly {
            p := program.offset
        }
        uint256 end = p + program.length;
        (flags, p) = number(p, 1);
        (last, p) = number(p, 5);
        if (flags > FLAG_SWEEP) revert BadProgram();
        if (last != 0 && block.number > last) revert Expired(block.number, last);
        p = checkGuards(p, end);
        if (load(LOCK) != 0) revert Busy();
        store(LOCK, 1);
        uint256[] memory held;
        uint256 gains = p;
        (held, p) = noteGains(p);
        run(p, end, 0, address(this), address(0));
        settle(gains, held, flags == FLAG_SWEEP);
        store(LOCK, 0);
    }

    /// Aave v3's callback: the pool takes back what it lent by the allowance.
    function executeOperation(address, uint256, uint256 premium, address initiator, bytes calldata data)
        external
        returns (bool)
    {
        // anybody may have a pool of Aave's lend to us
        if (initiator != address(this)) revert UnexpectedCallback(msg.sender);
        (address token, uint256 owed) = borrowed(premium, data);
        approve(token, msg.sender, owed);
        return true;
    }

    /// Morpho Blue's callback: the same.
    function onMorphoFlashLoan(uint256, bytes calldata data) external {
        (address token, uint256 owed) = borrowed(0, data);
        approve(token, msg.sender, owed);
    }

    /// Uniswap v3's callback of a loan; the fee of the token that is not borrowed is 0. Who says
    /// otherwise asks for more, and gets no more than anybody.
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        (address token, uint256 owed) = borrowed(fee0 | fee1, data);
        transfer(token, msg.sender, owed);
    }

    /// Uniswap v3's callback of a swap: what has to be paid is the positive one.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        takeExpected(data);
        (uint256 p, uint256 end) = bounds(data);
        pay(msg.sender, uint256(amount0 > amount1 ? amount0 : amount1), p, end);
    }

    // --- parts of a program. P is where in the calldata something begins, END where what it is in
    // ends; what runs over an end is found out behind it, when all is still taken back.

    function checkGuards(uint256 p, uint256 end) private view returns (uint256) {
        uint256 count;
        (count, p) = number(p, 1);
        for (; count != 0; count--) {
            address guard;
            uint256 word;
            uint256 minimum;
            uint256 stop;
            (guard, p) = account(p);
            (word, p) = number(p, 1);
            (minimum, p) = amount(p);
            (p, stop) = sized(p, end);
            (bool ok, bytes memory result) = guard.staticcall(slice(p, stop));
            if (!ok || result.length < 32 * (word + 1)) revert GuardFailed(guard, result);
            uint256 actual;
            assembly {
                actual := mload(add(add(result, 32), mul(word, 32)))
            }
            if (actual < minimum) revert AccountChanged(guard, actual, minimum);
            p = stop;
        }
        return p;
    }

    function noteGains(uint256 p) private view returns (uint256[] memory held, uint256) {
        uint256 count;
        (count, p) = number(p, 1);
        held = new uint256[](count);
        for (uint256 i; i < count; i++) {
            address token;
            (token, p) = account(p);
            (, p) = amount(p);
            held[i] = balanceOf(token);
        }
        return (held, p);
    }

    function settle(uint256 p, uint256[] memory held, bool sweep) private {
        (, p) = number(p, 1);
        for (uint256 i; i < held.length; i++) {
            address token;
            uint256 minimum;
            (token, p) = account(p);
            (minimum, p) = amount(p);
            uint256 now_ = balanceOf(token);
            uint256 gained = now_ > held[i] ? now_ - held[i] : 0;
            if (gained < minimum || now_ < held[i]) revert BelowMinimum(token, gained, minimum);
            if (sweep && gained != 0) transfer(token, owner, gained);
        }
    }

    /// Operations from `p` to `end`, in an operation for which `owed` has to be paid to `payee`; in a loan of
    /// `lent`, for which so much of it has to be held in the end.
    function run(uint256 p, uint256 end, uint256 owed, address payee, address lent) private {
        while (p < end) {
            uint256 operation;
            (operation, p) = number(p, 1);
            if (operation == FLASH) {
                p = flash(p, end);
            } else if (operation == CALL) {
                p = callOut(p, end);
            } else if (operation == OUT || operation == IN) {
                p = swap(p, end, operation == OUT, owed, payee, lent);
            } else if (operation == UNWRAP) {
                address wrapped;
                uint256 value;
                (wrapped, p) = account(p);
                (value, p) = amount(p);
                callContract(wrapped, abi.encodeCall(IWrapped.withdraw, (value)), 0);
            } else if (operation == PAY) {
                uint256 value;
                (value, p) = amount(p);
                (bool ok,) = block.coinbase.call{value: value, gas: PAY_GAS}("");
                if (!ok) revert BuilderRefused(block.coinbase, value);
            } else {
                revert BadProgram();
            }
        }
        if (p != end) revert BadProgram();
    }

    function callOut(uint256 p, uint256 end) private returns (uint256 stop) {
        address callee;
        address token;
        uint256 allowed;
        (callee, p) = account(p);
        (token, p) = account(p);
        (allowed, p) = amount(p);
        (p, stop) = sized(p, end);
        if (allowed != 0) approve(token, callee, allowed);
        callContract(callee, slice(p, stop), 0);
        if (allowed != 0) disapprove(token, callee);
    }

    function flash(uint256 p, uint256 end) private returns (uint256 stop) {
        uint256 kind;
        address lender;
        (kind, p) = number(p, 1);
        (lender, p) = account(p);
        (p, stop) = sized(p, end);
        bytes calldata data = slice(p, stop);
        (address token, uint256 q) = account(p);
        (uint256 value,) = amount(q);
        if (kind == LENDER_AAVE_V3) {
            expect(lender, this.executeOperation.selector, data);
            callContract(lender, abi.encodeCall(IAaveV3Pool.flashLoanSimple, (address(this), token, value, data, 0)), 0);
        } else if (kind == LENDER_MORPHO_BLUE) {
            expect(lender, this.onMorphoFlashLoan.selector, data);
            callContract(lender, abi.encodeCall(IMorphoBlue.flashLoan, (token, value, data)), 0);
        } else if (kind == LENDER_UNISWAP_V3_TOKEN0 || kind == LENDER_UNISWAP_V3_TOKEN1) {
            expect(lender, this.uniswapV3FlashCallback.selector, data);
            (uint256 value0, uint256 value1) = kind == LENDER_UNISWAP_V3_TOKEN0 ? (value, uint256(0)) : (0, value);
            callContract(lender, abi.encodeCall(IUniswapV3Pool.flash, (address(this), value0, value1, data)), 0);
        } else {
            revert BadProgram();
        }
        if (load(EXPECTED) != 0) revert CallbackMissing(lender);
        if (kind <= LENDER_MORPHO_BLUE) disapprove(token, lender);
    }

    /// Does in a lender's callback what was borrowed for; what has to be given back. What was held before the loan
    /// came is not touched for that.
    function borrowed(uint256 fee, bytes calldata data) private returns (address token, uint256 owed) {
        takeExpected(data);
        (uint256 p, uint256 end) = bounds(data);
        uint256 most;
        (token, p) = account(p);
        (owed, p) = amount(p);
        (most, p) = amount(p);
        if (fee > most) revert TooDear(msg.sender, fee, most);
        owed += fee;
        run(p, end, balanceOf(token) + fee, address(this), token);
    }

    function swap(uint256 p, uint256 end, bool isOut, uint256 owed, address payee, address lent)
        private
        returns (uint256 stop)
    {
        uint256 kind;
        uint256 zeroForOne;
        address pool;
        uint256 fee;
        uint256 value;
        (kind, p) = number(p, 1);
        (zeroForOne, p) = number(p, 1);
        (pool, p) = account(p);
        (fee, p) = number(p, 3);
        (value, p) = amount(p);
        (p, stop) = sized(p, end);
        address to = address(this);
        if (value == 0) {
            if (lent != address(0)) {
                uint256 held = balanceOf(lent);
                if (held >= owed) return stop;
                owed -= held;
            }
            (value, to) = (owed, payee);
        }
        if (kind == VENUE_V3) {
            swapV3(pool, zeroForOne != 0, isOut, value, to, slice(p, stop));
        } else if (kind == VENUE_V2) {
            swapV2(pool, zeroForOne != 0, isOut, fee, value, to, p, stop);
        } else {
            revert BadProgram();
        }
    }

    function swapV3(address pool, bool zeroForOne, bool isOut, uint256 value, address to, bytes calldata data) private {
        (uint256 p,) = bounds(data);
        (uint256 most,) = amount(p + 20);
        expect(pool, this.uniswapV3SwapCallback.selector, data);
        bytes memory result = callContract(
            pool,
            abi.encodeCall(
                IUniswapV3Pool.swap,
                (to, zeroForOne, isOut ? -int256(value) : int256(most), zeroForOne ? PRICE_LOW : PRICE_HIGH, data)
            ),
            64
        );
        if (load(EXPECTED) != 0) revert CallbackMissing(pool);
        (int256 amount0, int256 amount1) = abi.decode(result, (int256, int256));
        int256 given = zeroForOne ? amount1 : amount0;
        uint256 got = given < 0 ? uint256(-given) : 0;
        if (got < value) revert TooLittle(pool, got, value);
    }

    function swapV2(
        address pool,
        bool zeroForOne,
        bool isOut,
        uint256 fee,
        uint256 value,
        address to,
        uint256 p,
        uint256 end
    ) private {
        bytes memory reserves = callContract(pool, abi.encodeCall(IUniswapV2Pair.getReserves, ()), 64);
        (uint256 reserveIn, uint256 reserveOut) = abi.decode(reserves, (uint256, uint256));
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        uint256 paid;
        if (isOut) {
            if (value >= reserveOut) revert TooLittle(pool, reserveOut, value);
            paid = reserveIn * value * PIPS / ((reserveOut - value) * (PIPS - fee)) + 1;
        } else {
            (paid,) = amount(p + 20);
            uint256 counted = paid * (PIPS - fee);
            uint256 got = counted * reserveOut / (reserveIn * PIPS + counted);
            if (got < value) revert TooLittle(pool, got, value);
            value = got;
        }
        pay(pool, paid, p, end);
        (uint256 value0, uint256 value1) = zeroForOne ? (uint256(0), value) : (value, 0);
        callContract(pool, abi.encodeCall(IUniswapV2Pair.swap, (value0, value1, to, "")), 0);
    }

    /// Pays a pool, or has it paid by the operations that are given for this.
    function pay(address pool, uint256 owed, uint256 p, uint256 end) private {
        address token;
        uint256 most;
        (token, p) = account(p);
        (most, p) = amount(p);
        if (owed > most) revert TooDear(pool, owed, most);
        if (p == end) transfer(token, pool, owed);
        else run(p, end, owed, pool, address(0));
    }

    // --- bytes

    function number(uint256 p, uint256 size) private pure returns (uint256 value, uint256 next) {
        assembly {
            value := shr(sub(256, mul(8, size)), calldataload(p))
            next := add(p, size)
        }
    }

    function account(uint256 p) private pure returns (address value, uint256 next) {
        assembly {
            value := shr(96, calldataload(p))
            next := add(p, 20)
        }
    }

    function amount(uint256 p) private pure returns (uint256 value, uint256 next) {
        uint256 size;
        (size, p) = number(p, 1);
        if (size > 32) revert BadProgram();
        return number(p, size);
    }

    /// What has its size before it.
    function sized(uint256 p, uint256 end) private pure returns (uint256 start, uint256 stop) {
        (stop, start) = number(p, 2);
        stop += start;
        if (stop > end) revert BadProgram();
    }

    function slice(uint256 p, uint256 end) private pure returns (bytes calldata data) {
        assembly {
            data.offset := p
            data.length := sub(end, p)
        }
    }

    function bounds(bytes calldata data) private pure returns (uint256 p, uint256 end) {
        assembly {
            p := data.offset
            end := add(p, data.length)
        }
    }

    // --- callbacks: at most one is expected at any time, and it is expected no more when it came

    function expect(address caller, bytes4 callback, bytes calldata data) private {
        store(EXPECTED, uint256(keccak256(abi.encodePacked(caller, callback, data))));
    }

    function takeExpected(bytes calldata data) private {
        if (load(EXPECTED) != uint256(keccak256(abi.encodePacked(msg.sender, msg.sig, data)))) {
            revert UnexpectedCallback(msg.sender);
        }
        store(EXPECTED, 0);
    }

    function load(uint256 slot) private view returns (uint256 value) {
        assembly {
            value := tload(slot)
        }
    }

    function store(uint256 slot, uint256 value) private {
        assembly {
            tstore(slot, value)
        }
    }

    // --- others' contracts

    /// What it returns, which is at least so many bytes.
    function callContract(address callee, bytes memory input, uint256 least) private returns (bytes memory result) {
        bool ok;
        (ok, result) = callee.call(input);
        if (ok && result.length >= least && (result.length != 0 || callee.code.length != 0)) return result;
        if (!isOwn(result)) revert CallFailed(callee, result);
        assembly {
            revert(add(result, 32), mload(result))
        }
    }

    /// Whether it is an error of ours, out of a callback: it says more than that the call failed.
    function isOwn(bytes memory result) private pure returns (bool) {
        bytes4 error_ = bytes4(result);
        return error_ == TooDear.selector || error_ == TooLittle.selector || error_ == TokenFailed.selector
            || error_ == CallFailed.selector || error_ == CallbackMissing.selector
            || error_ == UnexpectedCallback.selector || error_ == BuilderRefused.selector
            || error_ == BadProgram.selector;
    }

    function balanceOf(address token) private view returns (uint256) {
        return view_(token, abi.encodeCall(IERC20.balanceOf, (address(this))));
    }

    /// As long as nothing is approved nothing is left over, so that tokens which let an allowance only
    /// be changed from or to 0 are content.
    function approve(address token, address spender, uint256 value) private {
        callToken(token, abi.encodeCall(IERC20.approve, (spender, value)));
    }

    function disapprove(address token, address spender) private {
        if (view_(token, abi.encodeCall(IERC20.allowance, (address(this), spender))) != 0) approve(token, spender, 0);
    }

    function transfer(address token, address to, uint256 value) private {
        callToken(token, abi.encodeCall(IERC20.transfer, (to, value)));
    }

    function view_(address token, bytes memory input) private view returns (uint256) {
        (bool ok, bytes memory result) = token.staticcall(input);
        if (!ok || result.length < 32) revert TokenFailed(token, result);
        return uint256(bytes32(result));
    }

    /// Some tokens return nothing; none that is there returns false.
    function callToken(address token, bytes memory input) private {
        (bool ok, bytes memory result) = token.call(input);
        if (ok && (result.length == 0 ? token.code.length != 0 : uint256(bytes32(result)) == 1)) return;
        revert TokenFailed(token, result);
    }
}
