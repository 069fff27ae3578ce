// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A stub of the contract that says what a wrapped staked ETH is worth: ETH per token, 18 decimals, set by its owner.
contract RateProviderStub {
    event RateSet(uint256 rate);

    address public immutable owner = msg.sender;
    uint256 public stEthPerToken;

    constructor(uint256 rate) {
        stEthPerToken = rate;
    }

    function setRate(uint256 rate) external {
        require(msg.sender == owner, "not the owner");
        stEthPerToken = rate;
        emit RateSet(rate);
    }
}
