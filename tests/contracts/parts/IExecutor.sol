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

    error NotOwner();
    error NotOperator();
    error Busy();
    error Expired(uint256 number, uint256 last);
    error AccountChanged(address guard, uint256 actual, uint256 minimum);
    error GuardFailed(address guard, bytes inner);
    error UnexpectedCallback(address caller);
    error CallbackMissing(address callee);
    error CallFailed(address callee, bytes inner);
    error TokenFailed(address token, bytes inner);
    error TooDear(address payee, uint256 asked, uint256 most);
    error TooLittle(address pool, uint256 got, uint256 least);
    error BelowMinimum(address token, uint256 gained, uint256 minimum);
    error BuilderRefused(address builder, uint256 amount);
    error BadProgram();
}
