// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {Caller, Lender, Market, Pair, Pool, Way} from "../parts/Pool.sol";
import {Program} from "../parts/Program.sol";
import {Token} from "../parts/Token.sol";
import {vm} from "../parts/Vm.sol";
import {Scene} from "./Scene.sol";

/// Liquidations in which tokens, pools, lenders and markets are not what they seem: each reverts or
/// keeps its promises, and nobody comes in from within.
contract HostileTest is Scene {
    uint256 constant WAY_CNT = uint256(type(Way).max) + 1;
    uint256 constant TOKEN_MODE_CNT = uint256(type(Token.Mode).max) + 1;
    uint256 constant MARKET_MODE_CNT = uint256(type(Market.Mode).max) + 1;

    function aim(uint256 seed) internal {
        (bytes[] memory all, uint256 callbackCnt) = shots(seed);
        arsenal.aim(address(executor), all, callbackCnt);
    }

    /// What a hostile caller puts for the data that it was given.
    function otherData(uint256 seed) internal view returns (bytes memory) {
        Token token = tokens[seed % TOKEN_CNT];
        if (seed % 2 == 0) return abi.encodePacked(address(token), Program.amount(HELD));
        return abi.encodePacked(
            address(token), Program.amount(0), Program.amount(HELD), theft(token)
        );
    }

    function setWays(Way way, uint256 extra, uint256 seed) internal {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            pools[i].setWay(way, extra, otherData(seed));
            pairs[i].setWay(way, extra, otherData(seed));
        }
    }

    function requireSafe(Job memory job, Figures memory what) internal returns (bool done) {
        Held memory before = noteHeld();
        bytes memory program = write(job, what);
        done = run(OPERATOR, program, job.pay);
        requireKept(before, program, job.pay, done, false);
    }

    /// When all is honest again. The first run may have moved a price.
    function requireNotStuck(Job memory job) internal {
        require(run(OPERATOR, write(job, figure(job)), job.pay), "it is stuck");
    }

    function testFuzz_hostile_tokens(uint256 seed, uint8 a, uint8 b, uint8 c, bool isGreedy) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        if (!isGreedy) what.gained = 0;
        aim(seed);
        tokens[0].setMode(Token.Mode(a % TOKEN_MODE_CNT));
        tokens[1].setMode(Token.Mode(b % TOKEN_MODE_CNT));
        tokens[2].setMode(Token.Mode(c % TOKEN_MODE_CNT));
        requireSafe(job, what);
    }

    /// One that is hostile among honest ones, so that what it does is reached.
    function testFuzz_one_hostile_token(uint256 seed, uint8 mode, uint8 which) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        aim(seed);
        Token token = tokens[which % TOKEN_CNT];
        token.setMode(Token.Mode(mode % TOKEN_MODE_CNT));
        bool done = requireSafe(job, what);
        bool isPlain = token.mode() <= Token.Mode.ZERO_FIRST || token.mode() == Token.Mode.REENTRANT;
        require(done || !isPlain, "a token that is only odd is refused");
        if (token.mode() == Token.Mode.STICKY) return;
        token.setMode(Token.Mode.HONEST);
        requireNotStuck(job);
    }

    function testFuzz_hostile_pools(uint256 seed, uint8 way, uint256 extra, bool isGreedy) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        if (!isGreedy) what.gained = 0;
        aim(seed);
        setWays(Way(way % WAY_CNT), extra % (2 * HELD), seed >> 200);
        bool done = requireSafe(job, what);
        if (way % WAY_CNT == uint256(Way.STRIKES)) require(done, "an intruder stops it");
        if (way % WAY_CNT == uint256(Way.TWICE) && job.venue == Program.V3) {
            require(!done, "a pool is paid twice");
        }
        setWays(Way.HONEST, 0, 0);
        requireNotStuck(job);
    }

    function testFuzz_hostile_lenders(uint256 seed, uint8 way, uint256 extra, bool isGreedy) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        if (!isGreedy) what.gained = 0;
        aim(seed);
        job.lenderKind %= 2;
        what = figure(job);
        lender.setWay(Way(way % WAY_CNT), extra % (2 * HELD), otherData(seed >> 200));
        bool done = requireSafe(job, what);
        if (way % WAY_CNT == uint256(Way.STRIKES)) require(done, "an intruder stops it");
        bool isOdd = way % WAY_CNT == uint256(Way.TWICE) || way % WAY_CNT == uint256(Way.NEVER);
        require(!done || !isOdd, "a lender that calls back twice or never");
        lender.setWay(Way.HONEST, 0, "");
        requireNotStuck(job);
    }

    function testFuzz_hostile_markets(uint256 seed, uint8 mode, bool isGreedy, bool isOperator)
        public
    {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        if (!isGreedy) what.gained = 0;
        aim(seed);
        market.setMode(Market.Mode(mode % MARKET_MODE_CNT));
        if (isOperator) makeIntrudersOperators();
        bool done = requireSafe(job, what);
        if (market.mode() == Market.Mode.STRIKES) {
            require(done, "an intruder stops it");
            require(arsenal.firedCnt() > 0, "nobody tried");
        }
        market.setMode(Market.Mode.HONEST);
        requireNotStuck(job);
    }

    /// Even an operator has to wait until a program is through.
    function makeIntrudersOperators() internal {
        vm.startPrank(OWNER);
        executor.setOperator(address(market), true);
        executor.setOperator(address(arsenal), true);
        vm.stopPrank();
    }

    function testFuzz_all_hostile(uint256 seed, uint256 modes) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        if (modes % 2 == 0) what.gained = 0;
        aim(seed);
        lender.setWay(Way((modes >> 16) % WAY_CNT), (modes >> 100) % HELD, otherData(seed >> 200));
        setWays(Way((modes >> 24) % WAY_CNT), (modes >> 100) % HELD, seed >> 208);
        market.setMode(Market.Mode((modes >> 32) % MARKET_MODE_CNT));
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            uint256 mode = (modes >> (40 + 8 * i)) % (2 * TOKEN_MODE_CNT);
            if (mode < TOKEN_MODE_CNT) tokens[i].setMode(Token.Mode(mode));
        }
        requireSafe(job, what);
    }

    /// The lender asks for more than the program allows, by a unit.
    function testFuzz_a_lender_gets_no_more_than_named(uint256 seed) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        (uint8 kind, address at) = lenderOf(job);
        if (kind == Program.MORPHO) return;
        what.owed += 1;
        Caller(at).setWay(Way.MORE, 1, "");
        requireRefused(write(job, what), job.pay, IExecutor.TooDear.selector);
    }

    function testFuzz_a_called_back_twice(uint256 seed) public {
        Job memory job = draw(seed);
        job.lenderKind = uint8(seed % 3);
        Figures memory what = figure(job);
        (, address at) = lenderOf(job);
        Caller(at).setWay(Way.TWICE, 0, "");
        requireRefused(write(job, what), job.pay, IExecutor.UnexpectedCallback.selector);
    }

    function testFuzz_a_callback_that_does_not_come(uint256 seed, bool byLender) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        (, address at) = lenderOf(job);
        if (!byLender) {
            job.venue = Program.V3;
            what = figure(job);
            at = way(Program.V3, job.twoHops ? third(job) : job.collateral, job.debt).pool;
        }
        Caller(at).setWay(Way.NEVER, 0, "");
        requireRefused(write(job, what), job.pay, IExecutor.CallbackMissing.selector);
    }

    function testFuzz_a_loan_of_somebody_elses(uint256 seed) public {
        Job memory job = draw(seed);
        job.lenderKind = Program.AAVE;
        lender.setWay(Way.FOR_OTHERS, 0, "");
        requireRefused(write(job, figure(job)), job.pay, IExecutor.UnexpectedCallback.selector);
    }

    /// Where no gain is asserted, each takes no more than it is named.
    function testFuzz_greed_without_an_assertion(uint256 seed, uint8 who, uint64 extra) public {
        Job memory job = draw(seed);
        job.repay = 1_000 + job.repay % (HELD / 4);
        job.lenderKind %= 2;
        bytes memory program = writeBare(job, figure(job));
        if (who % 3 == 0) lender.setWay(Way.MORE, 1 + uint256(extra), "");
        if (who % 3 == 1) setWays(Way.MORE, 1 + uint256(extra), 0);
        if (who % 3 == 2) market.setMode(Market.Mode.GREEDY);
        Held memory before = noteHeld();
        bool done = run(OPERATOR, program, 0);
        requireKept(before, program, 0, done, true);
    }

    function testFuzz_a_market_that_reverts_is_told(uint256 seed) public {
        Job memory job = draw(seed);
        bytes memory program = writeBare(job, figure(job));
        market.setMode(Market.Mode.REVERTS);
        requireRefused(program, 0, IExecutor.CallFailed.selector);
        bytes memory inner = abi.encodeWithSelector(Market.Refused.selector, 7);
        bytes memory all = abi.encodeWithSelector(IExecutor.CallFailed.selector, market, inner);
        require(keccak256(refusal) == keccak256(all), "with another reason");
    }
}
