// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Striker} from "./Striker.sol";
import {Token} from "./Token.sol";

interface IPayer {
    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata data) external;
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external;
    function uniswapV2Call(address by, uint256 out0, uint256 out1, bytes calldata data) external;
    function onMorphoFlashLoan(uint256 value, bytes calldata data) external;
    function executeOperation(
        address token,
        uint256 value,
        uint256 fee,
        address by,
        bytes calldata data
    ) external returns (bool);
}

/// Calls callbacks for others, from an address that nobody expects.
contract Accomplice {
    function pass(address to, bytes calldata data) external {
        (bool ok, bytes memory why) = to.call(data);
        if (!ok) {
            assembly {
                revert(add(why, 32), mload(why))
            }
        }
    }
}

/// How a part that calls back does that.
enum Way {
    HONEST,
    MORE, // asks for `extra` more than the price
    TWICE,
    NEVER, // as if paid
    OTHER_DATA, // changes the data it was given
    OTHER_ADDRESS, // lets an accomplice call back
    OTHER_KIND, // comes with every other callback first
    LESS, // gives half and asks for the whole
    STRIKES, // calls the executor before it calls back, and after
    FOR_OTHERS // says that somebody else borrows
}

abstract contract Caller is Striker {
    Way public way;
    uint256 public extra;
    bytes public otherData;
    Accomplice public accomplice = new Accomplice();

    function setWay(Way next, uint256 more, bytes memory data) external {
        way = next;
        extra = more;
        otherData = data;
    }

    /// Calls back as its way is; the data is the last argument of the call.
    function callBack(address payer, bytes memory honest, bytes memory changed) internal {
        if (way == Way.NEVER) return;
        if (way == Way.STRIKES) strike(true);
        if (way == Way.OTHER_KIND) comeAsOthers(payer);
        if (way == Way.OTHER_ADDRESS) accomplice.pass(payer, honest);
        else pass(payer, way == Way.OTHER_DATA ? changed : honest);
        if (way == Way.TWICE) pass(payer, honest);
        if (way == Way.STRIKES) strike(false);
    }

    function pass(address to, bytes memory data) private {
        (bool ok, bytes memory why) = to.call(data);
        if (!ok) {
            assembly {
                revert(add(why, 32), mload(why))
            }
        }
    }

    /// One of these is of the right kind, and may be taken if its amounts are: then the honest one is
    /// one too many.
    function comeAsOthers(address payer) private {
        bytes memory data = otherData;
        IPayer to = IPayer(payer);
        try to.uniswapV3FlashCallback(extra, extra, data) {} catch {}
        try to.uniswapV2Call(payer, extra, extra, data) {} catch {}
        try to.onMorphoFlashLoan(extra, data) {} catch {}
        try to.executeOperation(address(this), extra, extra, payer, data) {} catch {}
        try to.uniswapV3SwapCallback(int256(extra), int256(extra), data) {} catch {}
    }
}

/// A pool like Uniswap's v3 in which a unit of one token is worth one of the other.
contract Pool is Caller {
    uint256 constant PIPS = 1_000_000;

    Token public immutable token0;
    Token public immutable token1;
    uint24 public immutable fee;

    constructor(Token a, Token b, uint24 pips) {
        (token0, token1) = a < b ? (a, b) : (b, a);
        fee = pips;
    }

    function priceOf(uint256 exactOut) public view returns (uint256) {
        return (exactOut * PIPS + PIPS - fee - 1) / (PIPS - fee);
    }

    function swap(address to, bool zeroForOne, int256 specified, uint160, bytes calldata data)
        external
        returns (int256 delta0, int256 delta1)
    {
        uint256 paid = specified > 0 ? uint256(specified) : priceOf(uint256(-specified));
        uint256 given = specified > 0 ? paid * (PIPS - fee) / PIPS : uint256(-specified);
        (Token tokenIn, Token tokenOut) = zeroForOne ? (token0, token1) : (token1, token0);
        uint256 asked = way == Way.MORE ? paid + extra : paid;
        uint256 sent = way == Way.LESS ? given / 2 : given;
        if (sent > 0) tokenOut.transfer(to, sent);
        delta0 = zeroForOne ? int256(asked) : -int256(given);
        delta1 = zeroForOne ? -int256(given) : int256(asked);
        uint256 before = tokenIn.ledger(address(this));
        callBack(
            msg.sender,
            abi.encodeCall(IPayer.uniswapV3SwapCallback, (delta0, delta1, data)),
            abi.encodeCall(IPayer.uniswapV3SwapCallback, (delta0, delta1, otherData))
        );
        if (way == Way.NEVER) return (delta0, delta1);
        require(tokenIn.ledger(address(this)) >= before + paid, "IIA");
    }

    function flash(address to, uint256 value0, uint256 value1, bytes calldata data) external {
        uint256 fee0 = feeOf(value0);
        uint256 fee1 = feeOf(value1);
        uint256 before0 = token0.ledger(address(this));
        uint256 before1 = token1.ledger(address(this));
        uint256 part = way == Way.LESS ? 2 : 1;
        if (value0 > 0) token0.transfer(to, value0 / part);
        if (value1 > 0) token1.transfer(to, value1 / part);
        uint256 more = way == Way.MORE ? extra : 0;
        uint256 more0 = value0 > 0 ? fee0 + more : fee0;
        uint256 more1 = value1 > 0 ? fee1 + more : fee1;
        callBack(
            msg.sender,
            abi.encodeCall(IPayer.uniswapV3FlashCallback, (more0, more1, data)),
            abi.encodeCall(IPayer.uniswapV3FlashCallback, (more0, more1, otherData))
        );
        if (way == Way.NEVER) return;
        require(token0.ledger(address(this)) >= before0 + fee0, "F0");
        require(token1.ledger(address(this)) >= before1 + fee1, "F1");
    }

    function feeOf(uint256 value) public view returns (uint256) {
        return (value * fee + PIPS - 1) / PIPS;
    }
}

