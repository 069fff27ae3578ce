// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A token of which its maker has more than any pool takes.
contract Token {
    uint8 public immutable decimals;
    mapping(address => uint256) public balanceOf;

    constructor(uint8 decimals_, address owner) {
        decimals = decimals_;
        balanceOf[owner] = 1 << 255;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

interface IV3Factory {
    function createPool(address, address, uint24) external returns (address);
}

interface IV3Pool {
    function initialize(uint160) external;
    function mint(address, int24, int24, uint128, bytes calldata) external;
    function burn(int24, int24, uint128) external;
    function collect(address, int24, int24, uint128, uint128) external;
    function swap(address, bool, int256, uint160, bytes calldata) external;
    function token0() external view returns (address);
    function token1() external view returns (address);
}

interface IV2Factory {
    function createPair(address, address) external returns (address);
}

interface IV2Pair {
    function mint(address) external;
    function burn(address) external;
    function swap(uint256, uint256, address, bytes calldata) external;
    function transfer(address, uint256) external returns (bool);
    function balanceOf(address) external view returns (uint256);
    function token0() external view returns (address);
    function token1() external view returns (address);
}

interface IQuoter {
    struct In {
        address tokenIn;
        address tokenOut;
        uint256 amountIn;
        uint24 fee;
        uint160 limit;
    }

    struct Out {
        address tokenIn;
        address tokenOut;
        uint256 amount;
        uint24 fee;
        uint160 limit;
    }

    function quoteExactInputSingle(In memory) external returns (uint256, uint160, uint32, uint256);
    function quoteExactOutputSingle(Out memory) external returns (uint256, uint160, uint32, uint256);
}

interface IRouter {
    function getAmountsOut(uint256, address[] calldata) external view returns (uint256[] memory);
    function getAmountsIn(uint256, address[] calldata) external view returns (uint256[] memory);
}

/// Provides liquidity, trades and asks for quotes, each of its calls a change of one pool.
contract Trader {
    // of one quote: a division by zero in the router takes all that it has; a swap may look at thousands of words
    uint256 constant V2_GAS = 1_000_000;
    uint256 constant V3_GAS = 400_000_000;

    struct Ask {
        address tokenIn;
        address tokenOut;
        uint24 fee; // 0: of v2
        bool exactOut;
        uint256 amount;
    }

    struct Answer {
        bool done;
        uint256 amount;
        uint160 sqrtPrice;
    }

    function create(IV3Factory factory, address a, address b, uint24 fee, uint160 sqrtPrice) external {
        address pool = factory.createPool(a, b, fee);
        if (sqrtPrice != 0) IV3Pool(pool).initialize(sqrtPrice);
    }

    function mint(IV3Pool pool, int24 lower, int24 upper, uint128 liquidity) external {
        pool.mint(address(this), lower, upper, liquidity, "");
    }

    function burn(IV3Pool pool, int24 lower, int24 upper, uint128 liquidity) external {
        pool.burn(lower, upper, liquidity);
        pool.collect(address(this), lower, upper, type(uint128).max, type(uint128).max);
    }

    function swap(IV3Pool pool, bool zeroForOne, int256 amount, uint160 limit) external {
        pool.swap(address(this), zeroForOne, amount, limit, "");
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        if (amount0 > 0) Token(IV3Pool(msg.sender).token0()).transfer(msg.sender, amount0);
        if (amount1 > 0) Token(IV3Pool(msg.sender).token1()).transfer(msg.sender, amount1);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (amount0 > 0) Token(IV3Pool(msg.sender).token0()).transfer(msg.sender, uint256(amount0));
        if (amount1 > 0) Token(IV3Pool(msg.sender).token1()).transfer(msg.sender, uint256(amount1));
    }

    function createPair(IV2Factory factory, address a, address b) external {
        factory.createPair(a, b);
    }

    function mintPair(IV2Pair pair, uint256 amount0, uint256 amount1) external {
        Token(pair.token0()).transfer(address(pair), amount0);
        Token(pair.token1()).transfer(address(pair), amount1);
        pair.mint(address(this));
    }

    function burnPair(IV2Pair pair, uint256 part) external {
        pair.transfer(address(pair), pair.balanceOf(address(this)) / part);
        pair.burn(address(this));
    }

    function swapPair(IV2Pair pair, IRouter router, bool zeroForOne, uint256 amount) external {
        address[] memory path = new address[](2);
        (path[0], path[1]) = zeroForOne ? (pair.token0(), pair.token1()) : (pair.token1(), pair.token0());
        uint256 out = router.getAmountsOut(amount, path)[1];
        Token(path[0]).transfer(address(pair), amount);
        pair.swap(zeroForOne ? 0 : out, zeroForOne ? out : 0, address(this), "");
    }

    function quotes(IQuoter quoter, IRouter router, Ask[] calldata asks) external returns (Answer[] memory answers) {
        answers = new Answer[](asks.length);
        for (uint256 i = 0; i < asks.length; i++) {
            answers[i] = asks[i].fee == 0 ? quoteV2(router, asks[i]) : quoteV3(quoter, asks[i]);
        }
    }

    function quoteV3(IQuoter quoter, Ask calldata a) private returns (Answer memory) {
        if (a.exactOut) {
            try quoter.quoteExactOutputSingle{gas: V3_GAS}(IQuoter.Out(a.tokenIn, a.tokenOut, a.amount, a.fee, 0)) returns (uint256 amount, uint160 price, uint32, uint256) {
                return Answer(true, amount, price);
            } catch {}
        } else {
            try quoter.quoteExactInputSingle{gas: V3_GAS}(IQuoter.In(a.tokenIn, a.tokenOut, a.amount, a.fee, 0)) returns (uint256 amount, uint160 price, uint32, uint256) {
                return Answer(true, amount, price);
            } catch {}
        }
        return Answer(false, 0, 0);
    }

    function quoteV2(IRouter router, Ask calldata a) private view returns (Answer memory) {
        address[] memory path = new address[](2);
        (path[0], path[1]) = (a.tokenIn, a.tokenOut);
        if (a.exactOut) {
            try router.getAmountsIn{gas: V2_GAS}(a.amount, path) returns (uint256[] memory amounts) {
                return Answer(true, amounts[0], 0);
            } catch {}
        } else {
            try router.getAmountsOut{gas: V2_GAS}(a.amount, path) returns (uint256[] memory amounts) {
                return Answer(true, amounts[1], 0);
            } catch {}
        }
        return Answer(false, 0, 0);
    }
}
