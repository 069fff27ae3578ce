// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Market} from "../parts/Pool.sol";
import {Program} from "../parts/Program.sol";
import {Scene} from "./Scene.sol";

/// Draws programs in the right format that make no sense.
abstract contract Drawing is Scene {
    uint256 constant DEPTH_MAX = 3;

    uint256 private state;

    function drawFrom(uint256 seed) internal {
        state = seed;
    }

    function next(uint256 below) internal returns (uint256) {
        state = uint256(keccak256(abi.encode(state)));
        return state % below;
    }

    function drawProgram() internal returns (bytes memory) {
        return bytes.concat(drawHead(), drawOperations(DEPTH_MAX));
    }

    function drawHead() private returns (bytes memory) {
        bytes memory gains = Program.none();
        if (next(2) == 0) gains = Program.gain(drawToken(), drawAmount() >> 64);
        if (next(4) == 0) gains = Program.gain(drawToken(), 0, drawToken(), 0);
        bytes memory guards = next(4) == 0 ? guarded() : Program.none();
        return Program.head(next(2) == 0, uint40(next(4) * 100), guards, gains);
    }

    function drawOperations(uint256 depth) private returns (bytes memory out) {
        for (uint256 cnt = next(4); cnt > 0; --cnt) out = bytes.concat(out, drawOperation(depth));
    }

    function drawOperation(uint256 depth) private returns (bytes memory) {
        uint256 kind = next(8);
        if (kind == 0) return Program.unwrap(address(weth), next(HELD));
        if (kind == 1) return Program.pay(next(HELD));
        if (kind == 2) return drawCall();
        bytes memory nested = depth == 0 || next(2) == 0 ? bytes("") : drawOperations(depth - 1);
        if (kind < 5) return drawFlash(nested);
        uint256 from = next(TOKEN_CNT);
        Program.Swap memory swap =
            way(uint8(next(2)), from, (from + 1 + next(TOKEN_CNT - 1)) % TOKEN_CNT);
        if (next(16) == 0) swap.zeroForOne = !swap.zeroForOne;
        if (next(16) == 0) swap.tokenIn = drawToken();
        if (next(16) == 0) swap.fee = uint24(next(1 << 24));
        if (kind < 7) return Program.swapOut(swap, drawAmount(), drawAmount(), nested);
        return Program.swapIn(swap, drawAmount(), drawAmount() >> next(64), nested);
    }

    function drawFlash(bytes memory nested) private returns (bytes memory) {
        uint8 kind = uint8(next(4));
        address at = kind < 2 ? address(lender) : address(pools[next(TOKEN_CNT)]);
        if (next(16) == 0) at = drawPart();
        return Program.flash(kind, at, drawToken(), drawAmount(), drawAmount(), nested);
    }

    function drawCall() private returns (bytes memory) {
        uint256 value = drawAmount();
        (uint256 a, uint256 b) = (next(TOKEN_CNT), next(TOKEN_CNT));
        bytes memory input = abi.encodeCall(Market.liquidate, (tokens[a], tokens[b], value));
        if (next(8) == 0) input = abi.encodePacked(next(1 << 128));
        address at = next(8) == 0 ? drawPart() : address(market);
        return Program.call(at, address(tokens[b]), next(4) == 0 ? drawAmount() : value, input);
    }

    function drawToken() private returns (address) {
        return next(16) == 0 ? drawPart() : address(tokens[next(TOKEN_CNT)]);
    }

    function drawPart() private returns (address) {
        uint256 i = next(8);
        if (i == 0) return address(executor);
        if (i == 1) return STRANGER;
        if (i == 2) return address(lender);
        if (i == 3) return address(market);
        if (i == 4) return address(pools[next(TOKEN_CNT)]);
        if (i == 5) return address(pairs[next(TOKEN_CNT)]);
        if (i == 6) return address(weth);
        return address(uint160(next(1 << 160)));
    }

    function drawAmount() private returns (uint256) {
        uint256 i = next(8);
        if (i == 0) return 0;
        if (i == 1) return type(uint256).max - next(3);
        if (i == 2) return HELD + next(3);
        return next(1 << (1 + next(80)));
    }
}
