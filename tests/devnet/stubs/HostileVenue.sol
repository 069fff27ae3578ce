// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IHostileToken {
    function transfer(address to, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// A pool and lender of every kind that misbehaves as a test tells it. One unit in for one out.
contract HostileVenue {
    enum Act {
        HONEST,
        TWICE, // calls back twice, and goes on when the second fails
        NEVER, // does not call back
        OTHER, // calls another callback
        OTHER_DATA, // calls back with other data
        FRIEND, // has a friend call back
        KEEPS, // gives nothing, and takes
        LEAVES, // does not take what is approved
        SAYS_LESS, // gives, and says that it is less
        REVERTS, // with an error of its own
        SWALLOWS, // goes on when the callback fails
        WITHOUT_US // makes it look as if somebody else had borrowed for the borrower
    }

    error Mine(uint256 value);

    Act public act;
    uint256 public fee; // of a loan, or on top of a swap's price
    address public token0;
    address public token1;
    address public friend;
    uint256 public taken;

    function set(Act act_, uint256 fee_, address token0_, address token1_, address friend_) external {
        (act, fee, token0, token1, friend) = (act_, fee_, token0_, token1_, friend_);
    }

    /// Calls on behalf of a venue whose friend this is, or of a test.
    function relay(address to, bytes calldata input) external returns (bool ok, bytes memory result) {
        (ok, result) = to.call(input);
    }

    function take(address token, address from, uint256 amount) external {
        IHostileToken(token).transferFrom(from, address(this), amount);
    }

    function FLASHLOAN_PREMIUM_TOTAL() external view returns (uint256) {
        return fee;
    }

    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16) external {
        give(asset, receiver, amount);
        address initiator = act == Act.WITHOUT_US ? address(this) : msg.sender;
        callBack(receiver, "executeOperation(address,uint256,uint256,address,bytes)", "onMorphoFlashLoan(uint256,bytes)",
            abi.encode(asset, amount, fee, initiator, params), abi.encode(amount, params), params.length);
        if (act != Act.LEAVES && act != Act.NEVER && act != Act.SWALLOWS) {
            IHostileToken(asset).transferFrom(receiver, address(this), amount + fee);
        }
    }

    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        give(token, msg.sender, assets);
        callBack(msg.sender, "onMorphoFlashLoan(uint256,bytes)", "uniswapV3FlashCallback(uint256,uint256,bytes)",
            abi.encode(assets, data), abi.encode(0, 0, data), data.length);
        if (act != Act.LEAVES && act != Act.NEVER && act != Act.SWALLOWS) {
            IHostileToken(token).transferFrom(msg.sender, address(this), assets);
        }
    }

    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external {
        if (amount0 != 0) give(token0, recipient, amount0);
        if (amount1 != 0) give(token1, recipient, amount1);
        bytes memory args = amount0 != 0 ? abi.encode(fee, 0, data) : abi.encode(0, fee, data);
        callBack(msg.sender, "uniswapV3FlashCallback(uint256,uint256,bytes)", "uniswapV3SwapCallback(int256,int256,bytes)",
            args, args, data.length);
    }

    /// v3: an exact amount out where it is negative.
    function swap(address recipient, bool zeroForOne, int256 specified, uint160, bytes calldata data)
        external
        returns (int256, int256)
    {
        if (act == Act.REVERTS) revert Mine(7);
        uint256 amount = uint256(specified < 0 ? -specified : specified);
        give(zeroForOne ? token1 : token0, recipient, amount);
        int256 asked = int256(amount + fee);
        int256 given = -int256(act == Act.SAYS_LESS ? amount - 1 : amount);
        (int256 delta0, int256 delta1) = zeroForOne ? (asked, given) : (given, asked);
        callBack(msg.sender, "uniswapV3SwapCallback(int256,int256,bytes)", "uniswapV3FlashCallback(uint256,uint256,bytes)",
            abi.encode(delta0, delta1, data), abi.encode(delta0, delta1, data), data.length);
        return (delta0, delta1);
    }

    function getReserves() external view returns (uint256, uint256, uint256) {
        if (act == Act.REVERTS) revert Mine(7);
        // deep, so that the price is 1 and `fee` is what a lie of its reserves adds
        return (1e30 + fee * 1e12, 1e30, 0);
    }

    /// v2.
    function swap(uint256 amount0, uint256 amount1, address to, bytes calldata) external {
        if (act == Act.KEEPS) return;
        if (amount0 != 0) IHostileToken(token0).transfer(to, amount0);
        if (amount1 != 0) IHostileToken(token1).transfer(to, amount1);
    }

    function give(address token, address to, uint256 amount) private {
        if (act == Act.REVERTS) revert Mine(7);
        if (act != Act.KEEPS) IHostileToken(token).transfer(to, amount);
    }

    function callBack(
        address to,
        string memory name,
        string memory other,
        bytes memory args,
        bytes memory otherArgs,
        uint256 size
    ) private {
        if (act == Act.NEVER) return;
        bytes memory input = abi.encodePacked(bytes4(keccak256(bytes(name))), args);
        if (act == Act.OTHER) input = abi.encodePacked(bytes4(keccak256(bytes(other))), otherArgs);
        if (act == Act.OTHER_DATA) spoil(input, size);
        bool ok;
        bytes memory result;
        if (act == Act.FRIEND) {
            (ok, result) = HostileVenue(friend).relay(to, input);
        } else {
            (ok, result) = to.call(input);
        }
        if (!ok && act != Act.SWALLOWS) {
            assembly {
                revert(add(result, 32), mload(result))
            }
        }
        if (act == Act.TWICE) {
            (ok,) = to.call(input);
            if (ok) taken++;
        }
    }

    /// Changes a byte of the data, which stand at the end in so many bytes with their padding.
    function spoil(bytes memory input, uint256 size) private pure {
        uint256 at = input.length - ((size + 31) / 32) * 32;
        input[at] = bytes1(uint8(input[at]) ^ 1);
    }
}
