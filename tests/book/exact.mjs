// The book against the real contracts: random days of borrowers, liquidators, oracles and governors on a
// development chain, with reorgs; at every block every account as the book has it must be what the
// contracts say, to the last digit, and in the end what a second book says that began from nothing.
//
//     exact.mjs --program KEEP [--protocols aave-v3.6,aave-v3.0.2,morpho] [--comparisons N] [--seed S]
//               [--borrowers N] [--keep FOLDER]
//
// A comparison is one account at one block: collateral, debt, threshold, health factor and verdict.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { beginDays, mineCalls } from '../devnet/lib/days_send.mjs';
import { compareAccount } from './compare.mjs';
import { NAMES, configText } from './config.mjs';
import { comparePools } from './pools.mjs';
import { tradesOf } from '../devnet/lib/days_uniswap.mjs';
import { keyOf, startKeeper } from './keeper.mjs';
import { roundsOf, truthAt, tryLiquidation } from '../devnet/lib/truth.mjs';

const SETTLE_MS = 60_000;
const LOWER_MS = 2_000;
const STATES_MAX = 400;
const RECHECK = 5; // blocks between looks at the proxies
const POOL_BLOCKS = 20; // until what failed while anvil mined has its turn
const REORG_MAX = 40; // blocks; the window is 64
// what is too small to be seized or repaid: MustNotLeaveDust and InvalidBurnAmount, to 3.3 "25"
const DUST = /b629b0e4|MustNotLeaveDust|2075cc10|InvalidBurnAmount|reverted: 25 /;
const FAULT = /did not fit/;

class Exact {
  #options;
  #random;
  #trades;
  #devnet;
  #days;
  #keeper;
  #folder;
  #truth = [];
  #recent = []; // what the last blocks held
  counts = { comparisons: 0, blocks: 0, reorgs: 0, undone: 0, repointed: 0, liquidatable: 0, trials: 0, refused: 0, reverts: 0, accounts: 0, pools: 0 };
  sent = {};

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#trades = this.#random.fork('trades');
    this.#folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-exact-'));
    fs.mkdirSync(this.#folder, { recursive: true });
  }

  get #rpc() { return this.#devnet.rpc; }

  get #state() { return this.#devnet.state; }

  #startKeeper(name) {
    const config = path.join(this.#folder, `${name}.yaml`);
    fs.writeFileSync(config, configText(this.#state, this.#options.protocols, { audit: `audit:\n  recheck: ${RECHECK}\n` }));
    return startKeeper(this.#options.program, config);
  }

  async #head() {
    const { number, hash, timestamp } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp) };
  }

