// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

interface IExecutor {
    function execute(bytes calldata program) external payable;
    function owner() external view returns (address);
    function pendingOwner() external view returns (address);
    function operators(address who) external view returns (bool);
    function setOperator(address who, bool allowed) external;
    function transferOwnership(address to) external;
    function acceptOwnership() external;
    function rescue(address token, address to, uint256 value) external;
}
