// What liquidating an account would have earned at the end of a block, by trying calls on the contracts: an oracle that knows
// nothing of how the daemon decides.
import { encodeFunctionData, decodeFunctionResult, parseAbi, toEventSelector } from '../devnet/viem.mjs';

const WAD = 10n ** 18n;
const WAD_OF_ANSWER = 10n ** 10n;
const UINT_MAX = 2n ** 256n - 1n;
const TRANSFER = toEventSelector('Transfer(address,address,uint256)');
const MARKET = '(address, address, address, address, uint256)';
const ABI = parseAbi([
  'function liquidationCall(address, address, address, uint256, bool)',
  `function liquidate(${MARKET}, address, uint256, uint256, bytes)`,
  'function approve(address, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function latestAnswer() view returns (int256)',
  'function position(bytes32, address) view returns (uint256 supplyShares, uint128 borrowShares, uint128 collateral)',
]);
const QUOTER = parseAbi([
  'function quoteExactOutputSingle((address tokenIn, address tokenOut, uint256 amount, uint24 fee, uint160 limit)) returns (uint256, uint160, uint32, uint256)',
]);
const PARTS = [100n, 50n, 25n, 10n]; // percent of what may be repaid
const LOAN_BPS = 5n; // Aave's flash loan
// Gas around the call, at the most that it is reckoned at: a transaction, guards and gains; by flash a loan and a path of two pools.
const OVERHEAD = { inventory: 150_000n, flash: 500_000n };
const FEES = [100, 500, 3_000, 10_000];
const hex = (n) => `0x${BigInt(n).toString(16)}`;
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });

const read = new Map(); // prices, of the newest blocks that were asked for
const READ_MAX = 64;

/** Whole tokens' prices at a block in wads, by address in lower case: {wad, unit}. */
export async function pricesAt(rpc, state, number) {
  const key = `${rpc.url} ${number}`;
  if (!read.has(key)) read.set(key, await readPrices(rpc, state, number));
  if (read.size > READ_MAX) read.delete(read.keys().next().value);
  return read.get(key) ?? readPrices(rpc, state, number);
}

async function readPrices(rpc, state, number) {
  const tokens = Object.values(state.tokens).filter(({ source }) => source);
  const answers = await rpc.batch(tokens.map(({ source }) => ['eth_call', [{ to: source, data: encode('latestAnswer', []) }, hex(number)]]));
  return new Map(tokens.map(({ address, decimals }, i) => [address.toLowerCase(), { wad: BigInt(answers[i]) * WAD_OF_ANSWER, unit: 10n ** BigInt(decimals) }]));
}

const value = (units, { wad, unit }) => (units * wad) / unit;

async function callsOf(rpc, state, number, { protocol, market, address }) {
  const { pool, morpho, markets, reserves } = state.protocols[protocol];
  if (market) {
    const { id, params } = markets[market];
    const answer = await rpc.call('eth_call', [{ to: morpho, data: encode('position', [id, address]) }, hex(number)]);
    const [, shares, held] = decodeFunctionResult({ abi: ABI, functionName: 'position', data: answer });
    const all = Object.values(params);
    const sizes = PARTS.flatMap((part) => [[0n, (shares * part) / 100n], [(held * part) / 100n, 0n]]).filter(([a, b]) => a || b);
    return sizes.map((size) => ({ to: morpho, debt: params.loanToken, collateral: params.collateralToken, data: encode('liquidate', [all, address, ...size, '0x']) }));
  }
  const held = Object.values(reserves);
  const balances = await rpc.batch(held.flatMap(({ aToken, variableDebtToken }) => [aToken, variableDebtToken])
    .map((token) => ['eth_call', [{ to: token, data: encode('balanceOf', [address]) }, hex(number)]]));
  const collaterals = held.filter((_, i) => BigInt(balances[2 * i]));
  const debts = held.map((one, i) => ({ ...one, owed: BigInt(balances[2 * i + 1]) })).filter(({ owed }) => owed);
  return collaterals.flatMap((collateral) => debts.flatMap((debt) => PARTS.map((part) => ({
    to: pool, debt: debt.asset, collateral: collateral.asset,
    data: encode('liquidationCall', [collateral.asset, debt.asset, address, part === 100n ? UINT_MAX : (debt.owed * part) / 100n, false]),
  }))));
}