/// A pair like Uniswap's v2.
contract Pair is Caller {
    Token public immutable token0;
    Token public immutable token1;
    uint112 private reserve0;
    uint112 private reserve1;

    constructor(Token a, Token b) {
        (token0, token1) = a < b ? (a, b) : (b, a);
    }

    function sync() public {
        reserve0 = uint112(token0.ledger(address(this)));
        reserve1 = uint112(token1.ledger(address(this)));
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        uint112 part = way == Way.MORE ? uint112(1 + extra % 1000) : 1;
        return (reserve0 * part, reserve1, 0);
    }

    function swap(uint256 out0, uint256 out1, address to, bytes calldata data) external {
        uint256 part = way == Way.LESS ? 2 : 1;
        if (out0 > 0) token0.transfer(to, out0 / part);
        if (out1 > 0) token1.transfer(to, out1 / part);
        if (data.length > 0) {
            callBack(
                to,
                abi.encodeCall(IPayer.uniswapV2Call, (msg.sender, out0, out1, data)),
                abi.encodeCall(IPayer.uniswapV2Call, (msg.sender, out0, out1, otherData))
            );
        } else if (way == Way.STRIKES) {
            strike(false);
        }
        if (way != Way.NEVER && way != Way.LESS) checkProduct();
        sync();
    }

    function checkProduct() private view {
        uint256 now0 = token0.ledger(address(this));
        uint256 now1 = token1.ledger(address(this));
        uint256 paid0 = now0 > reserve0 ? now0 - reserve0 : 0;
        uint256 paid1 = now1 > reserve1 ? now1 - reserve1 : 0;
        uint256 product = (now0 * 1000 - paid0 * 3) * (now1 * 1000 - paid1 * 3);
        require(product >= uint256(reserve0) * reserve1 * 1000 ** 2, "K");
    }
}

/// A lender like Aave v3 and like Morpho Blue at once.
contract Lender is Caller {
    uint256 public constant FEE_BPS = 5;

    function feeOf(uint256 value) public pure returns (uint256) {
        return (value * FEE_BPS + 9_999) / 10_000;
    }

    function flashLoanSimple(address to, address token, uint256 value, bytes calldata data, uint16)
        external
    {
        uint256 fee = feeOf(value) + (way == Way.MORE ? extra : 0);
        address by = way == Way.FOR_OTHERS ? address(this) : msg.sender;
        Token(token).transfer(to, way == Way.LESS ? value / 2 : value);
        callBack(
            to,
            abi.encodeCall(IPayer.executeOperation, (token, value, fee, by, data)),
            abi.encodeCall(IPayer.executeOperation, (token, value, fee, by, otherData))
        );
        if (way == Way.NEVER) return;
        Token(token).transferFrom(to, address(this), value + fee);
    }

    function flashLoan(address token, uint256 value, bytes calldata data) external {
        Token(token).transfer(msg.sender, way == Way.LESS ? value / 2 : value);
        callBack(
            msg.sender,
            abi.encodeCall(IPayer.onMorphoFlashLoan, (value, data)),
            abi.encodeCall(IPayer.onMorphoFlashLoan, (value, otherData))
        );
        if (way == Way.NEVER) return;
        Token(token).transferFrom(
            msg.sender, address(this), way == Way.MORE ? value + extra : value
        );
    }
}

/// A lending protocol of which only the liquidation is left.
contract Market is Striker {
    enum Mode {
        HONEST,
        HALF, // takes half of what it may
        NOTHING, // takes nothing
        KEEPS, // takes and gives nothing
        GREEDY, // takes all that it may
        REVERTS,
        STRIKES
    }

    uint256 constant BONUS_BPS = 700;
    uint256 public debt = 1e30;
    Mode public mode;

    error Refused(uint256 why);
    error Unknown(uint256, uint256, uint256);

    function setMode(Mode next) external {
        mode = next;
    }

    function setDebt(uint256 next) external {
        debt = next;
    }

    /// Three words, so that guards can ask for each.
    function debtOf(address) external view returns (uint256, uint256, uint256) {
        if (mode == Mode.REVERTS) revert Unknown(1, debt, 3);
        return (1, debt, 3);
    }

    function seizedFor(uint256 value) public pure returns (uint256) {
        return value + value * BONUS_BPS / 10_000;
    }

    function liquidate(Token collateral, Token loan, uint256 value) external {
        if (mode == Mode.REVERTS) revert Refused(7);
        if (mode == Mode.STRIKES) strike(false);
        if (mode == Mode.NOTHING) return;
        if (mode == Mode.HALF) value /= 2;
        if (mode == Mode.GREEDY) {
            uint256 allowance = loan.allowance(msg.sender, address(this));
            uint256 held = loan.ledger(msg.sender);
            value = allowance < held ? allowance : held;
        }
        loan.transferFrom(msg.sender, address(this), value);
        if (mode != Mode.KEEPS) collateral.transfer(msg.sender, seizedFor(value));
        if (mode == Mode.STRIKES) strike(false);
    }
}
