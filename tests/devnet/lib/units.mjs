// What is compiled, with which compiler and settings: as the protocols' own deployments do it.
const AAVE = '@aave-dao/aave-v3-origin/src/contracts/';
const MORPHO = '@morpho-org/morpho-blue/src/';
const CHAINLINK = '@chainlink/contracts/src/';

/** name: {compiler: npm alias of solc, settings, remappings, contracts: {name: source}, runtime: whether to keep the deployed code}. */
export const UNITS = {
  aave36: {
    compiler: 'solc',
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'cancun' },
    remappings: {
      'openzeppelin-contracts/contracts/': '@openzeppelin/contracts/',
      'openzeppelin-contracts-upgradeable/contracts/': '@openzeppelin/contracts-upgradeable/',
      'solidity-utils/': '@bgd-labs/solidity-utils/src/',
    },
    contracts: {
      PoolAddressesProvider: `${AAVE}protocol/configuration/PoolAddressesProvider.sol`,
      ACLManager: `${AAVE}protocol/configuration/ACLManager.sol`,
      PoolInstance: `${AAVE}instances/PoolInstance.sol`,
      PoolConfiguratorInstance: `${AAVE}instances/PoolConfiguratorInstance.sol`,
      ATokenInstance: `${AAVE}instances/ATokenInstance.sol`,
      VariableDebtTokenInstance: `${AAVE}instances/VariableDebtTokenInstance.sol`,
      DefaultReserveInterestRateStrategyV2: `${AAVE}misc/DefaultReserveInterestRateStrategyV2.sol`,
      AaveOracle: `${AAVE}misc/AaveOracle.sol`,
      AaveProtocolDataProvider: `${AAVE}helpers/AaveProtocolDataProvider.sol`,
      LiquidationDataProvider: `${AAVE}helpers/LiquidationDataProvider.sol`,
      BorrowLogic: `${AAVE}protocol/libraries/logic/BorrowLogic.sol`,
      ConfiguratorLogic: `${AAVE}protocol/libraries/logic/ConfiguratorLogic.sol`,
      FlashLoanLogic: `${AAVE}protocol/libraries/logic/FlashLoanLogic.sol`,
      LiquidationLogic: `${AAVE}protocol/libraries/logic/LiquidationLogic.sol`,
      PoolLogic: `${AAVE}protocol/libraries/logic/PoolLogic.sol`,
      SupplyLogic: `${AAVE}protocol/libraries/logic/SupplyLogic.sol`,
      Errors: `${AAVE}protocol/libraries/helpers/Errors.sol`,
      TestnetERC20: `${AAVE}mocks/testnet-helpers/TestnetERC20.sol`,
    },
  },
  morpho: {
    compiler: 'solc-0.8.19',
    settings: { optimizer: { enabled: true, runs: 999999 }, viaIR: true, evmVersion: 'paris' },
    contracts: { Morpho: `${MORPHO}Morpho.sol`, IrmMock: `${MORPHO}mocks/IrmMock.sol`, OracleMock: `${MORPHO}mocks/OracleMock.sol` },
  },
  chainlink: {
    compiler: 'solc-0.6.6',
    settings: { optimizer: { enabled: true, runs: 1000000 } },
    contracts: {
      FluxAggregator: `${CHAINLINK}v0.6/FluxAggregator.sol`,
      EACAggregatorProxy: `${CHAINLINK}v0.6/EACAggregatorProxy.sol`,
    },
  },
  forwarder: {
    compiler: 'solc-0.7.6',
    settings: { optimizer: { enabled: true, runs: 1000000 } },
    contracts: { AuthorizedForwarder: `${CHAINLINK}v0.7/AuthorizedForwarder.sol` },
  },
  executor: {
    compiler: 'solc',
    // the code is the same wherever it is compiled
    settings: {
      optimizer: { enabled: true, runs: 200 },
      viaIR: true,
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
    },
    contracts: { Executor: 'src/contracts/Executor.sol' },
    runtime: true,
  },
  stubs: {
    compiler: 'solc',
    settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'cancun' },
    contracts: {
      Ocr2AggregatorStub: 'stubs/Ocr2AggregatorStub.sol',
      RateProviderStub: 'stubs/RateProviderStub.sol',
      RatioPriceAdapterStub: 'stubs/RatioPriceAdapterStub.sol',
      AdaptiveCurveIrmStub: 'stubs/AdaptiveCurveIrmStub.sol',
      MorphoChainlinkOracleStub: 'stubs/MorphoChainlinkOracleStub.sol',
      Multicall3Stub: 'stubs/Multicall3Stub.sol',
    },
  },
  hostile: {
    compiler: 'solc',
    settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'cancun' },
    contracts: {
      HostileToken: 'stubs/HostileToken.sol',
      HostileVenue: 'stubs/HostileVenue.sol',
      BuilderStub: 'stubs/BuilderStub.sol',
    },
  },
};