/** What the whale, who has all, repays and gets by each call: undefined where it reverts. */
async function tryAll(rpc, state, number, calls) {
  const whale = state.accounts.whale.address.toLowerCase();
  const answers = await rpc.batch(calls.map(({ to, debt, data }) => {
    const txs = [{ from: whale, to: debt, input: encode('approve', [to, UINT_MAX]) }, { from: whale, to, input: data, gas: hex(5_000_000) }];
    return ['eth_simulateV1', [{ blockStateCalls: [{ blockOverrides: { baseFeePerGas: '0x0' }, calls: txs }] }, hex(number)]];
  }));
  return answers.map(([{ calls: [, { status, gasUsed, logs }] }]) => {
    if (status !== '0x1') return undefined;
    const moved = new Map();
    for (const { address, topics, data: amount } of logs) {
      if (topics[0] !== TRANSFER || topics.length !== 3) continue;
      const units = BigInt(amount) * (BigInt(topics[2]) === BigInt(whale) ? 1n : BigInt(topics[1]) === BigInt(whale) ? -1n : 0n);
      moved.set(address.toLowerCase(), (moved.get(address.toLowerCase()) ?? 0n) + units);
    }
    return { gas: BigInt(gasUsed), moved };
  });
}

/** The least of `from` that so many units of `to` take in one pool; undefined where there is none. */
async function soldFor(rpc, state, number, from, to, units) {
  const { quoter } = state.protocols['uniswap-v3'];
  const answers = await rpc.settle(FEES.map((fee) => ['eth_call', [{ to: quoter, data: encodeFunctionData({ abi: QUOTER, args: [[from, to, units, fee, 0n]] }) }, hex(number)]]));
  const amounts = answers.filter(({ result }) => result && result !== '0x').map(({ result }) => BigInt(result.slice(0, 66)));
  return amounts.reduce((least, one) => (least === undefined || one < least ? one : least), undefined);
}

const MOST_BONUS = 20n; // percent: more than any market gives
const BASE = 10n ** 10n; // wads of Aave's base currency, dollars

/** False: whatever is repaid of this account, as truth.mjs has it, its bonus is less than `least` dollars (in wads). */
export const mayEarn = ({ market, collateral, debt }, least) => Boolean(market) || ((collateral < debt ? collateral : debt) * BASE * MOST_BONUS) / 100n >= least;

/** What was tried against an account at a block comes to: [{gain (dollars in wads), gas}]. */
export async function triesOf(rpc, state, number, account, funding) {
  const prices = await pricesAt(rpc, state, number);
  const calls = await callsOf(rpc, state, number, account);
  const results = await tryAll(rpc, state, number, calls);
  const tries = [];
  for (const [i, result] of results.entries()) {
    if (!result) continue;
    const { debt, collateral } = calls[i];
    const seized = result.moved.get(collateral.toLowerCase()) ?? 0n;
    const repaid = -(result.moved.get(debt.toLowerCase()) ?? 0n);
    const gas = result.gas + OVERHEAD[funding];
    let gain;
    if (debt.toLowerCase() === collateral.toLowerCase()) gain = value(seized - repaid, prices.get(debt.toLowerCase()));
    else if (funding === 'inventory') gain = value(seized, prices.get(collateral.toLowerCase())) - value(repaid, prices.get(debt.toLowerCase()));
    else {
      // what repays the loan is sold, the rest is held
      const sold = await soldFor(rpc, state, number, collateral, debt, repaid + (repaid * LOAN_BPS) / 10_000n);
      if (sold === undefined) continue;
      gain = value(seized - sold, prices.get(collateral.toLowerCase()));
    }
    tries.push({ gain, gas });
  }
  return { tries, coin: { ...prices.get(state.tokens.WETH.address.toLowerCase()), unit: WAD } };
}

/** The best of these in dollars, net of gas at this fee a unit. */
export function bestOf({ tries, coin }, fee) {
  return tries.map(({ gain, gas }) => gain - value(gas * fee, coin)).reduce((best, one) => (one > best ? one : best), -(10n ** 30n));
}
