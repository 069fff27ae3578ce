// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

interface IFeed {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
    function decimals() external view returns (uint8);
}

/// A stub of Morpho's Chainlink oracle: the same price and getters from up to two base and two quote
/// feeds, without vaults. A missing feed counts 1; a negative answer reverts, zero and age do not.
contract MorphoChainlinkOracleStub {
    IFeed public immutable BASE_FEED_1;
    IFeed public immutable BASE_FEED_2;
    IFeed public immutable QUOTE_FEED_1;
    IFeed public immutable QUOTE_FEED_2;
    uint256 public immutable SCALE_FACTOR;

    constructor(
        IFeed baseFeed1,
        IFeed baseFeed2,
        uint256 baseTokenDecimals,
        IFeed quoteFeed1,
        IFeed quoteFeed2,
        uint256 quoteTokenDecimals
    ) {
        BASE_FEED_1 = baseFeed1;
        BASE_FEED_2 = baseFeed2;
        QUOTE_FEED_1 = quoteFeed1;
        QUOTE_FEED_2 = quoteFeed2;
        SCALE_FACTOR = 10
            ** (
                36 + quoteTokenDecimals + feedDecimals(quoteFeed1) + feedDecimals(quoteFeed2)
                    - baseTokenDecimals - feedDecimals(baseFeed1) - feedDecimals(baseFeed2)
            );
    }

    /// The price of one base token in quote tokens, scaled by 10^(36 + quote decimals - base decimals).
    function price() external view returns (uint256) {
        return Math.mulDiv(
            SCALE_FACTOR,
            answer(BASE_FEED_1) * answer(BASE_FEED_2),
            answer(QUOTE_FEED_1) * answer(QUOTE_FEED_2)
        );
    }

    function feedDecimals(IFeed feed) private view returns (uint256) {
        return address(feed) == address(0) ? 0 : feed.decimals();
    }

    function answer(IFeed feed) private view returns (uint256) {
        if (address(feed) == address(0)) return 1;
        (, int256 value,,,) = feed.latestRoundData();
        require(value >= 0, "negative answer");
        return uint256(value);
    }
}
