// What the contracts themselves say of every account at a block, and the verdict of a trial liquidation.
import { encodeFunctionData, parseAbi } from 'viem';
import { aggregate, wordsOf } from './aggregate.mjs';

const WAD = 10n ** 18n;
const UINT_MAX = 2n ** 256n - 1n;
const MARKET = '(address, address, address, address, uint256)';
const ABI = parseAbi([
  'function getUserAccountData(address) view returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv, uint256 health)',
  'function position(bytes32, address) view returns (uint256 supplyShares, uint128 borrowShares, uint128 collateral)',
  'function market(bytes32) view returns (uint128 supplyAssets, uint128 supplyShares, uint128 borrowAssets, uint128 borrowShares, uint128 lastUpdate, uint128 fee)',
  'function price() view returns (uint256)',
  `function borrowRateView(${MARKET}, (uint128, uint128, uint128, uint128, uint128, uint128)) view returns (uint256)`,
  'function liquidationCall(address, address, address, uint256, bool)',
  'function latestRound() view returns (uint256)',
  'function aggregator() view returns (address)',
  'function balanceOf(address) view returns (uint256)',
]);
const MORPHO = parseAbi([`function liquidate(${MARKET}, address, uint256, uint256, bytes)`]);

const encoded = new Map(); // what is asked at each block again: viem takes longer for it than the node

function dataOf(functionName, args) {
  const key = `${functionName} ${args.join()}`;
  if (!encoded.has(key)) encoded.set(key, encodeFunctionData({ abi: ABI, functionName, args }));
  return encoded.get(key);
}

/** The numbers that views [{to, data}] answer at a block; undefined where one reverts. */
async function viewsAt(rpc, { multicall }, blockHash, views) {
  const answers = await aggregate(rpc, multicall, blockHash, views);
  return answers.map((data) => data && wordsOf(data));
}

/** Of each feed {flux, ocr2, isOcr2}: the rounds of both aggregators, and which its proxy reads. */
export async function roundsOf(rpc, { feeds }) {
  const symbols = Object.keys(feeds);
  const call = (to, functionName) => ['eth_call', [{ to, data: encodeFunctionData({ abi: ABI, functionName }) }, 'latest']];
  const answers = await rpc.batch(symbols.flatMap((symbol) => [
    call(feeds[symbol].fluxAggregator, 'latestRound'), call(feeds[symbol].ocr2AggregatorStub, 'latestRound'), call(feeds[symbol].proxy, 'aggregator'),
  ]));
  return Object.fromEntries(symbols.map((symbol, i) => [symbol, {
    flux: BigInt(answers[3 * i]), ocr2: BigInt(answers[3 * i + 1]), isOcr2: BigInt(answers[3 * i + 2]) === BigInt(feeds[symbol].ocr2AggregatorStub),
  }]));
}

/** Balances [{token, owner}] as they would be in a block of this time on the latest one. */
export async function balancesAt(rpc, sec, wanted) {
  const answers = await rpc.batch(wanted.map(({ token, owner }) => ['eth_call', [
    { to: token, data: encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [owner] }) }, 'latest', {}, { time: `0x${sec.toString(16)}` }]]));
  return answers.map(BigInt);
}

const mulDivDown = (a, b, d) => (a * b) / d;
const mulDivUp = (a, b, d) => (a * b + d - 1n) / d;

/** Morpho's market after the interest to `nowSec`, as _accrueInterest leaves it. */
function accrue(market, rate, nowSec) {
  const [supplyAssets, supplyShares, borrowAssets, borrowShares, lastUpdate] = market;
  const elapsed = nowSec - lastUpdate;
  const first = rate * elapsed;
  const second = mulDivDown(first, first, 2n * WAD);
  const third = mulDivDown(second, first, 3n * WAD);
  const interest = mulDivDown(borrowAssets, first + second + third, WAD);
  return { supplyAssets: supplyAssets + interest, supplyShares, borrowAssets: borrowAssets + interest, borrowShares };
}

async function aaveTruth(rpc, state, blockHash, accounts) {
  const found = await viewsAt(rpc, state, blockHash, accounts.map(({ protocol, address }) =>
    ({ to: state.protocols[protocol].pool, data: dataOf('getUserAccountData', [address]) })));
  return accounts.map((account, i) => {
    if (!found[i]) return { ...account, verdict: 'reverts' };
    const [collateral, debt, , threshold, , health] = found[i];
    const verdict = debt === 0n ? 'no debt' : health < WAD ? 'liquidatable' : 'safe';
    return { ...account, collateral, debt, threshold, health: debt === 0n ? UINT_MAX : health, verdict };
  });
}