  async #mine(choose = (days, rounds) => days.block(this.#truth.filter(({ verdict }) => verdict === 'liquidatable'), rounds)) {
    const { sec } = await this.#head();
    const calls = [...choose(this.#days, await roundsOf(this.#rpc, this.#state)), ...tradesOf(this.#trades, this.#state)];
    const sent = await mineCalls(this.#rpc, calls, sec + this.#days.nextSec());
    this.#recent.push({ sec, sent: sent.map(({ what, passed }) => `${what}${passed ? '' : ' (refused)'}`) });
    for (const { what, passed } of sent) {
      this.sent[what] ??= { sent: 0, passed: 0 };
      this.sent[what].sent += 1;
      this.sent[what].passed += passed;
    }
  }

  async #reorg() {
    const { uint } = this.#random;
    const { number } = await this.#head();
    const depth = Math.min(1 + uint(this.#random.float() < 0.3 ? REORG_MAX : 4), number - this.#state.startBlock);
    if (depth < 1) return;
    await this.#rpc.call('anvil_rollback', [depth]);
    await this.#rpc.call('anvil_dropAllTransactions');
    const again = depth + uint(2);
    for (let i = 0; i < again; i += 1) {
      await this.#mine();
      // anvil answers calls at a block's hash with the state of the next one while it mines that. A branch
      // that leaves below where the chain was followed anew is only taken up when it is as high as that.
      const head = await this.#head();
      const settled = this.#keeper.at(head.hash, head.number < number ? LOWER_MS : SETTLE_MS);
      await (head.number < number ? settled.catch(() => {}) : settled);
    }
    this.counts.reorgs += 1;
    this.counts.undone += depth;
  }

  /** A proxy reads another aggregator, which no log tells: that is found when proxies are looked at again. */
  async #repoint() {
    await this.#mine((days, rounds) => days.repoint(rounds));
    for (let i = 0; i < 2 * RECHECK; i += 1) {
      await this.#mine(() => []);
      await this.#keeper.at((await this.#head()).hash, SETTLE_MS);
    }
    this.counts.repointed += 1;
  }

  async #tryOut(block, book, truth) {
    const some = this.#random.shuffle(truth).filter(({ verdict }) => verdict === 'liquidatable').slice(0, 2);
    some.push(...this.#random.shuffle(truth).filter(({ verdict }) => verdict === 'safe').slice(0, 1));
    for (const account of some) {
      const ours = book.accounts.get(this.#key(account));
      const trial = await tryLiquidation(this.#rpc, this.#state, block, account);
      const where = `a trial liquidation of ${account.protocol} ${account.address} at block ${block.number}: ${trial}`;
      if (ours.state === 'refused') continue;
      const isOpen = ours.verdict === 'liquidatable' && !ours.blocked;
      if (isOpen) assert.ok(trial === true || trial.some((why) => DUST.test(why)), where);
      else assert.notEqual(trial, true, where);
      this.counts.trials += 1;
    }
  }

  #key({ protocol, address, market }) {
    return keyOf(NAMES[protocol], address, market && this.#state.protocols[protocol].markets[market].id);
  }

  /** Waits for the book at the head and compares all of it. */
  async #compare(keeper = this.#keeper) {
    const block = await this.#head();
    let book;
    let truth;
    try {
      book = await keeper.at(block.hash, SETTLE_MS);
      this.counts.pools += await comparePools(this.#rpc, book);
      truth = await truthAt(this.#rpc, this.#state, block, this.#days.accounts);
      for (const theirs of truth) {
        const compared = compareAccount(book.accounts.get(this.#key(theirs)), theirs, block.number);
        this.counts.comparisons += compared === 'all';
        this.counts.refused += compared === 'refused';
        this.counts.reverts += compared === 'reverts';
      }
    } catch (error) {
      console.error(keeper.errors.slice(-12).join('\n'));
      throw error;
    }
    this.#truth = truth;
    this.#days.saw(truth);
    this.counts.blocks += 1;
    this.counts.liquidatable += truth.filter(({ verdict }) => verdict === 'liquidatable').length;
    await this.#tryOut(block, book, truth);
    return book;
  }

  /** Nothing waits for pools: until all are there. */
  async #allPools(keeper) {
    for (let i = 0; ; i += 1) {
      const book = await keeper.at((await this.#head()).hash, SETTLE_MS);
      try {
        this.counts.pools += await comparePools(this.#rpc, book, true);
        return;
      } catch (error) {
        if (i === POOL_BLOCKS) throw error;
        await this.#mine(() => []);
      }
    }
  }

  async #rebuild() {
    const second = this.#startKeeper('second');
    try {
      const before = this.counts.comparisons;
      await this.#compare(second);
      assert.ok(this.counts.comparisons > before);
      await this.#allPools(this.#keeper);
      await this.#allPools(second);
      const { hash } = await this.#head();
      const [first, again] = [await this.#keeper.at(hash, SETTLE_MS), await second.at(hash, SETTLE_MS)];
      for (const [key, account] of again.accounts) {
        const mine = first.accounts.get(key);
        if (mine || account.verdict !== 'no debt') assert.deepEqual(mine, account, `${key}: a book from nothing differs`);
      }
    } finally {
      await second.stop();
    }
  }

  async run() {
    const { borrowers, comparisons, protocols } = this.#options;
    this.#devnet = await startDevnet({ borrowers, seed: 7, protocols: [...protocols, 'uniswap-v3', 'uniswap-v2'], statesMax: STATES_MAX });
    try {
      this.#days = await beginDays(this.#random.fork('days'), this.#rpc, this.#state, protocols);
      this.#keeper = this.#startKeeper('first');
      await this.#compare();
      while (this.counts.comparisons < comparisons) {
        const turn = this.#random.float();
        if (turn < 0.08) await this.#reorg();
        else if (turn < 0.1) await this.#repoint();
        else await this.#mine();
        await this.#compare();
      }
      await this.#rebuild();
      this.counts.accounts = this.#days.accounts.length;
      const stat = await this.#keeper.stop();
      const faults = this.#keeper.errors.filter((line) => FAULT.test(line)).slice(0, 20);
      console.log(JSON.stringify({ ...this.counts, sent: this.sent, faults, stat }, null, 2));
    } catch (error) {
      console.error(this.#recent.slice(-6).map((one) => JSON.stringify(one)).join('\n'));
      throw error;
    } finally {
      this.#keeper?.kill();
      await this.#devnet.stop();
      if (!this.#options.keep) fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, protocols: { type: 'string', default: 'aave-v3.6,aave-v3.0.2,morpho' },
    comparisons: { type: 'string' }, seed: { type: 'string' }, borrowers: { type: 'string', default: '120' }, keep: { type: 'string' },
  },
});
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const comparisons = Number(values.comparisons ?? (process.env.LIQD_TEST_LONG ? 100_000 : 4_000));
console.log(`seed ${seed}, ${comparisons} comparisons: repeat with LIQD_TEST_SEED=${seed}`);
await new Exact({ ...values, seed, comparisons, borrowers: Number(values.borrowers), protocols: values.protocols.split(',') }).run();
endSoon();
