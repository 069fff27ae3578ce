// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Striker} from "./Striker.sol";

/// A token that is honest or, by its mode, one of those that are not. ledger() is the truth.
contract Token is Striker {
    enum Mode {
        HONEST,
        NO_RETURN, // like USDT: returns nothing,
        ZERO_FIRST, // and refuses to change an allowance but to or from 0
        FEE, // 1% of what is sent is gone
        FALSE_RETURN, // moves nothing and says so
        SILENT, // moves nothing and says it did
        LYING, // says that each holder has as much again
        BURNER, // takes all gas
        BOMB, // returns a megabyte
        REENTRANT, // calls the executor before it moves anything
        STICKY // keeps allowances as they are, whatever approve or a transfer says
    }

    uint256 constant FEE_BPS = 100;

    Mode public mode;
    mapping(address => uint256) public ledger;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => address[]) internal approved;

    function setMode(Mode next) external {
        mode = next;
    }

    function mint(address to, uint256 value) external {
        ledger[to] += value;
    }

    /// Every spender that the holder ever approved.
    function spenders(address holder) external view returns (address[] memory) {
        return approved[holder];
    }

    function balanceOf(address holder) external view returns (uint256) {
        return mode == Mode.LYING ? 2 * ledger[holder] : ledger[holder];
    }

    function approve(address spender, uint256 value) external {
        misbehave();
        uint256 old = allowance[msg.sender][spender];
        if (mode == Mode.ZERO_FIRST) require(value == 0 || old == 0, "0 first");
        if (mode == Mode.FALSE_RETURN) reply(0, 32);
        approved[msg.sender].push(spender);
        if (mode != Mode.STICKY || old == 0) allowance[msg.sender][spender] = value;
        answer();
    }

    function transfer(address to, uint256 value) external {
        misbehave();
        move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        misbehave();
        if (mode != Mode.STICKY) allowance[from][msg.sender] -= value;
        move(from, to, value);
    }

    function move(address from, address to, uint256 value) private {
        if (mode == Mode.FALSE_RETURN) reply(0, 32);
        if (mode == Mode.SILENT) reply(1, 32);
        uint256 fee = mode == Mode.FEE ? value * FEE_BPS / 10_000 : 0;
        ledger[from] -= value;
        ledger[to] += value - fee;
        ledger[address(0)] += fee;
        answer();
    }

    function misbehave() private {
        if (mode == Mode.REENTRANT) strike(false);
        if (mode == Mode.BURNER) while (true) {}
    }

    function answer() private view {
        if (mode == Mode.NO_RETURN || mode == Mode.ZERO_FIRST) reply(0, 0);
        reply(1, mode == Mode.BOMB ? 1_000_000 : 32);
    }

    /// Ends the call. The functions declare no result so that those who call may be given none.
    function reply(uint256 word, uint256 sz) private pure {
        assembly {
            mstore(0, word)
            return(0, sz)
        }
    }
}

/// Wrapped coin.
contract Wrapped {
    mapping(address => uint256) public ledger;
    mapping(address => mapping(address => uint256)) public allowance;

    receive() external payable {
        ledger[msg.sender] += msg.value;
    }

    function balanceOf(address holder) external view returns (uint256) {
        return ledger[holder];
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        ledger[msg.sender] -= value;
        ledger[to] += value;
        return true;
    }

    function withdraw(uint256 value) external {
        ledger[msg.sender] -= value;
        (bool sent,) = msg.sender.call{value: value}("");
        require(sent, "refused");
    }
}
