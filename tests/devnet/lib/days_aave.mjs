// What seldom happens on Aave's markets, for the random days: flags that outlive balances, debts opened by
// flash loans or for others, bad debt, reserves that come and go, governors of all kinds.
import { encodeAbiParameters, encodeDeployData, encodeFunctionData, getContractAddress, pad, parseAbi, stringToHex, zeroAddress } from 'viem';
import { loadArtifacts } from './artifacts.mjs';
import { EMODES, RESERVES } from './world.mjs';

const UINT_MAX = 2n ** 256n - 1n;
const RICH = 10n ** 40n;
const SPARES = [18, 6]; // decimals
const GAS = { token: '0x1e8480', listing: '0x989680' };
const IMPLEMENTATION = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'; // ERC-1967
// A contract that answers every call with one word of 1.
const YES = '0x600a600c600039600a6000f3600160005260206000f3';
const RATE = [{ type: 'tuple', components: ['uint16', 'uint32', 'uint32', 'uint32'].map((type) => ({ type })) }];

const ABI = parseAbi([
  'function supply(address, uint256, address, uint16)',
  'function withdraw(address, uint256, address)',
  'function borrow(address, uint256, uint256, uint16, address)',
  'function repay(address, uint256, uint256, address)',
  'function repayWithATokens(address, uint256, uint256)',
  'function swapBorrowRateMode(address, uint256)',
  'function rebalanceStableBorrowRate(address, address)',
  'function setUserEMode(uint8)',
  'function setUserUseReserveAsCollateral(address, bool)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'function flashLoan(address, address[], uint256[], uint256[], address, bytes, uint16)',
  'function mintToTreasury(address[])',
  'function multicall(bytes[])',
  'function approvePositionManager(address, bool)',
  'function setUserEModeOnBehalfOf(uint8, address)',
  'function setUserUseReserveAsCollateralOnBehalfOf(address, bool, address)',
  'function eliminateReserveDeficit(address, uint256)',
  'function transfer(address, uint256)',
  'function approve(address, uint256)',
  'function approveDelegation(address, uint256)',
  'function mint(address, uint256)',
  'function setAddress(bytes32, address)',
  'function addEmergencyAdmin(address)',
  'function configureReserveAsCollateral(address, uint256, uint256, uint256)',
  'function setReserveBorrowing(address, bool)',
  'function setReserveStableRateBorrowing(address, bool)',
  'function setReserveFreeze(address, bool)',
  'function setReserveInterestRateData(address, bytes)',
  'function setReserveInterestRateStrategyAddress(address, address)',
  'function setLiquidationProtocolFee(address, uint256)',
  'function setDebtCeiling(address, uint256)',
  'function setPoolPause(bool)',
  'function setAssetSources(address[], address[])',
  'function setEModeCategory(uint8, uint16, uint16, uint16, address, string)',
  'function dropReserve(address)',
]);
const TEXTS = ['aTokenName', 'aTokenSymbol', 'variableDebtTokenName', 'variableDebtTokenSymbol'].map((name) => `string ${name}`);
// Names of structs of their own: viem takes those of one name for one.
const LISTING_36 = parseAbi([
  `struct Listing36 { address aTokenImpl; address variableDebtTokenImpl; address underlyingAsset; ${TEXTS.join('; ')}; bytes params; bytes interestRateData; }`,
  'function initReserves(Listing36[])',
]);
const LISTING_30 = parseAbi([
  `struct Listing30 { address aTokenImpl; address stableDebtTokenImpl; address variableDebtTokenImpl; uint8 underlyingAssetDecimals; address interestRateStrategyAddress; address underlyingAsset; address treasury; address incentivesController; ${TEXTS.join('; ')}; string stableDebtTokenName; string stableDebtTokenSymbol; bytes params; }`,
  'function initReserves(Listing30[])',
]);
const encode = (functionName, args, abi = ABI) => encodeFunctionData({ abi, functionName, args });
const isAave = (protocol) => protocol.startsWith('aave');
const wordAt = (data, i) => `0x${data.slice(2 + 64 * i + 24, 2 + 64 * (i + 1))}`;

