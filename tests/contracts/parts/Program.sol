// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Writes the executor's programs; their format stands in include/liqd/decide/executor.h.
library Program {
    uint8 constant AAVE = 0;
    uint8 constant MORPHO = 1;
    uint8 constant V3_TOKEN0 = 2;
    uint8 constant V3_TOKEN1 = 3;
    uint8 constant V3 = 0;
    uint8 constant V2 = 1;

    function amount(uint256 value) internal pure returns (bytes memory out) {
        uint8 sz;
        while (sz < 32 && value >> (8 * sz) != 0) ++sz;
        out = new bytes(1 + sz);
        out[0] = bytes1(sz);
        for (uint256 i = 0; i < sz; ++i) out[sz - i] = bytes1(uint8(value >> (8 * i)));
    }

    function head(bool sweep, uint40 lastBlock, bytes memory guards, bytes memory gains)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(sweep ? uint8(1) : uint8(0), lastBlock, guards, gains);
    }

    function none() internal pure returns (bytes memory) {
        return hex"00";
    }

    function guard(address target, uint8 word, uint256 least, bytes memory input)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(uint8(1), target, word, amount(least), uint16(input.length), input);
    }

    function gain(address token, uint256 least) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(1), token, amount(least));
    }

    function gain(address one, uint256 leastOne, address other, uint256 leastOther)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(uint8(2), one, amount(leastOne), other, amount(leastOther));
    }

    function flash(
        uint8 kind,
        address lender,
        address token,
        uint256 value,
        uint256 mostFee,
        bytes memory nested
    ) internal pure returns (bytes memory) {
        bytes memory data = abi.encodePacked(token, amount(value), amount(mostFee), nested);
        return abi.encodePacked(uint8(1), kind, lender, uint16(data.length), data);
    }

    function call(address target, address token, uint256 allowance, bytes memory input)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            uint8(2), target, token, amount(allowance), uint16(input.length), input
        );
    }

    struct Swap {
        uint8 kind;
        address pool;
        address tokenIn;
        bool zeroForOne;
        uint24 fee;
    }

    /// exactOut 0: what the operation around this one owes, to whom it owes it.
    function swapOut(Swap memory way, uint256 exactOut, uint256 mostIn, bytes memory nested)
        internal
        pure
        returns (bytes memory)
    {
        return swap(3, way, exactOut, mostIn, nested);
    }

    function swapIn(Swap memory way, uint256 exactIn, uint256 leastOut, bytes memory nested)
        internal
        pure
        returns (bytes memory)
    {
        return swap(4, way, leastOut, exactIn, nested);
    }

    function swap(uint8 kind, Swap memory way, uint256 out, uint256 paid, bytes memory nested)
        private
        pure
        returns (bytes memory)
    {
        bytes memory data = abi.encodePacked(way.tokenIn, amount(paid), nested);
        return abi.encodePacked(
            kind,
            way.kind,
            way.zeroForOne,
            way.pool,
            way.fee,
            amount(out),
            uint16(data.length),
            data
        );
    }

    function unwrap(address weth, uint256 value) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(5), weth, amount(value));
    }

    function pay(uint256 value) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(6), amount(value));
    }
}
