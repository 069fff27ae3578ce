// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Reads a program as include/liqd/decide/executor.h has it, apart from the executor: what it
/// promises, and how much of each token it may spend. Reverts where the bytes are no program.
contract Reader {
    struct Gain {
        address token;
        uint256 least;
    }

    struct Spent {
        address token;
        uint256 most;
    }

    struct Vow {
        bool sweep;
        uint256 lastBlock;
        Gain[] gains;
        Spent[] spent; // a token may stand here several times
        uint256 spentCnt;
        uint256 paid; // coin
    }

    struct Cursor {
        bytes text;
        uint256 at;
        bool isLent;
    }

    uint256 constant SPENT_MAX = 64;

    /// isLent: lenders give what they are asked for. One that does not can still take that back, unless
    /// a gain of the token is asserted.
    function read(bytes memory program, bool isLent) external pure returns (Vow memory out) {
        Cursor memory from = Cursor(program, 0, isLent);
        uint256 flags = number(from, 1);
        require(flags <= 1, "flags");
        out.sweep = flags == 1;
        out.lastBlock = number(from, 5);
        for (uint256 cnt = number(from, 1); cnt > 0; --cnt) {
            number(from, 21);
            amount(from);
            skip(from, number(from, 2));
        }
        uint256 gainCnt = number(from, 1);
        out.gains = new Gain[](gainCnt);
        for (uint256 i = 0; i < gainCnt; ++i) {
            out.gains[i].token = account(from);
            out.gains[i].least = amount(from);
        }
        out.spent = new Spent[](SPENT_MAX);
        operations(from, program.length, out);
    }

    /// What the program names of a token to be spent at most.
    function spentOf(Vow memory what, address token) external pure returns (uint256 sum) {
        for (uint256 i = 0; i < what.spentCnt; ++i) {
            uint256 most = what.spent[i].token == token ? what.spent[i].most : 0;
            sum = sum > type(uint256).max - most ? type(uint256).max : sum + most;
        }
    }

    function operations(Cursor memory from, uint256 end, Vow memory out) private pure {
        while (from.at < end) {
            uint256 kind = number(from, 1);
            if (kind == 1) flash(from, out);
            else if (kind == 2) call(from, out);
            else if (kind == 3 || kind == 4) swap(from, out);
            else if (kind == 5) spend(out, account(from), amount(from));
            else if (kind == 6) out.paid += amount(from);
            else revert("operation");
        }
        require(from.at == end, "ends beyond");
    }

    function flash(Cursor memory from, Vow memory out) private pure {
        require(number(from, 1) <= 3, "lender");
        number(from, 20);
        uint256 sz = number(from, 2);
        uint256 end = from.at + sz;
        address token = account(from);
        uint256 value = amount(from);
        spend(out, token, amount(from));
        if (!from.isLent) spend(out, token, value);
        operations(from, end, out);
    }

    function call(Cursor memory from, Vow memory out) private pure {
        number(from, 20);
        spend(out, account(from), amount(from));
        skip(from, number(from, 2));
    }

    function swap(Cursor memory from, Vow memory out) private pure {
        require(number(from, 1) <= 1, "venue");
        number(from, 1 + 20 + 3);
        amount(from);
        uint256 sz = number(from, 2);
        uint256 end = from.at + sz;
        spend(out, account(from), amount(from));
        operations(from, end, out);
    }

    function spend(Vow memory out, address token, uint256 most) private pure {
        out.spent[out.spentCnt++] = Spent(token, most);
    }

    function account(Cursor memory from) private pure returns (address) {
        return address(uint160(number(from, 20)));
    }

    function amount(Cursor memory from) private pure returns (uint256) {
        uint256 sz = number(from, 1);
        require(sz <= 32, "amount");
        return number(from, sz);
    }

    function number(Cursor memory from, uint256 sz) private pure returns (uint256 value) {
        for (uint256 i = 0; i < sz; ++i) value = value << 8 | uint8(from.text[from.at + i]);
        from.at += sz;
    }

    function skip(Cursor memory from, uint256 sz) private pure {
        require(from.at + sz <= from.text.length, "skip");
        from.at += sz;
    }
}