async function morphoTruth(rpc, state, { hash: blockHash, sec }, accounts) {
  const { morpho, markets } = state.protocols.morpho;
  const names = [...new Set(accounts.map(({ market }) => market))];
  const all = await viewsAt(rpc, state, blockHash, names.flatMap((name) => [
    { to: morpho, data: dataOf('market', [markets[name].id]) },
    { to: markets[name].params.oracle, data: dataOf('price', []) },
  ]));
  const rates = await viewsAt(rpc, state, blockHash, names.map((name, i) => ({
    to: markets[name].params.irm,
    data: encodeFunctionData({ abi: ABI, functionName: 'borrowRateView', args: [Object.values(markets[name].params), all[2 * i]] }),
  })));
  const now = Object.fromEntries(names.map((name, i) => [name,
    { ...accrue(all[2 * i], rates[i]?.[0] ?? 0n, BigInt(sec)), price: all[2 * i + 1]?.[0], lltv: BigInt(markets[name].params.lltv) }]));
  const positions = await viewsAt(rpc, state, blockHash, accounts.map(({ address, market }) =>
    ({ to: morpho, data: dataOf('position', [markets[market].id, address]) })));
  return accounts.map((account, i) => {
    const { borrowAssets, borrowShares, price, lltv } = now[account.market];
    const [supplied, shares, held] = positions[i];
    const has = { supplied, shares, held };
    if (price === undefined || held * price > UINT_MAX) {
      // the contract cannot value what is held, and can liquidate nobody
      const verdict = shares === 0n ? 'no debt' : 'reverts';
      return { ...account, ...has, collateral: 0n, debt: 0n, threshold: lltv / 10n ** 14n, health: UINT_MAX, verdict };
    }
    const debt = shares === 0n ? 0n : mulDivUp(shares, borrowAssets + 1n, borrowShares + 1_000_000n);
    const collateral = mulDivDown(held, price, 10n ** 36n);
    const most = mulDivDown(collateral, lltv, WAD);
    const verdict = shares === 0n ? 'no debt' : most < debt ? 'liquidatable' : 'safe';
    const health = shares === 0n ? UINT_MAX : mulDivDown(most, WAD, debt);
    return { ...account, ...has, collateral, debt, threshold: lltv / 10n ** 14n, health, verdict };
  });
}

/** Every account as the contracts see it at block {hash, sec}. */
export async function truthAt(rpc, state, block, accounts) {
  const aave = accounts.filter(({ market }) => !market);
  const morpho = accounts.filter(({ market }) => market);
  return [
    ...(aave.length ? await aaveTruth(rpc, state, block.hash, aave) : []),
    ...(morpho.length ? await morphoTruth(rpc, state, block, morpho) : []),
  ];
}

/** Whether a liquidation of any size would be accepted at the block: true, or the refusals. */
export async function tryLiquidation(rpc, state, { hash: blockHash }, { protocol, address, market, held }) {
  const from = state.accounts.whale.address;
  const venue = state.protocols[protocol];
  const assets = venue.reserves && [...Object.values(venue.reserves), ...(venue.spares ?? [])].map(({ asset }) => asset);
  const calls = market
    // at a price of 0 only by what is seized, without collateral only by what is repaid
    ? [[0n, 1n], [held, 0n]].map((sums) => ({ to: venue.morpho, data: encodeFunctionData({ abi: MORPHO, functionName: 'liquidate', args: [Object.values(venue.markets[market].params), address, ...sums, '0x'] }) }))
    : assets.flatMap((collateral) => assets.map((debt) =>
      ({ to: venue.pool, data: encodeFunctionData({ abi: ABI, functionName: 'liquidationCall', args: [collateral, debt, address, UINT_MAX, false] }) })));
  const answers = await rpc.settle(calls.map((call) => ['eth_call', [{ from, ...call }, { blockHash }]]));
  if (answers.some(({ error }) => !error)) return true;
  return [...new Set(answers.map(({ error }) => `${error.message} ${error.data ?? ''}`))];
}
