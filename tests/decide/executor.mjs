// Plans by flash loans as the executor carries them out: what is encoded is sent to the contract on a chain of the real
// protocols, lenders and pools. In the block that it was planned for it gains what was planned, to the unit but for the
// fee of what is borrowed more; in later ones, interest come in, it passes all the same, and nothing of the debt is lost.
//
//     executor.mjs --program SIZE [--protocols aave-v3.6,aave-v3.0.2,morpho] [--borrowers N] [--seed S]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configText, NAMES } from '../book/config.mjs';
import { setPrice } from '../devnet/lib/actions.mjs';
import { endSoon } from '../devnet/lib/closing.mjs';
import { deployExecutor } from '../devnet/lib/deploy_executor.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { sendSigned, waitMined } from '../devnet/lib/send.mjs';
import { TOKENS, toUnits } from '../devnet/lib/world.mjs';
import { decodeErrorResult, encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { startSizer } from './sizer.mjs';

const WAD = 10n ** 18n;
const GAS = 5_000_000n;
const READ_BLOCKS = 20; // until all pools and lenders are read
const LATER_SEC = [12, 180];
const GROWTH_BITS = 14n;
const PRICES = { WETH: '1950', WBTC: '47000', LINK: '11.5' };
const TOKEN = parseAbi(['function balanceOf(address) view returns (uint256)']);
const show = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));

function priceWad(symbol) {
  const { follows, ratio, price } = TOKENS[symbol];
  return follows ? (priceWad(follows) * toUnits(ratio, 18)) / WAD : toUnits(PRICES[symbol] ?? price, 18);
}

class Executor {
  #options;
  #devnet;
  #executor;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-executor-'));
  counts = {};

  constructor(options) {
    this.#options = options;
  }

  get #rpc() { return this.#devnet.rpc; }

  get #state() { return this.#devnet.state; }

