// liqd analyze against the contracts: for the prices of now and for shocks that are really set on the feeds, what it says of
// every account is what the contracts' views say, every plan does what it says when its calls are sent, no other call earns
// more, and a pair's break-even is where a liquidation begins to earn. Everything is taken back.
//
//     analyze.mjs --program LIQD [--borrowers N] [--seed S] [--keep FOLDER]
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Brute } from '../decide/brute.mjs';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { roundsOf, truthAt } from '../devnet/lib/truth.mjs';
import { decodeEventLog, encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { aside } from './aside.mjs';

const WAD = 10n ** 18n;
const GWEI = 10n ** 9n;
const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho'];
const MARKETS = { 'aave-v3.6': 'aave_v36', 'aave-v3.0.2': 'aave_v302', morpho: 'morpho' };
const RUN_MS = 60_000;
const OUT_MAX = 2 ** 28;
const PROFIT_BITS = 20n;
const SEARCHED = 3; // accounts of each group and point, in the sample
const CLOSE_FACTOR_HEALTH = 950_000_000_000_000_000n; // of Aave
const UNITS = 4n; // that rounding parts two plans by
const ANSWER_WAD = 10n ** 10n;
const INVENTORY = 1_000_000n; // whole tokens: liqdConfig's
const GAS_LIMIT = '0x1e8480';
const FEES = [GWEI / 10n, 8n * GWEI, 60n * GWEI]; // of accounts the first, of break-evens all
const GAS_PART = 0.35; // that a call may take more or less than one of its kind was measured to
const LEAST = 0n; // profit.min, below
const SHARES = 1_000_000n; // of Morpho's, to a unit
const SHARE_TRIES = 6;
// what is bid goes out of what is earned
const OWN = 'bid: {kind: fixed}\ngas: {tip: 0 ETH}\nprofit: {min: 0}\n';
const MILLION = 1_000_000n;
const ABI = parseAbi([
  'function submit(uint256, int256)',
  'function latestAnswer() view returns (int256)',
  'function balanceOf(address) view returns (uint256)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
  'event Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)',
]);
const MORPHO = parseAbi(['function liquidate((address, address, address, address, uint256), address, uint256, uint256, bytes)']);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const hex = (n) => `0x${BigInt(n).toString(16)}`;
const sum = (list) => list.reduce((a, b) => a + b, 0n);
const show = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));
const up = (value, by, d) => (value * by + d - 1n) / d;

/** What a liquidation's logs tell. */
function outcomeOf(logs) {
  for (const log of logs) {
    try {
      const { args } = decodeEventLog({ abi: ABI, ...log });
      return { repaid: args.debtToCover ?? args.repaidAssets, seized: args.liquidatedCollateralAmount ?? args.seizedAssets };
    } catch {
      // another event
    }
  }
  return undefined;
}

const pointOf = (said) => ({
  liquidatable: said.liquidatable, collateral: BigInt(said.collateral_usd_wad), debt: BigInt(said.debt_usd_wad), badDebt: BigInt(said.bad_debt_usd_wad), badDebts: said.bad_debt,
});

const profitOf = (said) => said && {
  seized: BigInt(said.seized_usd_wad), repaid: BigInt(said.repaid_usd_wad), gas: BigInt(said.gas_usd_wad), gasWei: BigInt(said.gas_wei), net: BigInt(said.net_usd_wad),
};

/** What analyze --json says, as numbers. */
function parse(said) {
  const point = said.shocked ?? said.now;
  return {
    block: said.block.number,
    point: { all: pointOf(point), markets: Object.fromEntries(point.markets.map((one) => [one.market, pointOf(one)])) },
    accounts: said.accounts.map(({ market, account, health_factor_wad: health, collateral_usd_wad: collateral, debt_usd_wad: debt, reason, profit, steps }) => ({
      market, account, health: BigInt(health), collateral: BigInt(collateral), debt: BigInt(debt), reason, profit: profitOf(profit),
      steps: steps.map(({ repays, seizes, call }) => ({
        debt: repays.token.toLowerCase(), repaid: BigInt(repays.amount), collateral: seizes.token.toLowerCase(), seized: BigInt(seizes.amount), to: call.to, input: call.input,
      })),
    })),
    pairs: said.break_even.flatMap(({ market, collateral, debt, seized_wad: seized, kept_wad: kept, at }) => at.filter(({ state }) => state === 'found').map((one) => ({
      market, collateral: collateral.token.toLowerCase(), debt: debt.token.toLowerCase(), bonus: BigInt(seized) - BigInt(kept) - WAD, fee: BigInt(one.gas_price_wei),
      repaid: BigInt(one.repaid.amount), profit: profitOf(one.profit),
    }))),
  };
}

