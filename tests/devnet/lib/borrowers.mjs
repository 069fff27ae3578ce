// Draws borrowers from a seed and opens their positions. The drawing is pure: planBorrowers returns what
// openBorrowers then sends.
import { keccak256, stringToBytes } from 'viem';
import { randomOf } from './random.mjs';
import { EMODES, MORPHO_MARKETS, RESERVES, TOKENS, startPrice, toUnits } from './world.mjs';

const WAD = 10n ** 18n;
const SHARES = { 'aave-v3.6': 60, 'aave-v3.0.2': 20, morpho: 20 };
// 30 % loops of correlated assets; "interest" become liquidatable by interest alone, within days
const KINDS = { loop: 30, interest: 4, emode: 8, dust: 10, whale: 3, plain: 45 };
const GAS = { supply: 500_000n, emode: 500_000n, borrow: 1_200_000n };
const POCKET_MONEY = `0x${(10n ** 22n).toString(16)}`; // pays for gas at any base fee that can be set

const unitOf = (symbol) => 10n ** BigInt(TOKENS[symbol].decimals);
const baseValue = (symbol, amount) => (amount * startPrice(symbol)) / unitOf(symbol);
const toAmount = (symbol, value) => (value * unitOf(symbol)) / startPrice(symbol);
const toBase = (usd) => BigInt(Math.round(usd * 1e8));

const between = (random, low, high) => low + (high - low) * random.float();
// as likely to fall between 1 and 10 as between 10 and 100
const logBetween = (random, low, high) => low * (high / low) ** random.float();
const integer = (random, low, high) => low + random.uint(high - low + 1);
const sample = (random, list, count) => random.shuffle(list).slice(0, count);

/** One of the keys of {key: weight}. */
function weighted(random, weights) {
  let left = random.uint(Object.values(weights).reduce((sum, weight) => sum + weight));
  return Object.keys(weights).find((key) => (left -= weights[key]) < 0);
}

function drawSizeUsd(random, kind) {
  if (kind === 'dust') return logBetween(random, 2, 60);
  if (kind === 'whale') return logBetween(random, 2e6, 2e7);
  return logBetween(random, 300, 4e5);
}

function drawHealth(random, kind) {
  if (kind === 'loop') return between(random, 1.02, 1.06);
  if (kind === 'interest') return 1 + logBetween(random, 0.000005, 0.0002);
  return 1 + logBetween(random, 0.0001, 9);
}

/** Splits an amount at random into so many parts, none below a tenth of an even one. */
function split(random, total, count) {
  const weights = Array.from({ length: count }, () => BigInt(Math.round(between(random, 0.1, 1) * 1e6)));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => (total * weight) / sum);
}

/** Which e-mode, collaterals and debts a borrower of a kind has. */
function drawAaveAssets(random, kind) {
  const all = Object.keys(RESERVES);
  if (kind === 'loop') {
    const emode = Number(weighted(random, { 1: 75, 2: 25 }));
    const [collateral, debt] = emode === 1 ? ['wstETH', 'WETH'] : sample(random, EMODES[emode].borrow, 2);
    return { emode, collaterals: [collateral], debts: [debt] };
  }
  // its only collateral earns less than its only debt costs
  if (kind === 'interest') return { emode: 0, collaterals: sample(random, ['WETH', 'WBTC', 'LINK'], 1), debts: ['USDC'] };
  if (kind === 'emode') {
    const emode = integer(random, 1, 2);
    const [debt, ...rest] = sample(random, EMODES[emode].borrow, 2);
    const others = all.filter((symbol) => !EMODES[emode].collateral.includes(symbol));
    return { emode, collaterals: [...rest, ...sample(random, others, integer(random, 0, 2))], debts: [debt] };
  }
  const assets = sample(random, all, all.length);
  return { emode: 0, collaterals: assets.splice(0, integer(random, 1, 4)), debts: assets.splice(0, integer(random, 1, Math.min(3, assets.length))) };
}

function thresholdOf(symbol, emode) {
  const inMode = emode !== 0 && EMODES[emode].collateral.includes(symbol);
  return BigInt(inMode ? EMODES[emode].threshold : RESERVES[symbol].threshold);
}

