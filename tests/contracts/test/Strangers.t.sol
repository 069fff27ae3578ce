// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {IPayer, Lender} from "../parts/Pool.sol";
import {Program} from "../parts/Program.sol";
import {Token} from "../parts/Token.sol";
import {vm} from "../parts/Vm.sol";
import {Scene} from "./Scene.sol";

/// Who may do what: nobody but the owner and his operators anything, when nothing runs.
contract StrangersTest is Scene {
    function isView(bytes memory data) internal pure returns (bool) {
        bytes4 selector = bytes4(data);
        return data.length == 0 || selector == IExecutor.owner.selector
            || selector == IExecutor.pendingOwner.selector
            || selector == IExecutor.operators.selector;
    }

    function requireStranger(address who) internal pure {
        vm.assume(who != OWNER && who != OPERATOR && who != address(0) && who != address(vm));
    }

    function requireUnmoved(Held memory before) internal {
        requireKept(before, "", 0, false, true);
        Held memory held = noteHeld();
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            require(held.executor[i] == before.executor[i], "a balance moved");
        }
        require(held.coin >= before.coin, "coin moved");
    }

    function testFuzz_anybody_with_anything(address who, bytes memory data, uint64 value) public {
        requireStranger(who);
        Held memory before = noteHeld();
        vm.deal(who, value);
        vm.prank(who);
        (bool through,) = address(executor).call{value: value}(data);
        require(!through || isView(data), "a stranger comes through");
        requireUnmoved(before);
    }

    function testFuzz_anybody_with_what_a_thief_would_try(address who, uint256 seed) public {
        requireStranger(who);
        Held memory before = noteHeld();
        (bytes[] memory all,) = shots(seed);
        for (uint256 i = 0; i < all.length; ++i) {
            vm.prank(who);
            (bool through,) = address(executor).call(all[i]);
            require(!through, "a stranger comes through");
        }
        requireUnmoved(before);
    }

    /// Those that programs name have no more to say than anybody.
    function testFuzz_parts_call_when_nothing_runs(uint256 seed, bool after_) public {
        Job memory job = draw(seed);
        if (after_) require(run(OPERATOR, write(job, figure(job)), job.pay), "it reverts");
        address[4] memory parts =
            [address(lender), address(market), address(pools[seed % TOKEN_CNT]), address(tokens[0])];
        Held memory before = noteHeld();
        (bytes[] memory all,) = shots(seed);
        for (uint256 i = 0; i < parts.length * all.length; ++i) {
            vm.prank(parts[i % parts.length]);
            (bool through,) = address(executor).call(all[i / parts.length]);
            require(!through, "a part comes through");
        }
        requireUnmoved(before);
    }

    /// The callback that came once, word by word, in the same transaction.
    function testFuzz_a_callback_is_not_repeated(uint256 seed) public {
        Job memory job = draw(seed);
        Figures memory what = figure(job);
        require(run(OPERATOR, write(job, what), job.pay), "it reverts");
        (, address at) = lenderOf(job);
        Held memory before = noteHeld();
        bytes memory flash = operations(job, what);
        bytes memory data = new bytes(flash.length - 24);
        for (uint256 i = 0; i < data.length; ++i) data[i] = flash[24 + i];
        bytes[3] memory all = [
            abi.encodeCall(
                IPayer.executeOperation, (address(0), job.repay, 0, address(executor), data)
            ),
            abi.encodeCall(IPayer.onMorphoFlashLoan, (job.repay, data)),
            abi.encodeCall(IPayer.uniswapV3FlashCallback, (0, 0, data))
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.prank(at);
            (bool through,) = address(executor).call(all[i]);
            require(!through, "a callback is taken twice");
        }
        requireUnmoved(before);
    }

    /// Aave lends to whoever is named, and the executor is named by a stranger.
    function testFuzz_a_loan_that_nobody_asked_for(uint64 value, uint256 seed) public {
        Held memory before = noteHeld();
        (bytes[] memory all,) = shots(seed);
        address token = address(tokens[seed % TOKEN_CNT]);
        vm.prank(STRANGER);
        (bool through,) = address(lender).call(
            abi.encodeCall(
                Lender.flashLoanSimple, (address(executor), token, value, all[seed / 4 % 9], 0)
            )
        );
        require(!through, "it borrows for a stranger");
        requireUnmoved(before);
    }

    function testFuzz_an_operator_is_no_owner(uint256 seed) public {
        Held memory before = noteHeld();
        (bytes[] memory all,) = shots(seed);
        for (uint256 i = 1; i < all.length; ++i) {
            vm.prank(OPERATOR);
            (bool through,) = address(executor).call(all[i]);
            require(!through, "an operator comes through");
        }
        requireUnmoved(before);
    }

    function testFuzz_operators_are_the_owners_to_name(address who, bool allowed) public {
        requireStranger(who);
        bytes memory program = Program.head(false, 0, Program.none(), Program.none());
        require(run(OWNER, program, 0), "the owner is refused");
        vm.prank(OWNER);
        executor.setOperator(who, allowed);
        require(run(who, program, 0) == allowed && executor.operators(who) == allowed);
        vm.prank(OWNER);
        executor.setOperator(who, false);
        require(!run(who, program, 0), "he was an operator");
        require(bytes4(refusal) == IExecutor.NotOperator.selector);
    }

    /// What the contract's comment warns of: an operator is trusted with what is here, and with what comes.
    function test_what_a_program_approves_outlives_its_operator() public {
        bytes memory head = Program.head(false, 0, Program.none(), Program.none());
        bytes memory approval = abi.encodeCall(Token.approve, (STRANGER, HELD));
        bytes memory call = Program.call(address(tokens[0]), address(0), 0, approval);
        require(run(OPERATOR, bytes.concat(head, call), 0), "it reverts");
        vm.prank(OWNER);
        executor.setOperator(OPERATOR, false);
        require(tokens[0].allowance(address(executor), STRANGER) == HELD, "who took it back?");
    }

    function testFuzz_ownership_takes_two_steps(address next, address other) public {
        requireStranger(next);
        vm.assume(other != next && other != OWNER);
        vm.prank(OWNER);
        executor.transferOwnership(next);
        require(executor.owner() == OWNER && executor.pendingOwner() == next, "in one step");
        vm.prank(other);
        (bool through,) = address(executor).call(abi.encodeCall(IExecutor.acceptOwnership, ()));
        require(!through, "somebody else accepts");
        vm.prank(next);
        executor.acceptOwnership();
        require(executor.owner() == next && executor.pendingOwner() == address(0), "not the owner");
        vm.prank(OWNER);
        (through,) = address(executor).call(abi.encodeCall(IExecutor.setOperator, (OWNER, true)));
        require(!through, "the old owner is still one");
        vm.prank(next);
        (through,) = address(executor).call(abi.encodeCall(IExecutor.acceptOwnership, ()));
        require(!through, "accepted twice");
    }

    function testFuzz_a_transfer_of_ownership_is_taken_back(address next) public {
        requireStranger(next);
        vm.startPrank(OWNER);
        executor.transferOwnership(next);
        executor.transferOwnership(address(0));
        vm.stopPrank();
        vm.prank(next);
        (bool through,) = address(executor).call(abi.encodeCall(IExecutor.acceptOwnership, ()));
        require(!through && executor.owner() == OWNER, "he accepts what was taken back");
    }

    function testFuzz_the_owner_rescues(uint8 mode, uint64 value, address to) public {
        vm.assume(uint160(to) > 0xffff && to.code.length == 0 && to != address(vm));
        tokens[0].setMode(Token.Mode(mode % 3));
        uint256 before = to.balance;
        vm.startPrank(OWNER);
        executor.rescue(address(tokens[0]), to, value);
        executor.rescue(address(0), to, value);
        vm.stopPrank();
        require(tokens[0].ledger(to) == value && to.balance == before + value, "not rescued");
        require(tokens[0].ledger(address(executor)) == HELD - value, "another balance");
    }

    function test_a_rescue_that_fails_is_told() public {
        tokens[0].setMode(Token.Mode.FALSE_RETURN);
        vm.startPrank(OWNER);
        vm.expectRevert();
        executor.rescue(address(tokens[0]), OWNER, 1);
        vm.expectRevert();
        executor.rescue(address(0), address(market), 1); // which takes no coin
        vm.expectRevert();
        executor.rescue(address(tokens[1]), OWNER, HELD + 1);
        vm.stopPrank();
    }
}