/** What the proxies of a market's reserves run, for another reserve. */
export async function implementationsOf(rpc, { pool, reserves }) {
  const data = await rpc.call('eth_call', [{ to: pool, data: `0x35ea6a75${pad(reserves.WETH.asset).slice(2)}` }, 'latest']); // getReserveData
  const [aToken, stableDebt, variableDebt, strategy] = [8, 9, 10, 11].map((i) => wordAt(data, i));
  const codeOf = async (proxy) => (BigInt(proxy) === 0n ? undefined : wordAt(await rpc.call('eth_getStorageAt', [proxy, IMPLEMENTATION, 'latest']), 0));
  return { aToken: await codeOf(aToken), stableDebt: await codeOf(stableDebt), variableDebt: await codeOf(variableDebt), strategy };
}

/** Deploys what the days need and no market has: a receiver of flash loans, tokens to be listed; names an
 *  umbrella. Mines a block, below which nothing may be undone. */
export async function prepareAave(rpc, state, protocols) {
  const chosen = protocols.filter(isAave);
  if (chosen.length === 0) return;
  const { abi, bytecode } = (await loadArtifacts())('TestnetERC20');
  const [deployer, whale] = [state.accounts.deployer.address, state.accounts.whale.address];
  const count = async (from) => Number(await rpc.call('eth_getTransactionCount', [from, 'latest']));
  const nonces = { [deployer]: await count(deployer), [whale]: await count(whale) };
  const send = (from, call, gas = GAS.token) => {
    nonces[from] += 1;
    return rpc.call('eth_sendTransaction', [{ from, gas, gasPrice: '0x174876e800', nonce: `0x${(nonces[from] - 1).toString(16)}`, ...call }]);
  };
  const deploy = async (data) => {
    const address = getContractAddress({ from: deployer, nonce: BigInt(nonces[deployer]) });
    await send(deployer, { data });
    return address;
  };
  state.flashReceiver = await deploy(YES);
  for (const protocol of chosen) {
    const venue = state.protocols[protocol];
    venue.implementations = await implementationsOf(rpc, venue);
    venue.spares = [];
    for (const decimals of SPARES) {
      const asset = await deploy(encodeDeployData({ abi, bytecode, args: [`Spare ${decimals}`, `SP${decimals}`, decimals, deployer] }));
      venue.spares.push({ asset, decimals });
      await send(deployer, { to: asset, data: encode('mint', [whale, RICH]) });
      await send(whale, { to: asset, data: encode('approve', [venue.pool, UINT_MAX]) });
    }
    await send(deployer, { to: venue.aclManager, data: encode('addEmergencyAdmin', [deployer]) });
    for (const { asset } of protocol === 'aave-v3.6' ? [] : Object.values(venue.reserves)) {
      await send(deployer, { to: venue.poolConfigurator, data: encode('setReserveStableRateBorrowing', [asset, true]) });
    }
    const umbrella = stringToHex('UMBRELLA', { size: 32 });
    await send(deployer, { to: venue.addressesProvider, data: encode('setAddress', [umbrella, deployer]) });
  }
  // a time that is given: by its own clock anvil answers calls at the block with the second before
  const { timestamp } = await rpc.call('eth_getBlockByNumber', ['latest', false]);
  await rpc.call('evm_setNextBlockTimestamp', [Number(timestamp) + 1]);
  await rpc.call('evm_mine');
  const receipts = await rpc.call('eth_getBlockReceipts', ['latest']);
  if (receipts.some(({ status }) => status !== '0x1')) throw new Error('the days of Aave are not prepared');
  state.startBlock = Number(await rpc.call('eth_blockNumber'));
}

/** A call of `to` whose data are made of what `owner` has of `token` in the block it goes into. */
const withBalance = (what, from, to, token, owner, data) => ({ what, from, to, balanceOf: { token, owner }, data });

