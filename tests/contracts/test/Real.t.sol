// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {Program} from "../parts/Program.sol";
import {Token} from "../parts/Token.sol";
import {deploy, vm} from "../parts/Vm.sol";
import {Scene} from "./Scene.sol";

interface IV3Factory {
    function createPool(address a, address b, uint24 fee) external returns (IV3Pool);
}

interface IV3Pool {
    function token0() external view returns (address);
    function initialize(uint160 sqrtPriceX96) external;
    function mint(address to, int24 from, int24 until, uint128 liquidity, bytes calldata data)
        external;
}

interface IV2Factory {
    function createPair(address a, address b) external returns (IV2Pair);
}

interface IV2Pair {
    function mint(address to) external;
}

interface IMorpho {
    struct Params {
        address loan;
        address collateral;
        address oracle;
        address irm;
        uint256 lltv;
    }

    function enableIrm(address irm) external;
    function enableLltv(uint256 lltv) external;
    function createMarket(Params calldata market) external;
    function supply(Params calldata market, uint256, uint256, address to, bytes calldata) external;
    function supplyCollateral(Params calldata market, uint256, address to, bytes calldata) external;
    function borrow(Params calldata market, uint256 value, uint256, address by, address to) external;
    function position(bytes32 id, address who) external view returns (uint256, uint128, uint128);
    function liquidate(Params calldata market, address who, uint256 seized, uint256, bytes calldata)
        external
        returns (uint256 seizedToo, uint256 repaid);
}