/** The least that a call costs in a market, as its plans tell: what cannot even earn that is not sized. */
function cheapestOf(market, accounts) {
  const costs = accounts.filter((one) => one.market === market && one.steps.length).map(({ profit, steps }) => profit.gas / BigInt(steps.length));
  return costs.length ? costs.reduce((a, b) => (a < b ? a : b)) : 0n;
}

/** Millionths as a number of percent, and wei as one of gwei. */
const percent = (change) => String(Number(change) / 10_000);
const gwei = (fees) => fees.map((fee) => `${fee / GWEI}.${String(fee % GWEI).padStart(9, '0')}`).join(',');

/** What is asked: {SYMBOL: millionths}. */
const SHOCKS = [
  {},
  { WETH: -100_000n },
  { WETH: -280_000n },
  { WBTC: -220_000n },
  { DAI: 60_000n },
  { WETH: -180_000n, LINK: -250_000n },
];

class Analyze {
  #options;
  #random;
  #folder;
  #config;
  #devnet;
  #accounts;
  counts = { points: 0, liquidatable: 0, plans: 0, steps: 0, tried: 0, passed: 0, pairs: 0, toTheWei: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-analyze-'));
    fs.mkdirSync(this.#folder, { recursive: true });
  }

  get #rpc() { return this.#devnet.rpc; }

  get #state() { return this.#devnet.state; }

  async #analyze(...args) {
    const all = ['analyze', '--json', '--config', this.#config, ...args];
    const { stdout } = await promisify(execFile)(this.#options.program, all, { maxBuffer: OUT_MAX, timeout: RUN_MS }).catch(({ killed, code, stderr }) => {
      throw new Error(`liqd ${all.join(' ')} ${killed ? `took more than ${RUN_MS / 1000} s` : `ended with ${code}`}: ${stderr}`);
    });
    return JSON.parse(stdout);
  }

