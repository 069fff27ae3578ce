// Profit before and after on the real contracts: plans are executed as an account with an inventory would, at the
// time foreseen, with nothing in between. What is repaid and seized is as planned to the unit, so the profit is to
// the wei but for gas, which is within 1 % of what was taken once a transaction of its kind is known.
//
//     profit.mjs --program SIZE [--protocols aave-v3.6,aave-v3.0.2,morpho] [--accounts N] [--seed S]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configText } from '../book/config.mjs';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { execute } from './execute.mjs';
import { Scene } from './scene.mjs';
import { startSizer } from './sizer.mjs';

const WAD = 10n ** 18n;
const COIN_USD = 2500n;
const BLOCK_SEC = 12;
const CONFIG_BLOCK_SEC = 1; // liqdConfig's
// What gas may be off by where its kind is known: so many are within the first, all within the second. Slots that
// two accounts of a kind do not share (whose they are, when they were last touched) make single calls take more.
const GAS_PART = 0.01;
const GAS_MOST = 0.1;
const WITHIN = 0.75; // of a dozen in the sample; of hundreds 0.98
const ROUND = 15;
// few pairs, so that kinds of transactions come again
const PALETTE = { collaterals: ['WETH', 'WBTC'], debts: ['USDC'], markets: ['WETH/USDC', 'WBTC/USDC'], coarse: 6 };

const show = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));

class Profit {
  #options;
  #random;
  #devnet;
  #scene;
  #sizer;
  #folder;
  #known = new Map(); // kind -> how often it was learned
  #deficits = new Set();
  #gas = { first: [], known: [], behind: [] }; // relative errors of the estimates
  counts = { plans: 0, steps: 0, several: 0, decided: 0, toTheWei: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-profit-'));
  }

