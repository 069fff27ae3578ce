// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// The cheatcodes of forge that these tests use.
interface Vm {
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function roll(uint256 number) external;
    function coinbase(address account) external;
    function assume(bool condition) external pure;
    function envBytes(string calldata name) external view returns (bytes memory);
    function expectRevert() external;
    function snapshotState() external returns (uint256);
    function revertToState(uint256 id) external returns (bool);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

function deploy(bytes memory code) returns (address made) {
    assembly {
        made := create(0, add(code, 32), mload(code))
    }
    require(made != address(0), "the constructor reverts");
}
