// Aave v3.6 and v3.0.2: what both share, and the steps in which they differ.
import { encodeAbiParameters, zeroAddress } from 'viem';
import { EMODES, RESERVES } from './world.mjs';

const BASE_UNIT = 10n ** 8n;
const RAY_PER_BPS = 10n ** 23n;
const RATE_PARAMETERS = [{ type: 'tuple', components: ['uint16', 'uint32', 'uint32', 'uint32'].map((type) => ({ type })) }];

// How the two versions name and link their contracts.
const NAMES_36 = {
  suffix: '',
  pool: 'PoolInstance',
  configurator: 'PoolConfiguratorInstance',
  poolLibraries: ['LiquidationLogic', 'PoolLogic', 'SupplyLogic'],
};
const NAMES_30 = {
  suffix: '30',
  pool: 'Pool30',
  configurator: 'PoolConfigurator30',
  poolLibraries: ['BridgeLogic', 'EModeLogic', 'LiquidationLogic', 'PoolLogic', 'SupplyLogic'],
};

function deployLibraries({ builder, accounts }, { suffix, poolLibraries }) {
  const libraries = {};
  const add = (name) => {
    libraries[name] = builder.deploy(accounts.deployer, name + suffix, [], libraries).address;
  };
  // FlashLoanLogic links BorrowLogic
  ['BorrowLogic', 'FlashLoanLogic', 'ConfiguratorLogic', ...poolLibraries].forEach(add);
  return libraries;
}

function deployOracle({ builder, accounts, state }, { suffix }, provider) {
  const symbols = Object.keys(RESERVES);
  return builder.deploy(accounts.deployer, `AaveOracle${suffix}`, [
    provider.address,
    symbols.map((symbol) => state.tokens[symbol].address),
    symbols.map((symbol) => state.tokens[symbol].source),
    zeroAddress,
    zeroAddress,
    BASE_UNIT,
  ]);
}

/** Provider, pool, configurator, oracle and roles; returns them with the libraries' addresses. */
async function deployCore(context, names) {
  const { builder, accounts } = context;
  const { deployer } = accounts;
  const libraries = deployLibraries(context, names);
  const provider = builder.deploy(deployer, `PoolAddressesProvider${names.suffix}`, ['devnet', deployer]);
  const strategy = names === NAMES_36 && builder.deploy(deployer, 'DefaultReserveInterestRateStrategyV2', [provider.address]);
  const poolArgs = strategy ? [provider.address, strategy.address] : [provider.address];
  const poolCode = builder.deploy(deployer, names.pool, poolArgs, libraries);
  const configuratorCode = builder.deploy(deployer, names.configurator, [], libraries);
  const oracle = deployOracle(context, names, provider);
  provider.send(deployer, 'setPriceOracle', [oracle.address]);
  provider.send(deployer, 'setACLAdmin', [deployer]);
  const acl = builder.deploy(deployer, `ACLManager${names.suffix}`, [provider.address]);
  provider.send(deployer, 'setACLManager', [acl.address]);
  acl.send(deployer, 'addPoolAdmin', [deployer]);
  provider.send(deployer, 'setPoolImpl', [poolCode.address]);
  provider.send(deployer, 'setPoolConfiguratorImpl', [configuratorCode.address]);
  await builder.flush();
  const pool = builder.at(await provider.read('getPool'), names.pool);
  const configurator = builder.at(await provider.read('getPoolConfigurator'), names.configurator);
  const dataProvider = builder.deploy(deployer, `AaveProtocolDataProvider${names.suffix}`, [provider.address]);
  provider.send(deployer, 'setPoolDataProvider', [dataProvider.address]);
  return { provider, pool, configurator, oracle, acl, dataProvider };
}

/** With ltv = threshold, so that borrowers can be placed at any health factor; closeMarket sets the real one. */
function configureReserve({ accounts, state }, { configurator }, symbol) {
  const { threshold, bonus, factor, fee } = RESERVES[symbol];
  const asset = state.tokens[symbol].address;
  const send = (name, ...args) => configurator.send(accounts.deployer, name, args);
  send('setReserveBorrowing', asset, true);
  send('configureReserveAsCollateral', asset, threshold, threshold, bonus);
  send('setReserveFactor', asset, factor);
  send('setLiquidationProtocolFee', asset, fee);
  send('setReserveFlashLoaning', asset, true);
}

function tokenNames(symbol) {
  return { aTokenName: `Devnet ${symbol}`, aTokenSymbol: `a${symbol}`, variableDebtTokenName: `Devnet debt ${symbol}`, variableDebtTokenSymbol: `d${symbol}`, params: '0x' };
}

function initReserves36({ builder, accounts, state }, { pool, configurator }) {
  const { deployer } = accounts;
  const aTokenImpl = builder.deploy(deployer, 'ATokenInstance', [pool.address, zeroAddress, deployer]).address;
  const variableDebtTokenImpl = builder.deploy(deployer, 'VariableDebtTokenInstance', [pool.address, zeroAddress]).address;
  const inputs = Object.entries(RESERVES).map(([symbol, { rate }]) => ({
    aTokenImpl,
    variableDebtTokenImpl,
    underlyingAsset: state.tokens[symbol].address,
    ...tokenNames(symbol),
    interestRateData: encodeAbiParameters(RATE_PARAMETERS, [rate]),
  }));
  configurator.send(deployer, 'initReserves', [inputs]);
}