/** Something rare that the owner of an account does: [{what, from, to, data}]. */
export function actRarely(random, state, { protocol, address }, peer, amountOf) {
  const { pick, uint, float, shuffle } = random;
  const venue = state.protocols[protocol];
  const { pool, reserves, spares = [] } = venue;
  const whale = state.accounts.whale.address;
  const is36 = protocol === 'aave-v3.6';
  const symbol = pick(Object.keys(reserves));
  const { asset, aToken, variableDebtToken } = reserves[symbol];
  const amount = amountOf(symbol, 10, 5000);
  const send = (what, from, name, args, to = pool) => ({ what: `${protocol} ${what}`, from, to, data: encode(name, args) });
  const spare = spares.length && pick(spares);
  const some = spare && BigInt(1 + uint(2000)) * 10n ** BigInt(spare.decimals);
  return random.weighted([
    [4, () => [
      send('supply', whale, 'supply', [asset, amount, address, 0]),
      send('borrow', address, 'borrow', [asset, amount * 2n, 2n, 0, address]),
      send('repay with aTokens', address, 'repayWithATokens', [asset, float() < 0.7 ? UINT_MAX : amount / 2n, 2n]),
    ]],
    // in 3.0 the flag stays on when the last aTokens are burnt, and what comes in then counts without an event
    [2, () => {
      const { ltv, threshold, bonus } = RESERVES[symbol];
      const configure = (to) => send('configureReserveAsCollateral', state.accounts.deployer.address, 'configureReserveAsCollateral',
        [asset, BigInt(to), BigInt(threshold), BigInt(bonus)], venue.poolConfigurator);
      return [
        send('supply', whale, 'supply', [asset, amount, address, 0]),
        send('borrow', address, 'borrow', [asset, amount * 2n, 2n, 0, address]),
        send('repay with aTokens', address, 'repayWithATokens', [asset, UINT_MAX, 2n]),
        configure(0),
        send('supply at an ltv of 0', whale, 'supply', [asset, amount, address, 0]),
        configure(ltv - 300),
      ];
    }],
    [2, () => [send('repay with aTokens', address, 'repayWithATokens', [asset, UINT_MAX, 2n])]],
    [2, () => [send('transfer to oneself', address, 'transfer', [address, amount], aToken)]],
    [4, () => [withBalance(`${protocol} transfer all`, address, aToken, aToken, address, (all) => encode('transfer', [peer, all]))]],
    [2, () => [withBalance(`${protocol} transfer all but 1`, address, aToken, aToken, address, (all) => encode('transfer', [peer, all && all - 1n]))]],
    [1, () => [withBalance(`${protocol} transfer all to oneself`, address, aToken, aToken, address, (all) => encode('transfer', [address, all]))]],
    [3, () => [withBalance(`${protocol} withdraw all but 1`, address, pool, aToken, address, (all) => encode('withdraw', [asset, all && all - 1n, address]))]],
    [1, () => [send('transfer dust', address, 'transfer', [peer, BigInt(1 + uint(3))], aToken)]],
    [3, () => [send('flash loan into debt', address, 'flashLoan', [state.flashReceiver, [asset], [amount], [2n], address, '0x', 0])]],
    [2, () => {
      const [one, two] = shuffle(Object.keys(reserves));
      return [send('flash loan into debts', address, 'flashLoan', [state.flashReceiver, [reserves[one].asset, reserves[two].asset],
        [amountOf(one, 10, 1000), amountOf(two, 10, 1000)], [2n, 2n], address, '0x', 0])];
    }],
    [2, () => [
      send('delegate', address, 'approveDelegation', [whale, UINT_MAX], variableDebtToken),
      send('borrow for another', whale, 'borrow', [asset, amount, 2n, 0, address]),
    ]],
    [2, () => [send('mint to treasury', whale, 'mintToTreasury', [shuffle(Object.values(reserves)).slice(0, 3).map((one) => one.asset)])]],
    [is36 ? 3 : 0, () => [
      send('approve a manager', address, 'approvePositionManager', [whale, true]),
      send('e-mode by a manager', whale, 'setUserEModeOnBehalfOf', [uint(3), address]),
      send('flag by a manager', whale, 'setUserUseReserveAsCollateralOnBehalfOf', [asset, float() < 0.5, address]),
    ]],
    [is36 ? 2 : 0, () => [send('multicall', address, 'multicall', [[encode('borrow', [asset, amount / 10n, 2n, 0, address]),
      encode('repayWithATokens', [asset, UINT_MAX, 2n])]])]],
    [is36 ? 0 : 2, () => [send('borrow stable', address, 'borrow', [asset, amount / 10n, 1n, 0, address])]],
    [is36 ? 0 : 2, () => [send('swap rate mode', address, 'swapBorrowRateMode', [asset, BigInt(1 + uint(2))])]],
    [is36 ? 0 : 2, () => [send('repay stable', whale, 'repay', [asset, 10n ** 30n, 1n, address])]],
    [spare ? 3 : 0, () => [send('supply spare', whale, 'supply', [spare.asset, some, address, 0])]],
    [spare ? 2 : 0, () => [send('borrow spare', address, 'borrow', [spare.asset, some / 10n, 2n, 0, address])]],
    [spare ? 2 : 0, () => [send('repay spare', whale, 'repay', [spare.asset, 10n ** 30n, 2n, address])]],
    [spare ? 2 : 0, () => [send('withdraw spare', address, 'withdraw', [spare.asset, UINT_MAX, address])]],
    [spare ? 1 : 0, () => [send('collateral flag of spare', address, 'setUserUseReserveAsCollateral', [spare.asset, float() < 0.7])]],
  ])();
}

