// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Drawing} from "./Drawing.sol";

/// Programs of an operator that make no sense: each reverts or keeps its promises, and what the executor
/// carries out another reader of the format can read.
contract GarbageTest is Drawing {
    function requireSafe(bytes memory program, uint256 value) private returns (bool done) {
        Held memory before = noteHeld();
        done = run(OPERATOR, program, value);
        requireKept(before, program, value, done, true);
    }

    function testFuzz_bytes(bytes memory program, uint64 value) public {
        requireSafe(program, value);
    }

    function testFuzz_operations_at_random(uint256 seed, uint64 value) public {
        drawFrom(seed);
        requireSafe(drawProgram(), value);
    }

    /// One that is sound but for some bytes.
    function testFuzz_a_job_with_other_bytes(uint256 seed, uint256 where, uint8 cnt) public {
        Job memory job = draw(seed);
        bytes memory program = write(job, figure(job));
        drawFrom(where);
        for (uint256 i = 0; i <= cnt % 4; ++i) {
            program[next(program.length)] = next(2) == 0 ? bytes1(0) : bytes1(uint8(next(256)));
        }
        requireSafe(program, job.pay);
    }

    function testFuzz_a_job_cut_off(uint256 seed, uint16 sz) public {
        Job memory job = draw(seed);
        bytes memory program = write(job, figure(job));
        uint256 cut = sz % program.length;
        assembly {
            mstore(program, cut)
        }
        bool done = requireSafe(program, job.pay);
        // whole, but for the payment
        require(!done || job.pay > 0, "a part is carried out");
    }
}
