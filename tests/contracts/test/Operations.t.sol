// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {Market} from "../parts/Pool.sol";
import {Program} from "../parts/Program.sol";
import {Token} from "../parts/Token.sol";
import {vm} from "../parts/Vm.sol";
import {Scene} from "./Scene.sol";

/// A fee recipient that burns what gas it gets.
contract Burner {
    receive() external payable {
        while (true) {}
    }
}

/// Over honest parts each operation does what it says, to the unit, and refuses one unit less.
contract OperationsTest is Scene {
    function headOf(bytes memory gains) internal pure returns (bytes memory) {
        return Program.head(false, 0, Program.none(), gains);
    }

    function testFuzz_a_job_gains_what_it_comes_to(uint256 seed) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        address to = job.sweep ? OWNER : address(executor);
        uint256[TOKEN_CNT] memory held = heldBy(address(executor));
        uint256 before = tokens[job.collateral].ledger(to);
        require(run(OPERATOR, write(job, what), job.pay), "it reverts");
        require(tokens[job.collateral].ledger(to) == before + what.gained, "another gain");
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            uint256 gained = i == job.collateral && !job.sweep ? what.gained : 0;
            require(tokens[i].ledger(address(executor)) == held[i] + gained, "another balance");
        }
        require(BUILDER.balance == job.pay, "another payment");
        require(address(executor).balance == HELD, "coin is lost");
        requireNoApproval();
        requireOwnersAsBefore();
        requireNothingTransient();
    }

    /// More is borrowed than is taken: the swap is of what is taken, and of the fee.
    function testFuzz_a_loan_is_paid_with_what_it_lacks(uint256 seed, uint256 taken) public {
        Job memory job = draw(seed);
        job.asLacking = true;
        job.repay = 1_000 + job.repay % (HELD / 4);
        taken = seed % 4 == 0 ? taken % 3 : taken % (job.repay + 1);
        uint256 lacking = taken + feeOf(job);
        uint256 paid = lacking > 0 ? costOf(job, lacking) : 0;
        uint256[TOKEN_CNT] memory held = heldBy(address(executor));
        require(run(OPERATOR, bytes.concat(headOf(Program.none()), loanOf(job, taken)), 0), "it reverts");
        held[job.collateral] = held[job.collateral] + market.seizedFor(taken) - paid;
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            require(tokens[i].ledger(address(executor)) == held[i], "another balance");
        }
    }

    function loanOf(Job memory job, uint256 taken) private view returns (bytes memory) {
        Token debt = tokens[job.debt];
        bytes memory input =
            abi.encodeCall(Market.liquidate, (tokens[job.collateral], debt, taken));
        bytes memory nested = bytes.concat(
            Program.call(address(market), address(debt), job.repay, input),
            swaps(job, Figures(0, type(uint128).max, HELD, 0))
        );
        (uint8 kind, address at) = lenderOf(job);
        return Program.flash(kind, at, address(debt), job.repay, feeOf(job), nested);
    }

    function costOf(Job memory job, uint256 out) private view returns (uint256) {
        if (!job.twoHops) return price(way(job.venue, job.collateral, job.debt), out);
        uint256 between = price(way(job.venue, third(job), job.debt), out);
        return price(way(job.venue, job.collateral, third(job)), between);
    }

    function testFuzz_refuses_what_gains_a_unit_less(uint256 seed) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        ++what.gained;
        requireRefused(write(job, what), job.pay, IExecutor.BelowMinimum.selector);
    }

    function testFuzz_refuses_a_swap_that_costs_a_unit_more(uint256 seed) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        --what.paid;
        requireRefused(write(job, what), job.pay, IExecutor.TooDear.selector);
    }

    function testFuzz_refuses_a_loss(uint256 seed) public {
        Job memory job = draw(seed);
        job.repay = 1_000 + job.repay % (HELD / 2);
        Figures memory what = figure(job);
        what.gained = 0;
        market.setMode(Market.Mode.KEEPS);
        requireRefused(write(job, what), job.pay, IExecutor.BelowMinimum.selector);
    }

    function testFuzz_a_guard_holds_down_to_its_minimum(uint128 debt, uint128 least, uint8 word) public {
        market.setDebt(debt);
        word %= 4;
        bytes memory input = abi.encodeCall(Market.debtOf, (address(0)));
        bytes memory guards = Program.guard(address(market), word, least, input);
        bytes memory program = Program.head(false, 0, guards, Program.none());
        uint256[3] memory words = [1, uint256(debt), 3];
        bool holds = word < 3 && words[word] >= least;
        require(run(OPERATOR, program, 0) == holds, "the guard does not say what is");
    }

    function testFuzz_the_last_block_is_the_last(uint40 last, uint40 current) public {
        vm.roll(current);
        bytes memory program = Program.head(false, last, Program.none(), Program.none());
        require(run(OPERATOR, program, 0) == (last == 0 || current <= last), "another block");
    }

    function testFuzz_a_swap_in_gives_its_least(uint256 seed, uint64 paid) public {
        Program.Swap memory swap = way(uint8(seed % 2), seed / 2 % 3, (seed / 2 + 1 + seed / 8 % 2) % 3);
        uint256 to = (seed / 2 + 1 + seed / 8 % 2) % 3;
        uint256 value = uint256(paid) + 1_000;
        uint256 given = value * (1_000_000 - PIPS) / 1_000_000;
        if (swap.kind == Program.V2) given = 997 * value * RICH / (RICH * 1000 + 997 * value);
        uint256 before = tokens[to].ledger(address(executor));
        bytes memory start = headOf(Program.none());
        bytes memory more = Program.swapIn(swap, value, given + 1, "");
        requireRefused(bytes.concat(start, more), 0, IExecutor.TooLittle.selector);
        bytes memory exact = Program.swapIn(swap, value, given, "");
        require(run(OPERATOR, bytes.concat(start, exact), 0), "it reverts");
        require(tokens[to].ledger(address(executor)) == before + given, "another gain");
    }

    /// From 0 into 1 into 2 and back: each swap is paid by the one in it.
    function testFuzz_a_swap_in_is_paid_by_the_one_before(uint64 paid, uint8 kinds) public {
        uint256 value = uint256(paid) + 1_000;
        Program.Swap memory first = way(kinds % 2, 0, 1);
        Program.Swap memory second = way(kinds / 2 % 2, 1, 2);
        uint256 between = price(second, value);
        uint256 most = price(first, between);
        bytes memory nested = Program.swapOut(first, 0, most, "");
        bytes memory program = bytes.concat(
            headOf(Program.gain(address(tokens[2]), value, address(tokens[1]), 0)),
            Program.swapOut(second, value, between, nested)
        );
        uint256[TOKEN_CNT] memory held = heldBy(address(executor));
        require(run(OPERATOR, program, 0), "it reverts");
        uint256[TOKEN_CNT] memory now_ = heldBy(address(executor));
        require(now_[0] == held[0] - most && now_[1] == held[1] && now_[2] == held[2] + value);
    }

    function testFuzz_an_allowance_does_not_outlive_its_call(uint64 value, uint8 mode) public {
        market.setMode(Market.Mode(mode % uint256(Market.Mode.REVERTS)));
        bytes memory input = abi.encodeCall(Market.liquidate, (tokens[0], tokens[1], value));
        bytes memory call = Program.call(address(market), address(tokens[1]), value, input);
        require(run(OPERATOR, bytes.concat(headOf(Program.none()), call), 0), "it reverts");
        requireNoApproval();
        require(tokens[1].ledger(address(executor)) >= HELD - value, "more than allowed is taken");
    }

    function testFuzz_unwraps_and_pays(uint64 value, uint64 paid) public {
        bytes memory ops = bytes.concat(
            Program.unwrap(address(weth), value), Program.pay(paid)
        );
        require(run(OPERATOR, bytes.concat(headOf(Program.none()), ops), 0), "it reverts");
        require(address(executor).balance == HELD + value - paid, "another balance");
        require(weth.ledger(address(executor)) == HELD - value, "another balance of wrapped coin");
        require(BUILDER.balance == paid, "another payment");
    }

    function testFuzz_a_builder_that_refuses_burns_little(uint64 value) public {
        Burner burner = new Burner();
        vm.coinbase(address(burner));
        bytes memory program = bytes.concat(headOf(Program.none()), Program.pay(value));
        vm.prank(OPERATOR);
        (bool done, bytes memory why) = address(executor).call{gas: 60_000}(
            abi.encodeCall(IExecutor.execute, (program))
        );
        require(!done && bytes4(why) == IExecutor.BuilderRefused.selector, "it burns all");
    }

    function test_a_guard_that_reverts_fails_whatever_it_says() public {
        bytes memory program = Program.head(false, 0, guarded(), Program.none());
        require(run(OPERATOR, program, 0), "it reverts");
        market.setMode(Market.Mode.REVERTS);
        requireRefused(program, 0, IExecutor.GuardFailed.selector);
    }

    /// Of what would be done in the wrong way otherwise: nothing.
    function test_refuses_what_is_no_program() public {
        bytes memory start = headOf(Program.none());
        bytes memory pool = abi.encodePacked(address(pools[0]));
        bytes memory token = abi.encodePacked(address(tokens[0]), hex"00", hex"00");
        bytes[8] memory all = [
            bytes(hex"02"),
            bytes.concat(start, hex"00"),
            bytes.concat(start, hex"07"),
            bytes.concat(start, hex"0621", new bytes(33)), // an amount of 33 bytes
            bytes.concat(start, hex"0620", new bytes(31)), // the end within an amount
            bytes.concat(start, hex"0104", pool, hex"0016", token), // lenders
            bytes.concat(start, hex"030200", pool, hex"00000001010016", token), // venues
            bytes.concat(start, hex"02", pool, token, hex"01") // input beyond the end
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            requireRefused(all[i], 0, IExecutor.BadProgram.selector);
        }
    }

    /// Nobody is there who could refuse, and nothing came of it.
    function test_refuses_tokens_and_contracts_that_are_not_there() public {
        bytes memory start = headOf(Program.none());
        bytes memory call = Program.call(STRANGER, address(0), 0, "");
        requireRefused(bytes.concat(start, call), 0, IExecutor.CallFailed.selector);
        call = Program.call(address(market), STRANGER, 1, "");
        requireRefused(bytes.concat(start, call), 0, IExecutor.TokenFailed.selector);
        start = headOf(Program.gain(STRANGER, 0));
        requireRefused(start, 0, IExecutor.TokenFailed.selector);
    }
}