function setEModes36({ accounts, state }, { configurator }) {
  const send = (name, ...args) => configurator.send(accounts.deployer, name, args);
  for (const [id, { label, threshold, bonus, collateral, borrow }] of Object.entries(EMODES)) {
    send('setEModeCategory', Number(id), threshold, threshold, bonus, label);
    for (const symbol of collateral) send('setAssetCollateralInEMode', state.tokens[symbol].address, Number(id), true);
    for (const symbol of borrow) send('setAssetBorrowableInEMode', state.tokens[symbol].address, Number(id), true);
  }
}

function initReserves30({ builder, accounts, state }, { provider, pool, configurator }) {
  const { deployer } = accounts;
  const implementation = (name) => builder.deploy(deployer, name, [pool.address]).address;
  const implementations = {
    aTokenImpl: implementation('AToken30'),
    stableDebtTokenImpl: implementation('StableDebtToken30'),
    variableDebtTokenImpl: implementation('VariableDebtToken30'),
  };
  const inputs = Object.entries(RESERVES).map(([symbol, { rate }]) => {
    const rays = rate.map((bps) => BigInt(bps) * RAY_PER_BPS);
    const strategy = builder.deploy(deployer, 'RateStrategy30', [provider.address, ...rays, 0n, 0n, 0n, 0n, 0n]);
    return {
      ...implementations,
      underlyingAssetDecimals: state.tokens[symbol].decimals,
      interestRateStrategyAddress: strategy.address,
      underlyingAsset: state.tokens[symbol].address,
      treasury: deployer,
      incentivesController: zeroAddress,
      ...tokenNames(symbol),
      stableDebtTokenName: `Devnet stable debt ${symbol}`,
      stableDebtTokenSymbol: `s${symbol}`,
    };
  });
  configurator.send(deployer, 'initReserves', [inputs]);
}

function setEModes30({ accounts, state }, { configurator }) {
  const send = (name, ...args) => configurator.send(accounts.deployer, name, args);
  for (const [id, { label, threshold, bonus, collateral }] of Object.entries(EMODES)) {
    send('setEModeCategory', Number(id), threshold, threshold, bonus, zeroAddress, label);
    for (const symbol of collateral) send('setAssetEModeCategory', state.tokens[symbol].address, Number(id));
  }
}

/** What the state file says of a market; the reserves' tokens are read back. */
async function describe({ state }, { provider, pool, configurator, oracle, acl, dataProvider }) {
  const reserves = {};
  for (const symbol of Object.keys(RESERVES)) {
    const asset = state.tokens[symbol].address;
    const data = await pool.read('getReserveData', [asset]);
    reserves[symbol] = { asset, id: data.id, aToken: data.aTokenAddress, variableDebtToken: data.variableDebtTokenAddress };
  }
  return {
    addressesProvider: provider.address,
    pool: pool.address,
    poolConfigurator: configurator.address,
    oracle: oracle.address,
    aclManager: acl.address,
    dataProvider: dataProvider.address,
    reserves,
    eModes: Object.fromEntries(Object.entries(EMODES).map(([id, { label }]) => [id, label])),
  };
}

/** Deploys Aave v3.6 with all reserves and e-modes, open for borrowing up to the threshold. */
export async function deployAave36(context) {
  const core = await deployCore(context, NAMES_36);
  initReserves36(context, core);
  for (const symbol of Object.keys(RESERVES)) configureReserve(context, core, symbol);
  setEModes36(context, core);
  const liquidation = context.builder.deploy(context.accounts.deployer, 'LiquidationDataProvider', [core.pool.address, core.provider.address]);
  await context.builder.flush();
  return { ...(await describe(context, core)), liquidationDataProvider: liquidation.address };
}

/** Deploys Aave v3.0.2, as deployed forks still run it, like deployAave36. */
export async function deployAave30(context) {
  const core = await deployCore(context, NAMES_30);
  initReserves30(context, core);
  for (const symbol of Object.keys(RESERVES)) configureReserve(context, core, symbol);
  setEModes30(context, core);
  await context.builder.flush();
  return describe(context, core);
}

/** Lowers each ltv to its real value: queued after the borrowers, whose health factors it does not touch. */
export function closeMarket({ builder, accounts, state }, protocol) {
  const is36 = protocol === 'aave-v3.6';
  const { configurator: name } = is36 ? NAMES_36 : NAMES_30;
  const configurator = builder.at(state.protocols[protocol].poolConfigurator, name);
  const send = (call, ...args) => configurator.send(accounts.deployer, call, args);
  for (const [symbol, { ltv, threshold, bonus }] of Object.entries(RESERVES)) {
    send('configureReserveAsCollateral', state.tokens[symbol].address, ltv, threshold, bonus);
  }
  for (const [id, { label, ltv, threshold, bonus }] of Object.entries(EMODES)) {
    const oracle = is36 ? [] : [zeroAddress];
    send('setEModeCategory', Number(id), ltv, threshold, bonus, ...oracle, label);
  }
}
