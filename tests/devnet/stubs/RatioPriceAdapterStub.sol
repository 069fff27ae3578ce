// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IBaseFeed {
    function latestAnswer() external view returns (int256);
    function decimals() external view returns (uint8);
}

interface IRateProvider {
    function stEthPerToken() external view returns (uint256);
}

/// A stub of a price adapter: ratio x base price, rounded down, in the base feed's decimals; no cap.
/// Like the real ones it emits nothing: its price moves with the base feed's and the provider's.
contract RatioPriceAdapterStub {
    address public immutable BASE_TO_USD_AGGREGATOR;
    address public immutable RATIO_PROVIDER;
    uint8 public constant RATIO_DECIMALS = 18;
    string public description;

    constructor(address baseFeed, address rateProvider, string memory description_) {
        BASE_TO_USD_AGGREGATOR = baseFeed;
        RATIO_PROVIDER = rateProvider;
        description = description_;
    }

    function decimals() external view returns (uint8) {
        return IBaseFeed(BASE_TO_USD_AGGREGATOR).decimals();
    }

    function getRatio() public view returns (int256) {
        return int256(IRateProvider(RATIO_PROVIDER).stEthPerToken());
    }

    function latestAnswer() public view returns (int256) {
        int256 base = IBaseFeed(BASE_TO_USD_AGGREGATOR).latestAnswer();
        int256 ratio = getRatio();
        if (base <= 0 || ratio <= 0) return 0;
        return base * ratio / 1e18;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (0, latestAnswer(), 0, block.timestamp, 0);
    }
}
