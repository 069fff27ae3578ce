// Sizing against the real contracts: on small accounts that a seed draws no other pair, size or sequence of up to
// two calls earns more than the plan, its amounts are what the contracts do and what LiquidationDataProvider says.
//
//     optimal.mjs --program SIZE [--protocols aave-v3.6,aave-v3.0.2,morpho] [--accounts N] [--seed S]
//
// N is the number of accounts of each protocol. A plan may earn 2^-20 less than the best that is found; of accounts
// whose amounts are all a few units, nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configText, NAMES } from '../book/config.mjs';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { Brute, UINT_MAX } from './brute.mjs';
import { execute } from './execute.mjs';
import { Scene } from './scene.mjs';
import { startSizer } from './sizer.mjs';

const WAD = 10n ** 18n;
const ROUND = 30; // accounts of each protocol that are opened at once
const CALL_GAS = 345_000;
const COIN_USD = 2500n; // whole dollars: what a call costs is then no fraction of a wad
const PROFIT_BITS = 20n;
const LEFTOVER_GAP = 1e-4;
const SAMPLE = { some: 4, fractions: 3 };
const LONG = { some: 12, fractions: 6 };

const show = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));

/** A step as its call names it, which is more where all of something goes. */
function asSent(step) {
  const words = Array.from({ length: Math.floor((step.data.length - 10) / 64) }, (_, i) => BigInt(`0x${step.data.slice(10 + 64 * i, 74 + 64 * i)}`));
  if (words.length <= 5) return { ...step, amount: words[3] };
  return { ...step, bySeized: words[6] > 0n, amount: words[6] || words[7] };
}

class Optimal {
  #options;
  #random;
  #devnet;
  #scene;
  #brute;
  #sizer;
  #folder;
  counts = { accounts: 0, coarse: 0, plans: 0, steps: [0, 0, 0, 0, 0], sizings: {}, tried: 0, passed: 0, infos: 0, exactInfos: 0, refusedInfos: 0, moreThanFound: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-optimal-'));
  }

  /** Prices near the oracles', gas that costs from nothing to too much, and sometimes few tokens. */
  #terms(account, balances) {
    const { pick, uint, float } = this.#random;
    const tokens = {};
    for (const { address, price } of Object.values(this.#scene.tokens)) {
      tokens[address] = { priceWad: price * 10n ** 4n * BigInt(970_000 + uint(60_000)), available: 10n ** 40n };
    }
    const poor = float() < 0.3;
    for (const symbol of poor ? account.debts : []) {
      const share = BigInt(Math.floor(float() * 1.1e6));
      tokens[this.#scene.tokens[symbol].address].available = (balances.owed[symbol] * share) / 1_000_000n;
    }
    const gasUsd = pick([0, 0.001, 0.3, 4, 30]) * (0.5 + float());
    const baseFee = BigInt(Math.floor((gasUsd * 1e18) / Number(COIN_USD) / CALL_GAS));
    return { coinWad: COIN_USD * WAD, baseFee, tip: 0n, callGas: CALL_GAS, tokens };
  }

  async #head() {
    const { number, hash, timestamp } = await this.#devnet.rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp) };
  }