  /** name: the lenders of a configuration. */
  #lenders() {
    const { protocols } = this.#state;
    return {
      aave_v3: [{ name: 'aave', kind: 'aave_v3', address: protocols['aave-v3.6'].pool }],
      morpho_blue: [{ name: 'morpho', kind: 'morpho_blue', address: protocols.morpho.morpho }],
      uniswap_v3: protocols['uniswap-v3'].pools.map(({ address }, i) => ({ name: `pool_${i}`, kind: 'uniswap_v3', address })),
    };
  }

  async #head() {
    const { hash, timestamp } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { hash, sec: Number(timestamp) };
  }

  #terms() {
    const tokens = Object.entries(this.#state.tokens).map(([symbol, { address }]) => [address, { priceWad: priceWad(symbol), available: 0n }]);
    return { coinWad: 2500n * WAD, baseFee: 10n ** 8n, tip: 10n ** 6n, tokens: Object.fromEntries(tokens) };
  }

  /** The plans of all accounts with the loans of one lender, for the block at `sec`. */
  async #plans(name, lenders) {
    const config = path.join(this.#folder, `${name}.yaml`);
    fs.writeFileSync(config, configText(this.#state, this.#options.protocols, { lenders }));
    const sizer = startSizer(this.#options.program, config);
    try {
      for (let i = 0; i < READ_BLOCKS; i += 1) {
        await this.#rpc.call('anvil_mine', ['0x1', '0x1']);
        await sizer.settle((await this.#head()).hash);
      }
      await sizer.terms(this.#terms());
      await sizer.flash(this.#options.slippage);
      const sec = (await this.#head()).sec + 12;
      const plans = (await sizer.size(sec)).filter(({ sizing }) => sizing === 'plan');
      await sizer.stop();
      return { sec, plans };
    } finally {
      sizer.kill();
    }
  }

  async #held(token) {
    const data = encodeFunctionData({ abi: TOKEN, functionName: 'balanceOf', args: [this.#executor.address] });
    return BigInt(await this.#rpc.call('eth_call', [{ to: token, data }, 'latest']));
  }

  /** What the view of a plan's guard says now. */
  async #guarded({ to, word, data }) {
    const result = await this.#rpc.call('eth_call', [{ to, data }, 'latest']);
    return BigInt(`0x${result.slice(2 + 64 * word, 66 + 64 * word)}`);
  }

  /** Sends a plan's program in a block at `sec`; what the executor then holds of its tokens, what the guard says and why
   *  the program does not pass once more; takes it back. */
  async #send(plan, sec) {
    const snapshot = await this.#rpc.call('evm_snapshot');
    try {
      const { keeper } = this.#state.accounts;
      await this.#rpc.call('evm_setAutomine', [false]);
      const sent = await sendSigned(this.#rpc, keeper.key, [{ to: this.#executor.address, data: plan.program, gas: GAS }]);
      await this.#rpc.call('evm_setNextBlockTimestamp', [sec]);
      await this.#rpc.call('evm_mine');
      const [receipt] = await waitMined(this.#rpc, sent);
      const tokens = [...new Set(plan.steps.flatMap(({ collateral, debt }) => [collateral, debt]))];
      const gained = new Map();
      for (const token of tokens) gained.set(token, await this.#held(token));
      const guarded = await this.#guarded(plan.guard);
      const again = await this.#why(plan, sec + 1);
      return { passed: receipt.status === '0x1', gas: Number(receipt.gasUsed), gained, guarded, again };
    } finally {
      await this.#rpc.call('evm_setAutomine', [true]);
      await this.#rpc.call('evm_revert', [snapshot]);
    }
  }

  /** Why a program reverts at `sec`. */
  async #why(plan, sec) {
    const call = { from: this.#state.accounts.keeper.address, to: this.#executor.address, data: plan.program };
    const [{ error }] = await this.#rpc.settle([['eth_call', [call, 'latest', {}, { time: `0x${sec.toString(16)}` }]]]);
    return error ? show(decodeErrorResult({ abi: this.#executor.abi, data: error.data })) : '';
  }

  /** What a step may have to pay more than planned: what a larger loan costs more and, in later blocks, interest. */
  #more({ repaid, closes, all, bySeized, amount }, { fee }, isLater) {
    if (!bySeized && !closes && !all && amount === repaid) return 0n;
    const growth = (repaid >> GROWTH_BITS) + 2n;
    return (isLater ? growth + 2n : 0n) + (fee ? (growth * fee) / repaid + 2n : 0n);
  }

  /** Token by token: what is planned to be gained, how much less it may be, and how much more. */
  #expected({ steps, swaps }, isLater) {
    const planned = new Map();
    const less = new Map();
    const more = new Map();
    const add = (map, token, amount) => map.set(token, (map.get(token) ?? 0n) + amount);
    for (const [i, { collateral, debt, seized, repaid }] of steps.entries()) {
      const { amountIn, amountOut, legs, fee } = swaps[i];
      add(planned, collateral, seized - (legs ? amountIn : repaid + fee));
      if (legs) add(planned, debt, 0n);
      const swapped = (owed) => (owed ? (legs ? (amountIn * 2n * owed) / amountOut + 2n : owed) : 0n);
      // any of the swaps for a debt may be the one that gets what all of its steps repay more, or that need not get what one
      // loan costs less than two, whose fees are rounded each
      const same = steps.map((step, k) => [step, swaps[k]]).filter(([step]) => step.debt === debt);
      add(less, collateral, swapped(same.reduce((sum, [step, swap]) => sum + this.#more(step, swap, isLater), 0n)));
      add(more, collateral, swapped(fee ? BigInt(same.length - 1) : 0n));
      if (isLater) add(more, collateral, 1n + (this.#more(steps[i], swaps[i], true) ? (seized >> GROWTH_BITS) + 2n : 0n));
    }
    return { planned, less, more };
  }

  #check(plan, done, isLater, where) {
    assert.ok(done.passed, `it reverts: ${where}`);
    const { planned, less, more } = this.#expected(plan, isLater);
    for (const [token, amount] of planned) {
      const gap = done.gained.get(token) - amount;
      const least = -(less.get(token) ?? 0n);
      const most = more.get(token) ?? 0n;
      assert.ok(gap <= most && gap >= least, `${token} gains ${done.gained.get(token)} in place of ${amount}, ${least} to ${most}: ${where}`);
      if (!isLater) this.counts[gap === 0n ? 'toTheUnit' : 'nearly'] = (this.counts[gap === 0n ? 'toTheUnit' : 'nearly'] ?? 0) + 1;
    }
  }

  /** The guard holds as long as the account stands, and no more when half of the debt is gone. */
  #checkGuard(plan, before, { guarded, again }, where) {
    const { min } = plan.guard;
    assert.ok(before >= min && min >= before - before / 128n, `the guard asks for ${min} of ${before}: ${where}`);
    assert.equal(again.includes('"AccountChanged"'), guarded < min, `once more: ${again}, ${guarded}: ${where}`);
    if (guarded * 2n > before) return;
    assert.ok(guarded < min, `the guard holds at ${guarded}: ${where}`);
    this.counts.halved = (this.counts.halved ?? 0) + 1;
  }

  async #take(lender, plan, sec) {
    const before = await this.#guarded(plan.guard);
    for (const later of [0, ...LATER_SEC]) {
      const where = `seed ${this.#options.seed}, ${later} s later, by ${lender}: ${show(plan)}`;
      const done = await this.#send(plan, sec + later);
      const why = done.passed ? '' : await this.#why(plan, sec + later);
      this.#check(plan, done, later > 0, `${why} ${where}`);
      this.#checkGuard(plan, before, done, where);
    }
    const key = `${plan.market} by ${lender}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    this.counts.several = (this.counts.several ?? 0) + (plan.steps.length > 1);
    this.counts.legs = Math.max(this.counts.legs ?? 0, ...plan.swaps.map(({ legs }) => legs));
    this.counts.steps = Math.max(this.counts.steps ?? 0, plan.steps.length);
  }

  async run() {
    const { protocols, borrowers, seed, each } = this.#options;
    this.#devnet = await startDevnet({ borrowers, seed, protocols: [...protocols, 'uniswap-v3', 'uniswap-v2'] });
    try {
      const { keeper, user } = this.#state.accounts;
      this.#executor = await deployExecutor(this.#rpc, user, [keeper.address]);
      for (const [symbol, price] of Object.entries(PRICES)) await setPrice(this.#rpc, this.#state, symbol, price);
      for (const [lender, lenders] of Object.entries(this.#lenders())) {
        const { sec, plans } = await this.#plans(lender, lenders);
        const markets = protocols.map((protocol) => NAMES[protocol]).filter((market) => plans.some((plan) => plan.market === market));
        // some worlds have nobody to liquidate in one of them
        assert.ok(markets.length >= Math.min(2, protocols.length), `plans of ${markets} alone by ${lender}, seed ${seed}`);
        for (const market of markets) {
          for (const plan of plans.filter((one) => one.market === market).slice(0, each)) await this.#take(lender, plan, sec);
        }
      }
      assert.ok(this.counts.halved > 0, 'no plan takes half of a debt');
      console.log(show(this.counts));
    } finally {
      await this.#devnet.stop();
      fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, protocols: { type: 'string', default: 'aave-v3.6,aave-v3.0.2,morpho' },
    borrowers: { type: 'string' }, each: { type: 'string' }, slippage: { type: 'string', default: '30' }, seed: { type: 'string' },
  },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const borrowers = Number(values.borrowers ?? (long ? 300 : 60));
const each = Number(values.each ?? (long ? 100 : 4));
console.log(`seed ${seed}, ${borrowers} borrowers: repeat with LIQD_TEST_SEED=${seed}`);
await new Executor({ ...values, seed, borrowers, each, protocols: values.protocols.split(',') }).run();
endSoon();