/** The debt that gives a health factor, less what rounding, accrual and the truncated average forbid. */
function debtFor(supplies, debts, emode, health) {
  let total = 0n;
  let weighted = 0n;
  for (const { symbol, amount } of supplies) {
    const value = baseValue(symbol, amount);
    total += value;
    weighted += value * thresholdOf(symbol, emode);
  }
  const wanted = (weighted * WAD) / BigInt(Math.round(health * 1e9)) / 10n ** 13n;
  const most = (total * (weighted / total)) / 10_000n;
  // the pools round each balance against the borrower, and seconds pass between the borrowings
  const units = [...supplies.map(({ symbol }) => symbol), ...debts];
  const margin = units.reduce((sum, symbol) => sum + 2n * baseValue(symbol, 1n) + 2n, total / 10n ** 8n);
  return (wanted < most ? wanted : most) - margin;
}

function drawAave(random, kind) {
  const { emode, collaterals, debts } = drawAaveAssets(random, kind);
  const health = drawHealth(random, kind);
  const values = split(random, toBase(drawSizeUsd(random, kind)), collaterals.length);
  const supplies = collaterals.map((symbol, i) => ({ symbol, amount: toAmount(symbol, values[i]) }));
  const parts = split(random, debtFor(supplies, debts, emode, health), debts.length);
  return { emode, supplies, borrows: debts.map((symbol, i) => ({ symbol, amount: toAmount(symbol, parts[i]) })) };
}

function drawMorpho(random, kind) {
  const names = Object.keys(MORPHO_MARKETS);
  const market = kind === 'loop' ? names[0] : names[integer(random, 1, names.length - 1)];
  const { collateral, loan, lltv } = MORPHO_MARKETS[market];
  const amount = toAmount(collateral, toBase(drawSizeUsd(random, kind)));
  const most = (baseValue(collateral, amount) * toUnits(lltv, 18)) / WAD;
  const debt = (most * 10n ** 9n) / BigInt(Math.round(drawHealth(random, kind) * 1e9));
  return { market, supplies: [{ symbol: collateral, amount }], borrows: [{ symbol: loan, amount: toAmount(loan, debt) }] };
}

/** The borrowers {address, protocol, kind, emode or market, supplies, borrows} that a seed draws. */
export function planBorrowers(seed, count, protocols) {
  const shares = Object.fromEntries(Object.entries(SHARES).filter(([name]) => protocols.includes(name)));
  if (Object.keys(shares).length === 0) return [];
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, i) => {
    const protocol = weighted(random, shares);
    const kind = weighted(random, protocol === 'morpho' ? { ...KINDS, emode: 0 } : KINDS);
    const address = `0x${keccak256(stringToBytes(`devnet borrower ${seed} ${i}`)).slice(26)}`;
    return { address, protocol, kind, ...(protocol === 'morpho' ? drawMorpho(random, kind) : drawAave(random, kind)) };
  });
}

function openAave({ builder, accounts, state }, { address, protocol, emode, supplies, borrows }) {
  const pool = builder.at(state.protocols[protocol].pool, protocol === 'aave-v3.6' ? 'PoolInstance' : 'Pool30');
  const asset = (symbol) => state.tokens[symbol].address;
  return {
    supply: () => supplies.forEach(({ symbol, amount }) =>
      pool.send(accounts.whale, 'supply', [asset(symbol), amount, address, 0], { gas: GAS.supply })),
    borrow: () => {
      if (emode) pool.send(address, 'setUserEMode', [emode], { gas: GAS.emode });
      borrows.forEach(({ symbol, amount }) =>
        pool.send(address, 'borrow', [asset(symbol), amount, 2n, 0, address], { gas: GAS.borrow }));
    },
  };
}

function openMorpho({ builder, accounts, state }, { address, market, supplies, borrows }) {
  const { morpho: at, markets } = state.protocols.morpho;
  const morpho = builder.at(at, 'Morpho');
  const { params } = markets[market];
  const borrow = [params, borrows[0].amount, 0n, address, address];
  return {
    supply: () => morpho.send(accounts.whale, 'supplyCollateral', [params, supplies[0].amount, address, '0x'], { gas: GAS.supply }),
    borrow: () => morpho.send(address, 'borrow', borrow, { gas: GAS.borrow }),
  };
}

/** Opens the planned positions: the whale supplies on the borrowers' behalf, then they borrow. */
export async function openBorrowers(context, borrowers) {
  const { builder } = context;
  const steps = borrowers.map((borrower) =>
    borrower.protocol === 'morpho' ? openMorpho(context, borrower) : openAave(context, borrower));
  await builder.rpc.batch(borrowers.map(({ address }) => ['anvil_setBalance', [address, POCKET_MONEY]]));
  steps.forEach(({ supply }) => supply());
  await builder.flush();
  steps.forEach(({ borrow }) => borrow());
  await builder.flush();
}