/// The real Uniswap v3 and v2 and the real Morpho Blue: it lends, it liquidates, they swap. Aave is a
/// stand-in here, since its pool is linked of libraries; the development chain's tests have the real one.
contract RealTest is Scene {
    address constant BORROWER = address(0xb0);
    uint256 constant LLTV = 0.86e18;
    uint256 constant PRICE = 1e36;
    uint24 constant LENDING_PIPS = 500;

    IMorpho morpho;
    IV3Pool[TOKEN_CNT] v3; // of the tokens i and i + 1
    IV3Pool[TOKEN_CNT] v3Lending; // the same, which nobody swaps in
    IV2Pair[TOKEN_CNT] v2;
    uint256 public price = PRICE; // an oracle's, of the collateral in the loan

    function setUp() public override {
        super.setUp();
        morpho = IMorpho(
            deploy(bytes.concat(vm.envBytes("LIQD_MORPHO"), abi.encode(address(this))))
        );
        morpho.enableIrm(address(0));
        morpho.enableLltv(LLTV);
        IV3Factory v3Factory = IV3Factory(deploy(vm.envBytes("LIQD_UNISWAP_V3_FACTORY")));
        bytes memory v2Code = vm.envBytes("LIQD_UNISWAP_V2_FACTORY");
        IV2Factory v2Factory = IV2Factory(deploy(bytes.concat(v2Code, abi.encode(address(this)))));
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            tokens[i].mint(address(this), RICH);
            tokens[i].approve(address(morpho), type(uint256).max);
        }
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            (address a, address b) = (address(tokens[i]), address(tokens[(i + 1) % TOKEN_CNT]));
            fill(v3[i] = v3Factory.createPool(a, b, PIPS));
            fill(v3Lending[i] = v3Factory.createPool(a, b, LENDING_PIPS));
            v2[i] = v2Factory.createPair(a, b);
            Token(a).transfer(address(v2[i]), 1e26);
            Token(b).transfer(address(v2[i]), 1e26);
            v2[i].mint(address(this));
        }
    }

    function fill(IV3Pool pool) private {
        pool.initialize(1 << 96);
        pool.mint(address(this), -600, 600, 1e26, abi.encode(pool));
        pool.mint(address(this), -120, 60, 1e24, abi.encode(pool));
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata) external {
        Token zero = Token(IV3Pool(msg.sender).token0());
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            bool is1 = tokens[i] != zero && isOf(msg.sender, i);
            if (tokens[i] == zero || is1) tokens[i].transfer(msg.sender, is1 ? owed1 : owed0);
        }
    }

    function isOf(address pool, uint256 i) private view returns (bool) {
        uint256 before = (i + TOKEN_CNT - 1) % TOKEN_CNT;
        return pool == address(v3[i]) || pool == address(v3[before])
            || pool == address(v3Lending[i]) || pool == address(v3Lending[before]);
    }

    function way(uint8 kind, uint256 from, uint256 to)
        internal
        view
        override
        returns (Program.Swap memory out)
    {
        out = super.way(kind, from, to);
        uint256 i = (from + 1) % TOKEN_CNT == to ? from : to;
        out.pool = kind == Program.V3 ? address(v3[i]) : address(v2[i]);
    }

    function lenderOf(Job memory job) internal view override returns (uint8 kind, address at) {
        if (job.lenderKind == Program.AAVE) return (Program.AAVE, address(lender));
        if (job.lenderKind == Program.MORPHO) return (Program.MORPHO, address(morpho));
        at = address(v3Lending[job.debt]);
        bool is0 = IV3Pool(at).token0() == address(tokens[job.debt]);
        return (is0 ? Program.V3_TOKEN0 : Program.V3_TOKEN1, at);
    }

    /// A borrower who owes nearly what he may, until the price falls.
    function openPosition(Job memory job, uint256 fallBps)
        private
        returns (IMorpho.Params memory params)
    {
        params.loan = address(tokens[job.debt]);
        params.collateral = address(tokens[job.collateral]);
        params.oracle = address(this);
        params.lltv = LLTV;
        price = PRICE;
        morpho.createMarket(params);
        morpho.supply(params, 1e25, 0, address(this), "");
        morpho.supplyCollateral(params, job.repay, BORROWER, "");
        vm.prank(BORROWER);
        morpho.borrow(params, job.repay * LLTV / 1e18, 0, BORROWER, BORROWER);
        price = PRICE * (10_000 - fallBps) / 10_000;
    }

    /// What the liquidation repays.
    function repaidFor(IMorpho.Params memory params, uint256 seized) private returns (uint256 repaid) {
        uint256 id = vm.snapshotState();
        (, repaid) = morpho.liquidate(params, BORROWER, seized, 0, "");
        require(vm.revertToState(id));
    }

    function programFor(Job memory job, IMorpho.Params memory params, uint256 seized, uint256 gain)
        private
        returns (bytes memory)
    {
        job.repay = repaidFor(params, seized);
        uint256 fee = realFeeOf(job);
        bytes memory nested = bytes.concat(
            Program.call(
                address(morpho),
                params.loan,
                job.repay,
                abi.encodeCall(IMorpho.liquidate, (params, BORROWER, seized, 0, ""))
            ),
            swaps(job, Figures(job.repay + fee, 2 * job.repay, seized, 0))
        );
        (uint8 kind, address at) = lenderOf(job);
        return bytes.concat(
            Program.head(
                job.sweep,
                100,
                guardOf(params, 1),
                Program.gain(params.collateral, gain, params.loan, 0)
            ),
            Program.flash(kind, at, params.loan, job.repay, fee, nested)
        );
    }

    function realFeeOf(Job memory job) private view returns (uint256) {
        if (job.lenderKind == Program.AAVE) return lender.feeOf(job.repay);
        if (job.lenderKind == Program.MORPHO) return 0;
        return (job.repay * LENDING_PIPS + 999_999) / 1_000_000;
    }

    /// That the borrower still owes so many shares.
    function guardOf(IMorpho.Params memory params, uint256 least) private view returns (bytes memory) {
        bytes32 id = keccak256(abi.encode(params));
        bytes memory input = abi.encodeCall(IMorpho.position, (id, BORROWER));
        return Program.guard(address(morpho), 1, least, input);
    }

    function testFuzz_borrow_liquidate_swap_repay(uint256 seed, uint256 part, uint8 fall) public {
        Job memory job = draw(seed);
        job.pay = 0;
        job.repay = 1e6 + job.repay % 1e23; // what the borrower puts up
        uint256 seized = job.repay / 4 + part % (job.repay / 4);
        IMorpho.Params memory params = openPosition(job, 30 + uint256(fall));
        bytes memory program = programFor(job, params, seized, 0);

        uint256 id = vm.snapshotState();
        uint256 gained = requireGain(job, program);
        require(vm.revertToState(id));
        bytes memory greedy = programFor(job, params, seized, gained + 1);
        requireRefused(greedy, 0, IExecutor.BelowMinimum.selector);
        require(requireGain(job, programFor(job, params, seized, gained)) == gained, "another gain");
    }

    function requireGain(Job memory job, bytes memory program) private returns (uint256 gained) {
        Held memory before = noteHeld();
        require(run(OPERATOR, program, 0), "it reverts");
        requireKept(before, program, 0, true, true);
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            uint256 swept = tokens[i].ledger(OWNER) - before.owner[i];
            uint256 held = tokens[i].ledger(address(executor)) - before.executor[i];
            require(job.sweep ? held == 0 : swept == 0, "in the wrong place");
            require(i == job.collateral || held + swept == 0, "another token moved");
            if (i == job.collateral) gained = held + swept;
        }
    }

    /// Somebody else was quicker, by however little: the guard ends it.
    function testFuzz_a_lost_race_reverts_at_the_guard(uint256 seed, uint256 part) public {
        Job memory job = draw(seed);
        uint256 put = 1e6 + job.repay % 1e23;
        job.repay = put;
        IMorpho.Params memory params = openPosition(job, 500);
        (, uint128 shares,) = morpho.position(keccak256(abi.encode(params)), BORROWER);
        bytes memory head = Program.head(false, 0, guardOf(params, shares), Program.none());
        bytes memory program = bytes.concat(head, hex"ff"); // no operation, if it comes so far
        morpho.liquidate(params, BORROWER, 1e4 + part % (put / 2), 0, "");
        requireRefused(program, 0, IExecutor.AccountChanged.selector);
    }
}