/** Someone takes all of an account that there is, or a peer takes aTokens of it. */
export function liquidateRarely(random, state, { protocol, address }, peer) {
  const { pick, shuffle, float } = random;
  const venue = state.protocols[protocol];
  const whale = state.accounts.whale.address;
  const assets = [...Object.values(venue.reserves), ...(venue.spares ?? [])].map(({ asset }) => asset);
  const send = (what, from, to, name, args) => ({ what: `${protocol} ${what}`, from, to, data: encode(name, args) });
  if (float() < 0.5) {
    const pairs = shuffle(assets.flatMap((collateral) => assets.map((debt) => [collateral, debt]))).slice(0, 8);
    return pairs.map(([collateral, debt]) => send('liquidate', whale, venue.pool, 'liquidationCall', [collateral, debt, address, UINT_MAX, float() < 0.4]));
  }
  const debt = pick(Object.keys(venue.reserves));
  return [
    send('fund', whale, venue.reserves[debt].asset, 'transfer', [peer, 10n ** 9n]),
    send('approve', peer, venue.reserves[debt].asset, 'approve', [venue.pool, UINT_MAX]),
    ...shuffle(assets).slice(0, 4).map((collateral) =>
      send('liquidate for aTokens', peer, venue.pool, 'liquidationCall', [collateral, venue.reserves[debt].asset, address, float() < 0.5 ? UINT_MAX : 10n ** 8n, true])),
  ];
}

/** The call that lists a reserve {asset, decimals} in a market whose implementations are known. */
export function listing(protocol, { implementations }, { asset, decimals }, deployer) {
  const { aToken, stableDebt, variableDebt, strategy } = implementations;
  const names = { aTokenName: 'a', aTokenSymbol: 'a', variableDebtTokenName: 'd', variableDebtTokenSymbol: 'd', params: '0x' };
  if (protocol === 'aave-v3.6') {
    return encode('initReserves', [[{ aTokenImpl: aToken, variableDebtTokenImpl: variableDebt, underlyingAsset: asset, ...names,
      interestRateData: encodeAbiParameters(RATE, [[8000, 100, 400, 30000]]) }]], LISTING_36);
  }
  return encode('initReserves', [[{ aTokenImpl: aToken, stableDebtTokenImpl: stableDebt, variableDebtTokenImpl: variableDebt,
    underlyingAssetDecimals: decimals, interestRateStrategyAddress: strategy, underlyingAsset: asset, treasury: deployer, incentivesController: zeroAddress,
    ...names, stableDebtTokenName: 's', stableDebtTokenSymbol: 's' }]], LISTING_30);
}

