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

/// What is read of a program: `at` is where in the calldata the next byte stands, `end` where it ends.
/// What runs over the end is found out behind it, when all is still taken back.
struct Reader {
    uint256 at;
    uint256 end;
}

/// @title Liquidates with borrowed money: flash loans, calls, swaps and a payment, all or nothing.
/// @notice Carries out programs; include/liqd/decide/executor.h specifies their bytes.
///
/// Who is trusted. The owner, whose key is cold, with everything. An operator, whose key is hot, with
/// what this contract holds: a program may call anybody with anything. Hence sweep: what is gained
/// goes to the owner at once, and a stolen operator's key finds nothing here. What a program approves
/// outlives its operator, though: after a key was stolen nothing is to come here any more. Contracts that
/// a program names, with no more than the program names: a pool with the most that may be paid, a lender
/// with what it is to lend and the most that this may cost, a called contract with its allowance. That
/// they gave what they took this for is seen by the assertion of gains, which is of balances: of a token
/// that is asserted nothing is lost, unless it is the token that lies. Strangers with nothing: they can
/// only send.
///
/// Nobody may ever approve this contract for a token, or give it a right elsewhere: a program calls
/// anybody as this contract, so whoever has an operator's key could take what was approved.
///
/// Operators outlive a change of owner: the new one has to revoke those that he does not know.
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
        Reader memory r = over(program);
        uint256 flags = takeNumber(r, 1);
        if (flags > FLAG_SWEEP) revert BadProgram();
        uint256 last = takeNumber(r, 5);
        if (last != 0 && block.number > last) revert Expired(block.number, last);
        checkGuards(r);
        if (load(LOCK) != 0) revert Busy();
        store(LOCK, 1);
        uint256 gains = r.at;
        uint256[] memory held = noteGains(r);
        run(r, 0, address(this), address(0));
        r.at = gains;
        settle(r, held, flags == FLAG_SWEEP);
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
        pay(msg.sender, uint256(amount0 > amount1 ? amount0 : amount1), over(data));
    }

    // --- the parts of a program

    function checkGuards(Reader memory r) private view {
        for (uint256 count = takeNumber(r, 1); count != 0; count--) {
            address guard = takeAddress(r);
            uint256 word = takeNumber(r, 1);
            uint256 minimum = takeAmount(r);
            (bool ok, bytes memory result) = guard.staticcall(bytesOf(takePart(r)));
            if (!ok || result.length / 32 <= word) revert GuardFailed(guard, result);
            uint256 actual = wordOf(result, word);
            if (actual < minimum) revert AccountChanged(guard, actual, minimum);
        }
    }

    function noteGains(Reader memory r) private view returns (uint256[] memory held) {
        held = new uint256[](takeNumber(r, 1));
        for (uint256 i; i < held.length; i++) {
            held[i] = balanceOf(takeAddress(r));
            takeAmount(r);
        }
    }

    function settle(Reader memory r, uint256[] memory held, bool sweep) private {
        takeNumber(r, 1);
        for (uint256 i; i < held.length; i++) {
            address token = takeAddress(r);
            uint256 minimum = takeAmount(r);
            uint256 balance = balanceOf(token);
            uint256 gained = balance > held[i] ? balance - held[i] : 0;
            if (balance < held[i] || gained < minimum) revert BelowMinimum(token, gained, minimum);
            if (sweep && gained != 0) transfer(token, owner, gained);
        }
    }

    /// Operations, in a swap for which `owed` has to be paid to `payee`, or in a loan of `lent`, of which
    /// `owed` has to be held at the end.
    function run(Reader memory r, uint256 owed, address payee, address lent) private {
        while (r.at < r.end) {
            uint256 operation = takeNumber(r, 1);
            if (operation == FLASH) {
                flash(r);
            } else if (operation == CALL) {
                callOut(r);
            } else if (operation == OUT || operation == IN) {
                swap(r, operation == OUT, owed, payee, lent);
            } else if (operation == UNWRAP) {
                address wrapped = takeAddress(r);
                callContract(wrapped, abi.encodeCall(IWrapped.withdraw, (takeAmount(r))), 0);
            } else if (operation == PAY) {
                uint256 value = takeAmount(r);
                (bool ok,) = block.coinbase.call{value: value, gas: PAY_GAS}("");
                if (!ok) revert BuilderRefused(block.coinbase, value);
            } else {
                revert BadProgram();
            }
        }
        if (r.at != r.end) revert BadProgram();
    }

    function callOut(Reader memory r) private {
        address callee = takeAddress(r);
        address token = takeAddress(r);
        uint256 allowed = takeAmount(r);
        bytes calldata input = bytesOf(takePart(r));
        if (allowed != 0) approve(token, callee, allowed);
        callContract(callee, input, 0);
        if (allowed != 0) disapprove(token, callee);
    }

    function flash(Reader memory r) private {
        uint256 kind = takeNumber(r, 1);
        address lender = takeAddress(r);
        Reader memory rest = takePart(r);
        bytes calldata data = bytesOf(rest);
        address token = takeAddress(rest);
        uint256 value = takeAmount(rest);
        bytes4 callback;
        bytes memory input;
        if (kind == LENDER_AAVE_V3) {
            callback = this.executeOperation.selector;
            input = abi.encodeCall(IAaveV3Pool.flashLoanSimple, (address(this), token, value, data, 0));
        } else if (kind == LENDER_MORPHO_BLUE) {
            callback = this.onMorphoFlashLoan.selector;
            input = abi.encodeCall(IMorphoBlue.flashLoan, (token, value, data));
        } else if (kind <= LENDER_UNISWAP_V3_TOKEN1) {
            callback = this.uniswapV3FlashCallback.selector;
            (uint256 value0, uint256 value1) = kind == LENDER_UNISWAP_V3_TOKEN0 ? (value, uint256(0)) : (0, value);
            input = abi.encodeCall(IUniswapV3Pool.flash, (address(this), value0, value1, data));
        } else {
            revert BadProgram();
        }
        callExpecting(lender, input, 0, callback, data);
        if (kind <= LENDER_MORPHO_BLUE) disapprove(token, lender);
    }

    /// Does in a lender's callback what was borrowed for; what has to be given back. What was held before
    /// the loan came is not touched for that by swaps of what is lacking.
    function borrowed(uint256 fee, bytes calldata data) private returns (address token, uint256 owed) {
        takeExpected(data);
        Reader memory r = over(data);
        token = takeAddress(r);
        owed = takeAmount(r);
        uint256 most = takeAmount(r);
        if (fee > most) revert TooDear(msg.sender, fee, most);
        owed += fee;
        run(r, balanceOf(token) + fee, address(this), token);
    }

    function swap(Reader memory r, bool isOut, uint256 owed, address payee, address lent) private {
        uint256 kind = takeNumber(r, 1);
        bool zeroForOne = takeNumber(r, 1) != 0;
        address pool = takeAddress(r);
        uint256 fee = takeNumber(r, 3);
        uint256 value = takeAmount(r);
        Reader memory rest = takePart(r);
        address to = address(this);
        if (value == 0) {
            (value, to) = (owed, payee);
            if (lent != address(0)) {
                uint256 held = balanceOf(lent);
                if (held >= owed) return;
                value -= held;
            }
        }
        if (kind == VENUE_V3) swapV3(pool, zeroForOne, isOut, value, to, rest);
        else if (kind == VENUE_V2) swapV2(pool, zeroForOne, isOut, fee, value, to, rest);
        else revert BadProgram();
    }

    function swapV3(address pool, bool zeroForOne, bool isOut, uint256 value, address to, Reader memory rest) private {
        bytes calldata data = bytesOf(rest);
        int256 specified = isOut ? -int256(value) : int256(mostOf(rest));
        uint160 limit = zeroForOne ? PRICE_LOW : PRICE_HIGH;
        bytes memory input = abi.encodeCall(IUniswapV3Pool.swap, (to, zeroForOne, specified, limit, data));
        bytes memory result = callExpecting(pool, input, 64, this.uniswapV3SwapCallback.selector, data);
        int256 given = int256(wordOf(result, zeroForOne ? 1 : 0));
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
        Reader memory rest
    ) private {
        bytes memory reserves = callContract(pool, abi.encodeCall(IUniswapV2Pair.getReserves, ()), 64);
        uint256 reserveIn = wordOf(reserves, zeroForOne ? 0 : 1);
        uint256 reserveOut = wordOf(reserves, zeroForOne ? 1 : 0);
        uint256 paid;
        if (isOut) {
            if (value >= reserveOut) revert TooLittle(pool, reserveOut, value);
            paid = reserveIn * value * PIPS / ((reserveOut - value) * (PIPS - fee)) + 1;
        } else {
            paid = mostOf(rest);
            uint256 counted = paid * (PIPS - fee);
            uint256 got = counted * reserveOut / (reserveIn * PIPS + counted);
            if (got < value) revert TooLittle(pool, got, value);
            value = got;
        }
        pay(pool, paid, rest);
        (uint256 value0, uint256 value1) = zeroForOne ? (uint256(0), value) : (value, 0);
        callContract(pool, abi.encodeCall(IUniswapV2Pair.swap, (value0, value1, to, "")), 0);
    }

    /// Pays a pool, or has it paid by the operations that are given for this.
    function pay(address pool, uint256 owed, Reader memory rest) private {
        address token = takeAddress(rest);
        uint256 most = takeAmount(rest);
        if (owed > most) revert TooDear(pool, owed, most);
        if (rest.at == rest.end) transfer(token, pool, owed);
        else run(rest, owed, pool, address(0));
    }

    /// The most that a swap may pay, out of the rest of its operation, of which nothing was read yet.
    function mostOf(Reader memory rest) private pure returns (uint256) {
        return takeAmount(Reader(rest.at + 20, rest.end));
    }

    // --- bytes

    function over(bytes calldata data) private pure returns (Reader memory r) {
        assembly ("memory-safe") {
            mstore(r, data.offset)
            mstore(add(r, 32), add(data.offset, data.length))
        }
    }

    function takeNumber(Reader memory r, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            let at := mload(r)
            value := shr(sub(256, mul(8, size)), calldataload(at))
            mstore(r, add(at, size))
        }
    }

    function takeAddress(Reader memory r) private pure returns (address) {
        return address(uint160(takeNumber(r, 20)));
    }

    function takeAmount(Reader memory r) private pure returns (uint256) {
        uint256 size = takeNumber(r, 1);
        if (size > 32) revert BadProgram();
        return takeNumber(r, size);
    }

    /// What has its size before it.
    function takePart(Reader memory r) private pure returns (Reader memory inner) {
        uint256 size = takeNumber(r, 2);
        inner = Reader(r.at, r.at + size);
        if (inner.end > r.end) revert BadProgram();
        r.at = inner.end;
    }

    function bytesOf(Reader memory r) private pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := mload(r)
            data.length := sub(mload(add(r, 32)), data.offset)
        }
    }

    function wordOf(bytes memory result, uint256 index) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(result, mul(32, add(index, 1))))
        }
    }

    // --- others' contracts

    /// Calls who has to call back with `data`: at most one callback is expected at any time, and it is
    /// expected no more when it came.
    function callExpecting(address callee, bytes memory input, uint256 least, bytes4 callback, bytes calldata data)
        private
        returns (bytes memory result)
    {
        store(EXPECTED, uint256(keccak256(abi.encodePacked(callee, callback, data))));
        result = callContract(callee, input, least);
        if (load(EXPECTED) != 0) revert CallbackMissing(callee);
    }

    function takeExpected(bytes calldata data) private {
        if (load(EXPECTED) != uint256(keccak256(abi.encodePacked(msg.sender, msg.sig, data)))) {
            revert UnexpectedCallback(msg.sender);
        }
        store(EXPECTED, 0);
    }

    /// What it returns, which is at least so many bytes.
    function callContract(address callee, bytes memory input, uint256 least) private returns (bytes memory result) {
        bool ok;
        (ok, result) = callee.call(input);
        if (ok && result.length >= least && (result.length != 0 || callee.code.length != 0)) return result;
        if (!isOwn(result)) revert CallFailed(callee, result);
        assembly ("memory-safe") {
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
        callToken(token, IERC20.approve.selector, spender, value);
    }

    function disapprove(address token, address spender) private {
        if (view_(token, abi.encodeCall(IERC20.allowance, (address(this), spender))) != 0) approve(token, spender, 0);
    }

    function transfer(address token, address to, uint256 value) private {
        callToken(token, IERC20.transfer.selector, to, value);
    }

    function view_(address token, bytes memory input) private view returns (uint256) {
        (bool ok, bytes memory result) = token.staticcall(input);
        if (!ok || result.length < 32) revert TokenFailed(token, result);
        return wordOf(result, 0);
    }

    /// Some tokens return nothing; none that is there returns false.
    function callToken(address token, bytes4 selector, address account, uint256 value) private {
        (bool ok, bytes memory result) = token.call(abi.encodeWithSelector(selector, account, value));
        if (ok && (result.length == 0 ? token.code.length != 0 : uint256(bytes32(result)) == 1)) return;
        revert TokenFailed(token, result);
    }

    // --- transient storage

    function load(uint256 slot) private view returns (uint256 value) {
        assembly ("memory-safe") {
            value := tload(slot)
        }
    }

    function store(uint256 slot, uint256 value) private {
        assembly ("memory-safe") {
            tstore(slot, value)
        }
    }
}
