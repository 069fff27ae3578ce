// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A stub of Chainlink's OCR2 aggregator: the same transmit, events and reads, but it verifies no
/// signature, pays nobody and stores no configuration. Only the authorised transmitter may transmit.
contract Ocr2AggregatorStub {
    struct Round {
        int192 answer;
        uint32 observationsTimestamp;
        uint32 transmissionTimestamp;
    }

    event NewTransmission(
        uint32 indexed aggregatorRoundId,
        int192 answer,
        address transmitter,
        uint32 observationsTimestamp,
        int192[] observations,
        bytes observers,
        int192 juelsPerFeeCoin,
        bytes32 configDigest,
        uint40 epochAndRound
    );
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);

    uint256 public constant version = 6;
    uint8 public immutable decimals;
    address public immutable transmitter;
    string public description;
    uint32 private latestAggregatorRoundId;
    mapping(uint32 => Round) private rounds;

    constructor(uint8 decimals_, string memory description_, address transmitter_) {
        decimals = decimals_;
        description = description_;
        transmitter = transmitter_;
    }

    /// report = (uint32 observationsTimestamp, bytes32 observers, int192[] observations, int192 juelsPerFeeCoin),
    /// with the observations in ascending order; the answer is their median.
    function transmit(
        bytes32[3] calldata reportContext,
        bytes calldata report,
        bytes32[] calldata,
        bytes32[] calldata,
        bytes32
    ) external {
        require(msg.sender == transmitter, "unauthorized transmitter");
        (uint32 timestamp, bytes32 observers, int192[] memory observations, int192 juels) =
            abi.decode(report, (uint32, bytes32, int192[], int192));
        require(observations.length > 0, "observations array empty");
        for (uint256 i = 1; i < observations.length; i++) {
            require(observations[i - 1] <= observations[i], "observations not sorted");
        }
        int192 answer = observations[observations.length / 2];
        uint32 roundId = ++latestAggregatorRoundId;
        rounds[roundId] = Round(answer, timestamp, uint32(block.timestamp));
        emit NewTransmission(
            roundId,
            answer,
            msg.sender,
            timestamp,
            observations,
            abi.encodePacked(observers),
            juels,
            reportContext[0],
            uint40(uint256(reportContext[1]))
        );
        emit NewRound(roundId, address(0), timestamp);
        emit AnswerUpdated(answer, roundId, block.timestamp);
    }

    function latestAnswer() external view returns (int256) {
        return rounds[latestAggregatorRoundId].answer;
    }

    function latestTimestamp() external view returns (uint256) {
        return rounds[latestAggregatorRoundId].transmissionTimestamp;
    }

    function latestRound() external view returns (uint256) {
        return latestAggregatorRoundId;
    }

    function getAnswer(uint256 roundId) external view returns (int256) {
        return rounds[uint32(roundId)].answer;
    }

    function getTimestamp(uint256 roundId) external view returns (uint256) {
        return rounds[uint32(roundId)].transmissionTimestamp;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(latestAggregatorRoundId);
    }

    function getRoundData(uint80 roundId) public view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = rounds[uint32(roundId)];
        require(round.transmissionTimestamp != 0, "No data present");
        return (roundId, round.answer, round.observationsTimestamp, round.transmissionTimestamp, roundId);
    }
}
