// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Market, MarketParams} from "@morpho-org/morpho-blue/src/interfaces/IMorpho.sol";

/// A stub of Morpho's adaptive rate model, which no package carries: written from its formulas, with the
/// same state (rateAtTarget of each market), event and reads. All values are wads, rates per second.
contract AdaptiveCurveIrmStub {
    event BorrowRateUpdate(bytes32 indexed id, uint256 avgBorrowRate, uint256 rateAtTarget);

    int256 private constant W = 1e18;
    int256 private constant TARGET_UTILIZATION = 0.9e18;
    int256 private constant ADJUSTMENT_SPEED = 1585489599188; // 50 a year
    int256 private constant INITIAL_RATE_AT_TARGET = 1268391679; // 4 % a year
    int256 private constant MIN_RATE_AT_TARGET = 31709791; // 0.1 % a year
    int256 private constant MAX_RATE_AT_TARGET = 63419583967; // 200 % a year
    int256 private constant LN_2 = 693147180559945309;
    int256 private constant LN_WEI = -41446531673892822312;
    int256 private constant WEXP_UPPER_BOUND = 93859467695000404319;
    int256 private constant WEXP_UPPER_VALUE = 57716089161558943949701069502944508345128422502756744429568;

    address public immutable MORPHO;
    mapping(bytes32 id => int256) public rateAtTarget;

    constructor(address morpho) {
        MORPHO = morpho;
    }

    function borrowRateView(MarketParams memory params, Market memory market) external view returns (uint256) {
        (uint256 average,) = rates(keccak256(abi.encode(params)), market);
        return average;
    }

    function borrowRate(MarketParams memory params, Market memory market) external returns (uint256) {
        require(msg.sender == MORPHO, "not morpho");
        bytes32 id = keccak256(abi.encode(params));
        (uint256 average, int256 end) = rates(id, market);
        rateAtTarget[id] = end;
        emit BorrowRateUpdate(id, average, uint256(end));
        return average;
    }

    function rates(bytes32 id, Market memory market) private view returns (uint256, int256) {
        int256 utilization = market.totalSupplyAssets == 0
            ? int256(0)
            : int256(uint256(market.totalBorrowAssets)) * W / int256(uint256(market.totalSupplyAssets));
        int256 span = utilization > TARGET_UTILIZATION ? W - TARGET_UTILIZATION : TARGET_UTILIZATION;
        int256 err = (utilization - TARGET_UTILIZATION) * W / span;
        (int256 average, int256 end) = ratesAtTarget(rateAtTarget[id], err, block.timestamp - market.lastUpdate);
        int256 coefficient = err < 0 ? int256(0.75e18) : int256(3e18);
        return (uint256((coefficient * err / W + W) * average / W), end);
    }

    /// The average rate at target since the last update, and the one it has now.
    function ratesAtTarget(int256 start, int256 err, uint256 elapsed) private pure returns (int256, int256) {
        if (start == 0) return (INITIAL_RATE_AT_TARGET, INITIAL_RATE_AT_TARGET);
        int256 adaptation = (ADJUSTMENT_SPEED * err / W) * int256(elapsed);
        if (adaptation == 0) return (start, start);
        int256 end = adapted(start, adaptation);
        return ((start + end + 2 * adapted(start, adaptation / 2)) / 4, end);
    }

    function adapted(int256 start, int256 adaptation) private pure returns (int256) {
        int256 value = start * wExp(adaptation) / W;
        if (value < MIN_RATE_AT_TARGET) return MIN_RATE_AT_TARGET;
        return value > MAX_RATE_AT_TARGET ? MAX_RATE_AT_TARGET : value;
    }

    function wExp(int256 x) private pure returns (int256) {
        if (x < LN_WEI) return 0;
        if (x >= WEXP_UPPER_BOUND) return WEXP_UPPER_VALUE;
        int256 q = (x + (x < 0 ? -LN_2 / 2 : LN_2 / 2)) / LN_2;
        int256 r = x - q * LN_2;
        int256 e = W + r + (r * r / W) / 2;
        return q >= 0 ? e << uint256(q) : e >> uint256(-q);
    }
}
