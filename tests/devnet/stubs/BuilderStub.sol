// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A fee recipient that is a contract: refuses, burns gas, or makes a note of what it got.
contract BuilderStub {
    enum Act {
        NOTES,
        REFUSES,
        BURNS
    }

    event Paid(uint256 amount);

    Act public act;

    function set(Act act_) external {
        act = act_;
    }

    receive() external payable {
        require(act != Act.REFUSES, "refused");
        while (act == Act.BURNS) {}
        emit Paid(msg.value);
    }
}