  async #head() {
    const { hash, timestamp } = await this.#devnet.rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { hash, sec: Number(timestamp) };
  }

  #terms() {
    const { uint } = this.#random;
    const tokens = {};
    for (const { address, price } of Object.values(this.#scene.tokens)) tokens[address] = { priceWad: price * 10n ** 10n, available: 10n ** 40n };
    return { coinWad: COIN_USD * WAD, baseFee: BigInt(10 ** 8 + uint(10 ** 8)), tip: BigInt(10 ** 6 + uint(10 ** 7)), tokens };
  }

  #worth(token, amount, up) {
    const { price, decimals } = Object.values(this.#scene.tokens).find(({ address }) => address.toLowerCase() === token);
    const unit = 10n ** BigInt(decimals);
    return (amount * price * 10n ** 10n + (up ? unit - 1n : 0n)) / unit;
  }

  /** Sizes, executes and compares one account. */
  async #take(account) {
    const head = await this.#head();
    await this.#sizer.settle(head.hash);
    const terms = this.#terms();
    const sec = head.sec + BLOCK_SEC;
    await this.#sizer.terms(terms);
    const [plan] = await this.#sizer.size(sec, account.address);
    if (plan?.sizing !== 'plan') return;
    const done = await execute(this.#devnet, this.#devnet.state.accounts.keeper, plan, { sec, ...terms });
    this.#compare(plan, done, terms, `seed ${this.#options.seed}: ${show(account)} ${show(plan)} ${show(done)}`);
    for (const [i, step] of plan.steps.entries()) await this.#learn(plan, step, i, done.steps[i].gas);
  }

  /** What the next block's base fee will be. @src EIP-1559 */
  async #nextFee() {
    const { baseFeePerGas, gasUsed, gasLimit } = await this.#devnet.rpc.call('eth_getBlockByNumber', ['latest', false]);
    const [fee, used, target] = [BigInt(baseFeePerGas), BigInt(gasUsed), BigInt(gasLimit) / 2n];
    if (used <= target) return fee - (fee * (target - used)) / target / 8n;
    const more = (fee * (used - target)) / target / 8n;
    return fee + (more > 0n ? more : 1n);
  }

  /** The same of what the engine plans by itself: its own prices, the fee and the time that it foresees. */
  async #takeDecided(account) {
    const head = await this.#head();
    await this.#sizer.settle(head.hash);
    const [plan] = await this.#sizer.decide(account.address);
    if (plan?.sizing !== 'plan') return;
    const perGas = plan.gasUsd / COIN_USD / BigInt(plan.gas);
    const baseFee = await this.#nextFee();
    const terms = { baseFee, tip: perGas - baseFee, isOwn: true };
    const done = await execute(this.#devnet, this.#devnet.state.accounts.keeper, plan, { sec: head.sec + CONFIG_BLOCK_SEC, ...terms });
    this.#compare(plan, done, terms, `the engine, seed ${this.#options.seed}: ${show(account)} ${show(plan)} ${show(done)}`);
    this.counts.decided += 1;
  }

  #compare(plan, done, terms, where) {
    const moved = new Map();
    const add = (token, amount) => moved.set(token, (moved.get(token) ?? 0n) + amount);
    let gross = 0n;
    for (const [i, step] of plan.steps.entries()) {
      const { passed, repaid, seized, price } = done.steps[i];
      assert.ok(passed, `step ${i} reverted: ${where}`);
      assert.deepEqual({ repaid, seized }, { repaid: step.repaid, seized: step.seized }, `step ${i}: ${where}`);
      assert.equal(price, terms.baseFee + terms.tip, where);
      add(step.collateral, seized);
      add(step.debt, -repaid);
      gross += this.#worth(step.collateral, seized, false) - this.#worth(step.debt, repaid, true);
    }
    assert.deepEqual(moved, done.moved, where);
    // the planned account with the gas that was taken is the realised one
    const units = done.steps.reduce((sum, { gas }) => sum + gas, 0);
    const perGas = terms.baseFee + terms.tip;
    assert.equal(done.coin, BigInt(units) * perGas, where);
    assert.equal(plan.netUsd, gross - BigInt(plan.gas) * perGas * COIN_USD, where);
    assert.equal(plan.netWei, plan.netUsd / COIN_USD, where);
    this.counts.plans += 1;
    this.counts.steps += plan.count;
    this.counts.several += plan.count > 1;
    this.counts.toTheWei += units === plan.gas;
  }

  async #learn({ market, legs }, step, i, gas) {
    const kind = show([market, legs, step.collateral, step.debt, step.closes, step.all, step.bad]);
    const known = this.#known.get(kind) ?? 0;
    const error = (step.gas - gas) / gas;
    // the first bad debt of a reserve makes a slot, which on a chain that has long been there is made
    const isNew = step.bad && !this.#deficits.has(market + step.debt);
    if (step.bad) this.#deficits.add(market + step.debt);
    if (isNew) return;
    const errors = i > 0 ? this.#gas.behind : known ? this.#gas.known : this.#gas.first;
    errors.push(error);
    if (this.#options.verbose) console.log(`${(100 * error).toFixed(2)} % ${gas} step ${i} known ${known} ${kind}`);
    // the second in a block finds the reserves accrued, which the next first one will not
    if (i > 0) return;
    await this.#sizer.learn(step.step, gas);
    this.#known.set(kind, known + 1);
  }

  #report(errors) {
    const sorted = errors.map(Math.abs).sort((a, b) => a - b);
    const at = (part) => (sorted.length ? `${(100 * sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]).toFixed(2)} %` : '-');
    return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), within: sorted.filter((one) => one <= GAS_PART).length };
  }

  async #decide(count) {
    const { state } = this.#devnet;
    const config = path.join(this.#folder, 'decide.yaml');
    fs.writeFileSync(config, `${liqdConfig(state)}\nbid:\n  share: 0\n`); // nobody is paid one here
    this.#sizer = startSizer(this.#options.program, config, { decide: true });
    this.#scene.accounts.length = 0;
    await this.#scene.open(count);
    for (const account of this.#scene.accounts.filter(({ coarse }) => !coarse)) await this.#takeDecided(account);
    await this.#sizer.stop();
  }

  #checkGas() {
    const errors = this.#gas.known.map(Math.abs);
    const within = errors.filter((one) => one <= GAS_PART).length;
    assert.ok(errors.length > 0 && within >= WITHIN * errors.length, `gas of known kinds: ${within} of ${errors.length} are within 1 %`);
    assert.ok(Math.max(...errors) <= GAS_MOST, `gas of a known kind is off by ${Math.max(...errors)}`);
  }

  async run() {
    const { protocols, accounts } = this.#options;
    this.#devnet = await startDevnet({ borrowers: 0, seed: 7, protocols });
    try {
      const { rpc, state } = this.#devnet;
      this.#scene = new Scene(this.#random.fork('scene'), this.#devnet, protocols, PALETTE);
      await this.#scene.prepare();
      const config = path.join(this.#folder, 'liqd.yaml');
      fs.writeFileSync(config, configText(state, protocols));
      this.#sizer = startSizer(this.#options.program, config);
      for (let left = accounts; left > 0; left -= ROUND) {
        this.#scene.accounts.length = 0;
        await this.#scene.open(Math.min(left, ROUND));
        await rpc.call('evm_mine');
        for (const account of this.#random.shuffle(this.#scene.accounts)) await this.#take(account);
      }
      await this.#sizer.stop();
      await this.#decide(Math.min(accounts, ROUND));
      console.log(show({ ...this.counts, gas: Object.fromEntries(Object.entries(this.#gas).map(([name, errors]) => [name, this.#report(errors)])) }));
      this.#checkGas();
    } finally {
      this.#sizer?.kill();
      await this.#devnet.stop();
      fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, protocols: { type: 'string', default: 'aave-v3.6,aave-v3.0.2,morpho' },
    accounts: { type: 'string' }, seed: { type: 'string' }, verbose: { type: 'boolean' },
  },
});
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const accounts = Number(values.accounts ?? (process.env.LIQD_TEST_LONG ? 200 : 12));
console.log(`seed ${seed}, ${accounts} accounts of each protocol: repeat with LIQD_TEST_SEED=${seed}`);
await new Profit({ ...values, seed, accounts, protocols: values.protocols.split(',') }).run();
endSoon();