  async #head() {
    const { number, hash, timestamp } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp) };
  }

  /** The transactions that set the feeds to `answers`, not sent yet. */
  async #submits(answers) {
    const rounds = await roundsOf(this.#rpc, this.#state);
    return Object.entries(answers).map(([symbol, answer]) => ({
      from: this.#state.accounts.oracle.address, to: this.#state.feeds[symbol].fluxAggregator, data: encode('submit', [rounds[symbol].flux + 1n, answer]),
    }));
  }

  /** Mines calls in a block of this time; their receipts. */
  async #mine(calls, sec) {
    const hashes = await this.#rpc.batch(calls.map((call) => ['eth_sendTransaction', [{ ...call, gas: GAS_LIMIT, gasPrice: hex(10n ** 12n) }]]));
    await this.#rpc.call('evm_setNextBlockTimestamp', [sec]);
    await this.#rpc.call('evm_mine');
    return this.#rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
  }

  /** What each feed says, and each token is worth, in 8 decimals. */
  async #prices() {
    const symbols = Object.keys(this.#state.tokens);
    const answers = await this.#rpc.batch(symbols.map((symbol) => ['eth_call', [{ to: this.#state.tokens[symbol].source, data: encode('latestAnswer') }, 'latest']]));
    return Object.fromEntries(symbols.map((symbol, i) => [symbol, BigInt(answers[i])]));
  }

  /** What an account has on either side, as the contracts' tokens tell. */
  async #sidesOf({ protocol, address, market }) {
    if (market) {
      const { collateral, loan } = this.#state.protocols.morpho.markets[market];
      return { collaterals: [collateral], debts: [loan] };
    }
    const { reserves } = this.#state.protocols[protocol];
    const symbols = Object.keys(reserves);
    const balances = await this.#rpc.batch(symbols.flatMap((symbol) => ['aToken', 'variableDebtToken'].map((side) =>
      ['eth_call', [{ to: reserves[symbol][side], data: encode('balanceOf', [address]) }, 'latest']])));
    const has = (side) => symbols.filter((_, i) => BigInt(balances[2 * i + side]) > 0n);
    return { collaterals: has(0), debts: has(1) };
  }

  #tokens(prices) {
    return Object.fromEntries(Object.entries(this.#state.tokens).map(([symbol, { address, decimals }]) => {
      const receipts = Object.fromEntries(PROTOCOLS.filter((protocol) => this.#state.protocols[protocol].reserves).map((protocol) => {
        const { aToken, variableDebtToken: debt } = this.#state.protocols[protocol].reserves[symbol];
        return [protocol, { aToken, debt }];
      }));
      return [symbol, { address, decimals, price: prices[symbol], receipts }];
    }));
  }

  /** In wads of a dollar, as analyze counts: Aave's base currency, of Morpho the loan token at its price. */
  #usd({ protocol, market }, value, prices) {
    if (protocol !== 'morpho') return value * ANSWER_WAD;
    const { loan } = this.#state.protocols.morpho.markets[market];
    return up(value, prices[loan] * ANSWER_WAD, 10n ** BigInt(this.#state.tokens[loan].decimals));
  }

  /** Units of a token (its address in lower case) in wads of a dollar. */
  #worth(prices, token, units, isUp) {
    const { symbol, decimals } = Object.values(this.#state.tokens).find(({ address }) => address.toLowerCase() === token);
    const unit = 10n ** BigInt(decimals);
    return (units * prices[symbol] * ANSWER_WAD + (isUp ? unit - 1n : 0n)) / unit;
  }

  #checkSums(said, truth, prices, where) {
    for (const [market, point] of [['all', said.all], ...Object.entries(said.markets)]) {
      const those = truth.filter(({ protocol, verdict }) => verdict === 'liquidatable' && (market === 'all' || MARKETS[protocol] === market));
      const collateral = those.map((one) => this.#usd(one, one.collateral, prices));
      const debt = those.map((one) => this.#usd(one, one.debt, prices));
      const bad = those.map((_, i) => (debt[i] > collateral[i] ? debt[i] - collateral[i] : 0n));
      const at = `${market} ${where}`;
      assert.equal(point.liquidatable, those.length, `how many are liquidatable of ${at}`);
      assert.equal(point.collateral, sum(collateral), `collateral of ${at}`);
      assert.equal(point.debt, sum(debt), `debt of ${at}`);
      assert.equal(point.badDebt, sum(bad), `bad debt of ${at}`);
      assert.equal(point.badDebts, those.filter(({ collateral: has, debt: owes }) => owes > has).length, `accounts of bad debt of ${at}`);
    }
  }

  #checkAccounts(said, truth, prices, where) {
    const keyOf = (market, address) => `${market} ${address.toLowerCase()}`;
    const theirs = new Map(truth.filter(({ verdict }) => verdict === 'liquidatable').map((one) => [keyOf(MARKETS[one.protocol], one.address), one]));
    assert.equal(said.length, theirs.size, `accounts ${where}`);
    return said.map((ours) => {
      const account = theirs.get(keyOf(ours.market, ours.account));
      const at = `${ours.market} ${ours.account} ${where}`;
      assert.ok(account, `cannot be liquidated: ${at}`);
      assert.equal(ours.health, account.health, `health factor: ${at}`);
      assert.equal(ours.collateral, this.#usd(account, account.collateral, prices), `collateral: ${at}`);
      assert.equal(ours.debt, this.#usd(account, account.debt, prices), `debt: ${at}`);
      theirs.delete(keyOf(ours.market, ours.account));
      return { ours, account };
    });
  }

  /** Those that are searched: all in long runs, else as many of each market and side of the close factor's border. */
  #some(checked) {
    if (this.#options.long) return checked;
    const groups = new Map();
    for (const one of this.#random.shuffle(checked)) {
      const group = `${one.ours.market} ${one.ours.health > CLOSE_FACTOR_HEALTH} ${one.ours.steps.length > 0}`;
      groups.set(group, [...(groups.get(group) ?? []), one]);
    }
    return [...groups.values()].flatMap((group) => group.slice(0, SEARCHED));
  }

  /** Sends a plan's calls behind the prices in one block, and takes all of it back. */
  async #execute({ ours }, submits, sec, where) {
    const from = this.#state.accounts.keeper.address;
    const calls = ours.steps.map(({ to, input }) => ({ from, to, data: input }));
    const receipts = await aside(this.#rpc, () => this.#mine([...submits, ...calls], sec));
    for (const [i, step] of ours.steps.entries()) {
      const receipt = receipts[submits.length + i];
      const at = `step ${i + 1} of ${show(ours)} ${where}`;
      assert.equal(receipt.status, '0x1', `it reverts: ${at}`);
      assert.deepEqual(outcomeOf(receipt.logs), { repaid: step.repaid, seized: step.seized }, `repaid and seized: ${at}`);
    }
    this.counts.plans += 1;
    this.counts.steps += ours.steps.length;
  }

  /** The profit of a plan before its bid is that of its steps at the prices, and no call that is tried earns more. */
  async #compare({ ours, account }, brute, prices, sec, cheapest, where) {
    const terms = { tokens: Object.fromEntries(Object.entries(this.#state.tokens).map(([symbol, { address, decimals }]) =>
      [address, { priceWad: prices[symbol] * ANSWER_WAD, available: INVENTORY * 10n ** BigInt(decimals) }])) };
    const at = `${show(ours)} ${where}`;
    if (ours.steps.length) {
      assert.equal(ours.profit.seized, sum(ours.steps.map(({ collateral, seized }) => this.#worth(prices, collateral, seized, false))), `what is seized is worth: ${at}`);
      assert.equal(ours.profit.repaid, sum(ours.steps.map(({ debt, repaid }) => this.#worth(prices, debt, repaid, true))), `what is repaid is worth: ${at}`);
    }
    const net = ours.profit?.net ?? 0n;
    if (!ours.profit && !cheapest) return;
    const balances = await brute.balances(account, sec);
    // calls of one account take as much gas as each other, as long as nothing is learned of any kind
    const callUsd = ours.profit ? ours.profit.gas / BigInt(ours.steps.length || 1) : cheapest;
    const task = brute.task(account, terms, balances, { two: false, callUsd });
    const third = (of) => [of / 3n, (2n * of) / 3n];
    const firsts = brute.firsts(this.#random, account, task, balances, [], 2);
    for (const [d, symbol] of account.debts.entries()) {
      for (const c of account.collaterals.keys()) {
        for (const amount of third(balances.shares ?? balances.owed[symbol])) if (amount) firsts.push({ collateral: c, debt: d, bySeized: false, amount });
        if (account.market) for (const amount of third(balances.held[account.collaterals[c]])) if (amount) firsts.push({ collateral: c, debt: d, bySeized: true, amount });
      }
    }
    const best = await brute.best(task, firsts, sec);
    this.counts.tried += best.tried;
    this.counts.passed += best.passed;
    if (!best.passed) return;
    // a unit of each token is what rounding parts two plans by
    const unit = sum([...account.collaterals, ...account.debts].map((symbol) => up(prices[symbol], ANSWER_WAD, 10n ** BigInt(this.#state.tokens[symbol].decimals))));
    const allowed = (net > 0n ? net + (net >> PROFIT_BITS) : 0n) + UNITS * unit;
    assert.ok(best.net <= allowed, `a call earns ${best.net}, ${show(best)}, and the plan ${net}: ${at}`);
  }

  async #point(shock, said) {
    const where = `under ${show(shock)}, seed ${this.#options.seed}`;
    const head = await this.#head();
    assert.equal(said.block, head.number, where);
    const now = await this.#prices();
    const answers = Object.fromEntries(Object.entries(shock).map(([symbol, change]) => [symbol, (now[symbol] * (MILLION + change)) / MILLION]));
    const submits = await this.#submits(answers);
    const sec = head.sec + 1; // liqdConfig's chain.block_time
    const { checked: rows, prices } = await aside(this.#rpc, async () => {
      const receipts = await this.#mine(submits, sec);
      receipts.forEach(({ status }) => assert.equal(status, '0x1', `a price ${where}`));
      const then = await this.#prices();
      const truth = await truthAt(this.#rpc, this.#state, await this.#head(), this.#accounts);
      this.#checkSums(said.point, truth, then, where);
      const checked = this.#checkAccounts(said.accounts, truth, then, where);
      const brute = new Brute(this.#devnet, this.#tokens(then));
      for (const one of this.#some(checked)) await this.#compare(one, brute, then, sec, cheapestOf(one.ours.market, said.accounts), where);
      return { checked, prices: then };
    });
    for (const one of rows) if (one.ours.steps.length) await this.#execute(one, submits, sec, where);
    this.counts.points += 1;
    this.counts.liquidatable += rows.length;
    return { rows, submits, sec, prices };
  }

  /** Sends a call behind the prices in a block of this base fee: {repaid, seized, gas}; undefined where it is refused. */
  async #try(call, { submits, sec }, fee) {
    const receipts = await aside(this.#rpc, async () => {
      await this.#rpc.call('anvil_setNextBlockBaseFeePerGas', [hex(fee)]);
      return this.#mine([...submits, { from: this.#state.accounts.keeper.address, ...call }], sec);
    });
    const { status, logs, gasUsed } = receipts.at(-1);
    return status === '0x1' ? { ...outcomeOf(logs), gas: Number(gasUsed) } : undefined;
  }

  /** Repays `amount` of a pair's debt of an account. */
  async #repay({ protocol, address, market }, { collateral, debt }, amount, point, fee) {
    const { pool, morpho, markets } = this.#state.protocols[protocol];
    if (!market) return this.#try({ to: pool, data: encode('liquidationCall', [collateral, debt, address, amount, false]) }, point, fee);
    let done;
    // Morpho takes shares
    for (let i = 0, shares = amount * SHARES; i < SHARE_TRIES && done?.repaid !== amount; i += 1) {
      done = await this.#try({ to: morpho, data: encodeFunctionData({ abi: MORPHO, args: [Object.values(markets[market].params), address, 0n, shares, '0x'] }) }, point, fee);
      if (!done) return undefined;
      shares += (shares * (amount - done.repaid)) / done.repaid + (amount > done.repaid ? 1n : 0n);
    }
    return done;
  }

  /** At a pair's break-even a liquidation earns what is asked for, and with as little less as rounding does not hide it does not. */
  async #breakEven(pair, point, where) {
    const at = `${show(pair)} ${where}`;
    const { prices } = point;
    const { fee, repaid, profit } = pair;
    const has = (symbols, token) => symbols.some((symbol) => this.#state.tokens[symbol].address.toLowerCase() === token);
    const costUsd = (units) => up(BigInt(units) * fee, prices.WETH * ANSWER_WAD, WAD);
    const earned = (one, units) => this.#worth(prices, pair.collateral, one.seized, false) - this.#worth(prices, pair.debt, one.repaid, true) - costUsd(units);
    // what units of both are worth by which rounding moves it, and so many of the debt's whose bonus is twice as much
    const unit = UNITS * (this.#worth(prices, pair.collateral, 1n, true) + this.#worth(prices, pair.debt, 1n, true));
    const fewer = up(2n * unit, WAD, (pair.bonus * this.#worth(prices, pair.debt, WAD, false)) / WAD);
    for (const { ours, account } of point.rows) {
      const isOf = ours.market === pair.market && !account.emode && has(account.collaterals, pair.collateral) && has(account.debts, pair.debt);
      const done = isOf && await this.#repay(account, pair, repaid, point, fee);
      const less = done && repaid > fewer && await this.#repay(account, pair, repaid - fewer, point, fee);
      if (done?.repaid !== repaid || less?.repaid !== repaid - fewer) continue; // it owes less, or too little would be left
      const units = Number(profit.gasWei / fee);
      const gap = earned(done, units) - profit.net;
      assert.ok(gap <= unit && gap >= -unit, `it earns ${gap} more: ${at}`);
      assert.ok(profit.net >= LEAST && earned(less, units) < LEAST, `${fewer} less earn ${earned(less, units)}: ${at}`);
      const off = earned(done, done.gas) - profit.net;
      const most = costUsd(Math.ceil(units * GAS_PART)) + unit;
      const isPlain = account.collaterals.length === 1 && account.debts.length === 1;
      assert.ok(!isPlain || (off <= most && off >= -most), `with the gas that was taken, ${done.gas}, it earns ${off} more: ${at}`);
      this.counts.pairs += 1;
      this.counts.toTheWei += gap === 0n;
      return;
    }
  }

  async run() {
    const { seed, borrowers } = this.#options;
    this.#devnet = await startDevnet({ borrowers, seed, protocols: PROTOCOLS });
    try {
      await this.#rpc.call('evm_setAutomine', [false]);
      this.#accounts = [];
      for (const one of this.#state.borrowers) this.#accounts.push({ ...one, ...await this.#sidesOf(one) });
      this.#config = path.join(this.#folder, 'liqd.yaml');
      fs.writeFileSync(this.#config, `${liqdConfig(this.#state)}\n${OWN}`, { mode: 0o600 });
      for (const shock of SHOCKS) {
        const args = Object.entries(shock).flatMap(([symbol, change]) => ['--shock', `${symbol}=${percent(change)}%`]);
        const said = parse(await this.#analyze('--limit', '1000000', '--gas-price', gwei(FEES), ...args));
        const point = await this.#point(shock, said);
        for (const pair of said.pairs) await this.#breakEven(pair, point, `under ${show(shock)}, seed ${seed}`);
      }
      console.log(show(this.counts));
    } finally {
      await this.#devnet.stop();
      if (!this.#options.keep) fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const { values } = parseArgs({
  options: { program: { type: 'string' }, borrowers: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' } },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const borrowers = Number(values.borrowers ?? 200);
console.log(`seed ${seed}, ${borrowers} borrowers: repeat with LIQD_TEST_SEED=${seed}`);
await new Analyze({ ...values, seed, borrowers, long }).run();
endSoon();