/** Something rare that governors do. */
export function governRarely(random, state, protocol, amountOf) {
  const { pick, uint, float } = random;
  const venue = state.protocols[protocol];
  const { poolConfigurator, oracle, reserves, spares = [], addressesProvider, pool } = venue;
  const from = state.accounts.deployer.address;
  const whale = state.accounts.whale.address;
  const is36 = protocol === 'aave-v3.6';
  const symbol = pick(Object.keys(reserves));
  const { asset } = reserves[symbol];
  const { ltv, threshold, bonus, rate, fee } = RESERVES[symbol];
  const source = () => state.tokens[pick(Object.keys(reserves))].source;
  const send = (name, args, to = poolConfigurator) => ({ what: `${protocol} ${name}`, from, to, data: encode(name, args) });
  const spare = spares.length && pick(spares);
  const id = 1 + uint(2);
  const key = pad(`0x${(0xe0de00 + id).toString(16)}`, { size: 20 });
  const eMode = EMODES[id];
  return random.weighted([
    [3, () => [send('configureReserveAsCollateral', [asset, float() < 0.6 ? 0n : BigInt(ltv - 300), BigInt(threshold), BigInt(bonus)])]],
    [2, () => [is36 ? send('setReserveInterestRateData', [asset, encodeAbiParameters(RATE, [[rate[0], rate[1] + uint(100), rate[2] + uint(300), rate[3]]])])
      : send('setReserveInterestRateStrategyAddress', [asset, venue.implementations.strategy])]],
    [1, () => [send('setLiquidationProtocolFee', [asset, BigInt(fee + uint(500))])]],
    [1, () => [send('setReserveFreeze', [asset, float() < 0.4])]],
    [1, () => [send('setPoolPause', [true]), ...(float() < 0.8 ? [send('setPoolPause', [false])] : [])]],
    [2, () => [send('setPoolPause', [false])]],
    [1, () => [send('setAddress', [stringToHex(`RANDOM ${uint(3)}`, { size: 32 }), whale], addressesProvider)]],
    [5, () => [
      { ...send('setReserveBorrowing', [spare.asset, true]), gas: GAS.listing, what: `${protocol} initReserves`, data: listing(protocol, venue, spare, from) },
      send('setAssetSources', [[spare.asset], [source()]], oracle),
      send('configureReserveAsCollateral', [spare.asset, 5000n, 6000n, 11000n]),
      send('setReserveBorrowing', [spare.asset, true]),
    ]],
    [1, () => [send('setAssetSources', [[spare.asset], [source()]], oracle)]],
    [1, () => [send('configureReserveAsCollateral', [spare.asset, BigInt(uint(2) * 5000), 6000n, 11000n])]],
    [1, () => [send('setDebtCeiling', [spare.asset, BigInt(uint(2) * 1_000_000)])]],
    [3, () => [send('dropReserve', [spare.asset])]],
    [is36 ? 5 : 0, () => Object.entries(reserves).flatMap(([name, one]) => [
      { what: `${protocol} supply for the umbrella`, from: whale, to: pool, data: encode('supply', [one.asset, amountOf(name, 100, 1000), from, 0]) },
      send('eliminateReserveDeficit', [one.asset, amountOf(name, 1, 200)], pool),
    ])],
    [is36 ? 0 : 3, () => [
      send('setAssetSources', [[key], [source()]], oracle),
      send('setEModeCategory', [id, eMode.ltv - 300, eMode.threshold, eMode.bonus, float() < 0.7 ? key : zeroAddress, eMode.label]),
    ]],
    [is36 ? 0 : 3, () => [send('setReserveStableRateBorrowing', [asset, float() < 0.9])]],
  ])();
}
