// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// What is tried on the executor from within, and whether any of it got through.
contract Arsenal {
    address public target;
    bytes[] internal shots;
    uint256 public callbackCnt; // of the last of them
    uint256 public firedCnt;
    uint256 public breachCnt;
    bytes public breach;

    function aim(address at, bytes[] memory with, uint256 callbacks) external {
        target = at;
        callbackCnt = callbacks;
        delete shots;
        for (uint256 i = 0; i < with.length; ++i) shots.push(with[i]);
    }

    function shot(uint256 i) external view returns (bytes memory) {
        return shots[i];
    }

    function shotCnt() external view returns (uint256) {
        return shots.length;
    }

    function note(bytes calldata data, bool through) external {
        ++firedCnt;
        if (!through) return;
        ++breachCnt;
        breach = data;
    }

    /// From an address that takes no other part.
    function fire() external {
        for (uint256 i = 0; i < shots.length; ++i) {
            (bool through,) = target.call(shots[i]);
            this.note(shots[i], through);
        }
    }
}

/// A part that may call the executor while it is itself called by it.
abstract contract Striker {
    Arsenal public arsenal;

    function arm(Arsenal with) external {
        arsenal = with;
    }

    /// Whoever is expected to call back just now leaves callbacks out: his may be taken for the one.
    function strike(bool isExpected) internal {
        if (address(arsenal) == address(0)) return;
        address target = arsenal.target();
        uint256 cnt = arsenal.shotCnt();
        if (isExpected && cnt > 0) cnt -= arsenal.callbackCnt();
        for (uint256 i = 0; i < cnt; ++i) {
            bytes memory data = arsenal.shot(i);
            (bool through,) = target.call(data);
            arsenal.note(data, through);
        }
        arsenal.fire();
    }
}
