// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A token that misbehaves as a test tells it; whoever holds it may mint.
contract HostileToken {
    mapping(address => uint256) private balances;
    mapping(address => mapping(address => uint256)) public allowance;

    uint256 public feeBps; // of what is transferred, lost
    bytes public answer = abi.encode(true); // what transfer and approve return
    bool public wantsZero; // an allowance changes from or to 0 alone, as USDT's
    bool public burnsGas; // in a transfer
    bool public refuses; // a transfer reverts
    int256 public lie; // added to what balanceOf says
    address public hook; // called in a transfer, with hookInput
    bytes public hookInput;
    bytes public hookAnswer; // what it returned or reverted with
    uint256 public hookCount;

    function set(uint256 feeBps_, bytes calldata answer_, bool wantsZero_, bool burnsGas_, bool refuses_) external {
        (feeBps, answer, wantsZero, burnsGas, refuses) = (feeBps_, answer_, wantsZero_, burnsGas_, refuses_);
    }

    function setLie(int256 lie_) external {
        lie = lie_;
    }

    function setHook(address hook_, bytes calldata input) external {
        (hook, hookInput, hookAnswer, hookCount) = (hook_, input, "", 0);
    }

    function mint(address to, uint256 amount) external {
        balances[to] += amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        return uint256(int256(balances[account]) + lie);
    }

    function approve(address spender, uint256 amount) external {
        require(!wantsZero || amount == 0 || allowance[msg.sender][spender] == 0, "from or to 0 alone");
        allowance[msg.sender][spender] = amount;
        finish();
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
        finish();
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        move(from, to, amount);
        finish();
    }

    function move(address from, address to, uint256 amount) private {
        require(!refuses, "refused");
        while (burnsGas) {}
        balances[from] -= amount;
        balances[to] += amount - (amount * feeBps) / 10_000;
        address called = hook;
        if (called == address(0)) return;
        hook = address(0); // not within itself
        (, hookAnswer) = called.call(hookInput);
        hook = called;
        hookCount++;
    }

    function finish() private view {
        bytes memory data = answer;
        assembly {
            return(add(data, 32), mload(data))
        }
    }
}