  async #plan(account, sec) {
    const balances = await this.#brute.balances(account, sec);
    const terms = this.#terms(account, balances);
    await this.#sizer.terms(terms);
    const [plan] = await this.#sizer.size(sec, account.address);
    const infos = plan && account.protocol === 'aave-v3.6' ? await this.#infos(account, plan, balances, sec) : [];
    return { account, balances, terms, plan, infos };
  }

  /** What LiquidationDataProvider says of the plan's pair, and what a call of so much does. */
  async #infos(account, plan, balances, sec) {
    const infos = [];
    for (const collateral of account.collaterals) {
      for (const debt of account.debts) {
        const owed = balances.owed[debt];
        for (const amount of [owed, owed / 3n + 1n, UINT_MAX]) {
          const call = { collateral: this.#scene.tokens[collateral].address, debt: this.#scene.tokens[debt].address, amount };
          const info = await this.#brute.info(account, call, sec);
          if (!info) continue;
          const passed = info.repaid === amount ? amount : info.toPass;
          const ours = await this.#sizer.attempt(sec, NAMES[account.protocol], account.address, { ...call, amount: passed });
          infos.push({ call, info, passed, ours });
        }
      }
    }
    return infos;
  }

  #where({ account, terms, balances }, sec) {
    return `${show(account)} at ${sec} with ${show(balances)} under ${show({ ...terms, tokens: undefined })}`
      + ` ${show([...account.collaterals, ...account.debts].map((symbol) => [symbol, terms.tokens[this.#scene.tokens[symbol].address]]))}`;
  }

  async #check(one, sec) {
    const { account, balances, terms, plan, infos } = one;
    const where = `seed ${this.#options.seed}: ${this.#where(one, sec)}`;
    this.counts.accounts += 1;
    this.counts.coarse += account.coarse;
    this.counts.sizings[plan?.sizing] = (this.counts.sizings[plan?.sizing] ?? 0) + 1;
    assert.ok(plan, `cannot be liquidated, says the book: ${where}`);
    const perGas = terms.baseFee * COIN_USD;
    const callUsd = BigInt(plan.steps[0]?.gas ?? 0) * perGas;
    const { some, fractions } = this.#options.long ? LONG : SAMPLE;
    const wads = Array.from({ length: fractions }, () => BigInt(Math.floor(this.#random.float() * 1e15)) * 1000n);
    const task = this.#brute.task(account, terms, balances, { callUsd, fractions: wads, two: true });
    await this.#checkPlan(task, plan, sec, callUsd, where);
    await this.#checkInfos(task, infos, sec, where);
    const firsts = this.#brute.firsts(this.#random, account, task, balances, plan.ranges, some);
    const best = await this.#brute.best(task, firsts, sec);
    this.counts.tried += best.tried;
    this.counts.passed += best.passed;
    this.#compare(one, best, where);
  }

  async #checkPlan(task, plan, sec, callUsd, where) {
    if (plan.count === 0) return;
    this.counts.plans += plan.sizing === 'plan';
    this.counts.steps[plan.count] += plan.sizing === 'plan';
    const done = await this.#brute.run(task, plan.steps.map(asSent), sec).catch((error) => {
      throw new Error(`the plan reverts (${error.message}): ${show(plan)} ${where}`);
    });
    let net = -callUsd * BigInt(plan.count);
    for (const [i, { seized, repaid }] of done.entries()) {
      const step = plan.steps[i];
      assert.deepEqual({ seized: step.seized, repaid: step.repaid }, { seized, repaid }, `step ${i} of ${show(plan)} does something else: ${where}`);
      const collateral = task.collaterals.find(({ token }) => token.toLowerCase() === step.collateral);
      const debt = task.debts.find(({ token }) => token.toLowerCase() === step.debt);
      net += (seized * collateral.priceWad) / collateral.unit - (repaid * debt.priceWad + debt.unit - 1n) / debt.unit;
    }
    assert.equal(plan.netUsd, net, `the plan's profit ${show(plan)}: ${where}`);
  }

  /** What it offers the contract may refuse all the same: where a fee is taken it does not see that all collateral goes. */
  async #checkInfos(task, infos, sec, where) {
    for (const { call, info, passed, ours } of infos) {
      const step = { ...call, collateral: call.collateral.toLowerCase(), debt: call.debt.toLowerCase(), bySeized: false, amount: passed };
      const [real] = await this.#brute.run(task, [step], sec).catch(() => []);
      const said = `LiquidationDataProvider says ${show(info)} for ${show(call)}, we ${show(ours)}, the contract ${show(real)}: ${where}`;
      assert.equal(ours === undefined, real === undefined, said);
      this.counts[real ? 'infos' : 'refusedInfos'] += 1;
      if (!real) continue;
      assert.deepEqual({ repaid: ours.repaid, seized: ours.seized }, { repaid: real.repaid, seized: real.seized }, said);
      // where it takes something off for what must be left it figures both sums apart, each in its own units
      const isAsked = passed === call.amount || passed === UINT_MAX;
      const small = ['repaid', 'seized', 'fee'].every((name) => Math.abs(Number(ours[name] - info[name])) <= 2);
      const gap = Math.max(...['repaid', 'seized', 'fee'].map((name) => Math.abs(Number(ours[name] - info[name])) / Number(info[name] || 1n)));
      assert.ok(isAsked ? gap === 0 : gap <= LEFTOVER_GAP || small, said);
      this.counts.exactInfos += gap === 0;
    }
  }

  #compare({ account, balances, plan }, best, where) {
    const isSmall = account.coarse && Object.values({ ...balances.owed, ...balances.held }).every((units) => units < 2n ** 20n);
    const ours = plan.sizing === 'plan' ? plan.netUsd : 0n;
    const allowed = isSmall ? ours : ours + (ours >> PROFIT_BITS);
    if (best.passed === 0) return;
    assert.ok(best.net <= allowed, `there is a better plan than ${show(plan)}:\n${show(best)}\n${where}`);
    this.counts.moreThanFound += ours > best.net;
  }

  /** Collateral 2420, debt 2050, threshold 82.5 %, bonus 15 %: one call repays half and earns 153.75; where a first one
   *  brings the debt below 2000 dollars a second repays all the rest, and the two earn 307.50. They do, when sent. */
  async #example() {
    const dollars = (usd) => BigInt(Math.round(usd * 100)) * 10n ** 16n;
    let account;
    await this.#scene.lifted(async () => {
      account = await this.#scene.openAave('aave-v3.6', [{ symbol: 'PLAIN', amount: dollars(2420) }], [{ symbol: 'DAI', amount: dollars(2050) }], {});
    });
    const head = await this.#head();
    await this.#sizer.settle(head.hash);
    const sec = head.sec + 12;
    const tokens = Object.fromEntries(['PLAIN', 'DAI'].map((symbol) => [this.#scene.tokens[symbol].address, { priceWad: WAD, available: 10n ** 40n }]));
    const terms = { coinWad: COIN_USD * WAD, baseFee: 1n, tip: 0n, callGas: CALL_GAS, tokens };
    await this.#sizer.terms(terms);
    const [plan] = await this.#sizer.size(sec, account.address);
    const balances = await this.#brute.balances(account, sec);
    const task = this.#brute.task(account, terms, balances, { two: false });
    const one = await this.#brute.best(task, this.#brute.firsts(this.#random, account, task, balances, plan.ranges, 20), sec);
    const done = await execute(this.#devnet, this.#devnet.state.accounts.keeper, plan, { sec, ...terms });
    const [collateral, debt] = ['PLAIN', 'DAI'].map((symbol) => this.#scene.tokens[symbol].address.toLowerCase());
    const earned = done.moved.get(collateral) + done.moved.get(debt);
    const near = (a, b) => (a > b ? a - b : b - a) < dollars(0.01);
    assert.ok(near(one.net, dollars(153.75)), `one call earns ${one.net}`);
    assert.ok(plan.count === 2 && near(earned, dollars(307.5)), `${show(plan)} earns ${earned}`);
    assert.equal(plan.netUsd + plan.gasUsd, earned, 'what was planned is what it earned');
    console.log(`the example: one call earns ${Number(one.net) / 1e18}, ${plan.steps.map(({ repaid }) => Number(repaid) / 1e18).join(' then ')} earn ${Number(earned) / 1e18}`);
  }

  async #round(count) {
    const { rpc } = this.#devnet;
    this.#scene.accounts.length = 0;
    await this.#scene.open(count);
    await rpc.call('anvil_mine', ['0x1', '0x1']);
    const head = await this.#head();
    await this.#sizer.settle(head.hash);
    const sec = head.sec + 1 + this.#random.uint(600);
    const all = [];
    for (const account of this.#scene.accounts) all.push(await this.#plan(account, sec));
    this.#sizer.goOn();
    for (const one of all) await this.#check(one, sec);
  }

  async run() {
    const { protocols, accounts } = this.#options;
    this.#devnet = await startDevnet({ borrowers: 0, seed: 7, protocols });
    try {
      const { state } = this.#devnet;
      this.#scene = new Scene(this.#random.fork('scene'), this.#devnet, protocols);
      await this.#scene.prepare();
      this.#brute = new Brute(this.#devnet, this.#scene.tokens);
      const config = path.join(this.#folder, 'liqd.yaml');
      fs.writeFileSync(config, configText(state, protocols));
      this.#sizer = startSizer(this.#options.program, config);
      if (protocols.includes('aave-v3.6')) await this.#example();
      for (let left = accounts; left > 0; left -= ROUND) await this.#round(Math.min(left, ROUND));
      await this.#sizer.stop();
      console.log(show(this.counts));
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
    accounts: { type: 'string' }, seed: { type: 'string' },
  },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const accounts = Number(values.accounts ?? (long ? 200 : 6));
console.log(`seed ${seed}, ${accounts} accounts of each protocol: repeat with LIQD_TEST_SEED=${seed}`);
await new Optimal({ ...values, seed, long, accounts, protocols: values.protocols.split(',') }).run();
endSoon();
