// Live daemons beside random days on the real contracts, with an inventory and by flash loans, three senders, and a rival who
// wins, loses and pays. What came of it is read from the chain alone, block by block:
//
// - Every account that could be liquidated at a profit at the end of a block is liquidated within three, by us or by the rival,
//   or cannot be any more.
// - No transaction of ours that did not lose a race reverts, or earns less than it had to; that it lost one is shown by its
//   passing alone, and not behind what others did. None takes all of its gas.
// - Of an account there is one transaction of ours at a time; no nonce is refused.
// - The journal's sums are what executor, owner and senders have more or less on the chain, to the unit.
// - Forty accounts that fall in one block are all cleared within three.
//
//     run.mjs --program LIQD [--borrowers N] [--blocks N] [--seed S] [--funding inventory|flash] [--case days|crowd] [--keep FOLDER]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { endSoon } from '../devnet/lib/closing.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { fundContract } from '../sim/funds.mjs';
import { blockWithReceipts, liquidationsOf } from '../sim/dry_run_check.mjs';
import { MarketDays, accountKey } from '../sim/market_days.mjs';
import { Daemon, MARKETS, journalOf, tablesOf } from './daemon.mjs';
import { Ledger, worth } from './ledger.mjs';
import { bestOf, mayEarn, pricesAt, triesOf } from './profit.mjs';
import { whyReverted } from './reverts.mjs';
import { INVENTORY, OWNER, Scene, hex } from './scene.mjs';

const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho'];
const NAMES = ['first', 'second', 'third'];
const OWN_TIP = 10n ** 8n; // gas.tip's default
const TRUST_BLOCKS = 400;
const SOON = 3; // blocks in which an account has to be cleared
const SENT_MS = 2_000; // without anything new of what was decided to be sent, on a busy machine
const CROWD = 40;
const CROWD_BORROWERS = 240;
const CROWD_PRICE = 1_900n * 10n ** 8n; // of ETH, at first 2500
const CONFIRMATIONS = 4;
const BLOCK_GAS = 300_000_000;
const MINIMUM = 5n * 10n ** 18n; // profit.min's default, in dollars
const BID = 2n; // half of the profit is bid
const AT_ONCE = 20; // blocks that are read
const FUNDINGS = ['inventory', 'flash'];
const BUILDER = '0x00000000000000000000000000000000b01dfacE';

class EndToEnd {
  #options;
  #funding;
  #folder;
  #scene;
  #days;
  #daemon;
  #ledger;
  #random;
  #chain = new Map(); // blocks with their receipts, by number
  below = [];
  reverted = [];
  left = [];
  counts = { blocks: 0, prices: 0, rival: 0, fell: 0, ours: 0, reverted: 0, behind: 0, dust: 0, tries: 0, gas: 0, slow: 0 };

  constructor(options, funding) {
    this.#options = options;
    this.#funding = funding;
    this.#folder = path.join(options.folder, options.crowd ? `${funding}-crowd` : funding);
    this.#random = randomOf(options.seed).fork(`end to end by ${funding}`);
  }

  get #rpc() { return this.#scene.rpc; }

  async #begin() {
    const { program, borrowers, blocks } = this.#options;
    this.#scene = await Scene.start(program, { borrowers, seed: 7, names: NAMES, blocks });
    const { state, rpc } = this.#scene;
    await rpc.call('evm_setAutomine', [true]);
    this.#days = new MarketDays(this.#random.fork('days'), this.#scene.devnet, PROTOCOLS, OWN_TIP, { mayLose: true, leaps: false });
    await this.#days.prepare((contract) => fundContract(this.#scene.devnet, contract));
    await rpc.call('evm_setAutomine', [false]);
    await rpc.call('anvil_setCoinbase', [BUILDER]);
    // What falls with a leap is more than nodes keep of an account or a block has room for: here both have.
    await rpc.call('evm_setBlockGasLimit', [hex(BLOCK_GAS)]);
    const extra = { send: { confirmations: CONFIRMATIONS, ...(this.#options.crowd ? {} : { in_flight: 64 }) }, liquidation: { in_flight: 1024 } };
    this.config = this.#scene.configure(this.#folder, { funding: this.#funding, inventory: INVENTORY, extra, wal: '64 MiB' });
    this.#ledger = new Ledger(rpc, state, [state.executor, OWNER.address, ...Object.values(this.#scene.senders).map(({ address }) => address)]);
    await this.#ledger.open();
    this.#daemon = new Daemon(program, this.config, { log: path.join(this.#folder, 'log') });
    await this.#daemon.says(/start: ready/, { meanwhile: () => this.#days.mine({ quiet: true }) });
    for (let i = 0; !this.#daemon.trusts(MARKETS); i += 1) {
      assert.ok(i < TRUST_BLOCKS, `the markets are not trusted after ${TRUST_BLOCKS} blocks`);
      await this.#mine({ quiet: true });
    }
    this.#days.blocks.length = 0;
    this.first = (await this.#days.head()).number;
  }

  /** Until all that was decided of this block is with the node, or has ended. */
  async #settled(number) {
    await this.#daemon.until(`block ${number} was settled`, () => this.#daemon.settled >= number);
    let last;
    for (let end = Date.now() + SENT_MS; Date.now() < end; await sleep(5)) {
      const { sending, engine } = await this.#daemon.ask();
      const held = sending.senders.reduce((sum, one) => sum + one.in_use, 0);
      if (engine.in_flight <= held && !engine.deciding) return;
      if (last !== `${engine.in_flight} ${held}`) end = Date.now() + SENT_MS;
      last = `${engine.in_flight} ${held}`;
    }
    this.counts.slow += 1;
  }

  async #mine(how) {
    const { number } = await this.#days.mine(how);
    // now and then the next block comes before anything could be done about this one
    if (how?.quiet || this.#random.float() < 0.9) await this.#settled(number);
    return number;
  }

  /** Blocks of random days; or one in which so many fall, and those in which they have to be cleared. */
  async #live() {
    if (!this.#options.crowd) {
      for (let i = 0; i < this.#options.blocks; i += 1) await this.#mine();
      return;
    }
    await this.#mine({ quiet: true, moved: { WETH: CROWD_PRICE } });
    const fell = this.#days.blocks.at(-1).liquidatable.length;
    assert.ok(fell >= CROWD, `${fell} accounts have fallen, ${CROWD} are wanted`);
    for (let i = 0; i < SOON; i += 1) await this.#mine({ quiet: true });
    this.counts.fell = fell;
  }

  async #end() {
    for (let i = 0; i < 40; i += 1) {
      const { sending } = await this.#daemon.ask();
      if (i > CONFIRMATIONS && sending.senders.every((one) => one.in_use === 0)) break;
      await this.#mine({ quiet: true });
    }
    const status = await this.#daemon.ask();
    await this.#daemon.stop(() => this.#days.mine({ quiet: true }));
    return status;
  }

  /** Who could be liquidated and was not in time: each has to be one that would not have earned the minimum at the end of one of the
   *  blocks, at the dearest gas of these: what others sell moves the pools, and it may not be worth it any more. */
  async #checkCleared(liquidations) {
    const { blocks } = this.#days;
    const fees = blocks.map(({ number }) => BigInt(this.#chain.get(number).block.baseFeePerGas) + OWN_TIP);
    const keys = blocks.map(({ liquidatable }) => new Map(liquidatable.map((account) => [accountKey(account), account])));
    const cleared = new Set(liquidations.map(({ key, number }) => `${number} ${key}`));
    const tries = new Map(); // by block and account
    for (let i = 0; i + SOON < blocks.length; i += 1) {
      const fee = fees.slice(i + 1, i + 1 + SOON).reduce((a, b) => (a > b ? a : b));
      for (const [key, account] of keys[i]) {
        const later = blocks.slice(i + 1, i + 1 + SOON);
        if (later.some(({ number }, k) => !keys[i + 1 + k].has(key) || cleared.has(`${number} ${key}`))) continue;
        this.counts.dust += 1;
        const tried = [];
        // the last first: most often it is the one that tells of the next three, too
        for (const { number } of [blocks[i], ...later].reverse()) {
          const at = `${number} ${key}`;
          if (!tries.has(at)) tries.set(at, await this.#triesAt(number, keys[number - blocks[0].number].get(key)));
          tried.push(bestOf(tries.get(at), fee));
          if (tried.at(-1) / BID < MINIMUM) break;
        }
        if (tried.length > later.length) this.left.push(`${key} could be liquidated from block ${blocks[i].number} for ${tried.map((net) => Number(net) / 1e18)} USD, and was not by ${later.at(-1).number}`);
      }
      for (const at of tries.keys()) if (Number(at.split(' ')[0]) < blocks[i].number) tries.delete(at);
    }
  }

  async #triesAt(number, account) {
    if (!mayEarn(account, BID * MINIMUM)) return { tries: [] };
    this.counts.tries += 1;
    return triesOf(this.#rpc, this.#scene.state, number, account, this.#funding);
  }

  async #readChain() {
    const last = (await this.#days.head()).number;
    for (let from = this.first; from <= last; from += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, last + 1 - from) }, (_, i) => from + i);
      for (const [i, one] of (await Promise.all(numbers.map((number) => blockWithReceipts(this.#rpc, number)))).entries()) this.#chain.set(numbers[i], one);
    }
  }

  /** Whose TX is: on Morpho somebody has an account in each market, which is told by its oracle. */
  #accountOf(row, tx) {
    if (row.market !== 'morpho') return `${row.market} ${row.borrower}`;
    const markets = Object.values(this.#scene.state.protocols.morpho.markets);
    const market = markets.find(({ params }) => tx.input.includes(params.oracle.slice(2).toLowerCase()));
    assert.ok(market, `${tx.hash} is of no market`);
    return `morpho ${market.id} ${row.borrower}`;
  }

  /** Each transaction of ours: what it was for, and that it earned what it had to or lost a race. */
  async #checkOurs(rows) {
    const ours = new Set(Object.values(this.#scene.senders).map(({ address }) => address.toLowerCase()));
    const rowOf = new Map(rows.filter(({ hash }) => hash).map((row) => [row.hash, row]));
    const spans = new Map();
    for (const [number, { block: { transactions }, receipts }] of this.#chain) {
      for (const tx of transactions.filter(({ from }) => ours.has(from))) {
        const row = rowOf.get(tx.hash);
        assert.ok(row, `${tx.hash} of block ${number} is not in the journal`);
        if (tx.to === tx.from) continue; // a cancellation
        const { status, gasUsed } = receipts[Number(tx.transactionIndex)];
        this.counts.gas = Math.max(this.counts.gas, Math.round((100 * Number(gasUsed)) / Number(tx.gas)));
        const key = this.#accountOf(row, tx);
        spans.set(key, [...(spans.get(key) ?? []), { number, target: row.target_blk }]);
        if (status === '0x1') {
          this.counts.ours += 1;
          const net = await this.#earned(row);
          if (net < BigInt(row.least_usd_wad)) this.below.push(`${tx.hash} of block ${number} earned ${net}, and had to ${row.least_usd_wad}: ${JSON.stringify(row)}`);
        } else {
          this.counts.reverted += 1;
          const why = await whyReverted(this.#rpc, ours, tx, row.target_blk - 1);
          if (why) this.reverted.push(`${tx.hash} of block ${number} ${why}: ${JSON.stringify(row)}`);
        }
      }
    }
    for (const [key, list] of spans) list.slice(1).forEach((one, i) => assert.ok(one.target > list[i].number, `${key}: two at once: ${JSON.stringify(list)}`));
  }

  /** What a transaction earned, at the prices of the block that it was decided by: of that or, where it was decided before all logs
   *  of that were there, of some tokens at those of the block before, whatever is most. */
  async #earned(row) {
    const coin = this.#scene.state.tokens.WETH.address.toLowerCase();
    const [last, former] = await Promise.all([1, 2].map((back) => pricesAt(this.#rpc, this.#scene.state, row.target_blk - back)));
    const moved = [...new Set([coin, ...row.gains.map(({ token }) => token.toLowerCase())])].filter((token) => last.get(token).wad !== former.get(token).wad);
    const nets = Array.from({ length: 2 ** moved.length }, (_, which) => {
      const prices = new Map(last);
      moved.forEach((token, i) => { if ((which >> i) & 1) prices.set(token, former.get(token)); });
      return worth(row, prices, coin);
    });
    return nets.reduce((a, b) => (a > b ? a : b));
  }

  /** What a node says of a nonce is of a replacement alone, which came behind the block that mined what it replaces. */
  #checkNonces({ answers, attempts }) {
    const numbers = new Map(attempts.map(({ hash, number }) => [hash, number]));
    const refused = answers.filter(([, accepted, kind]) => !accepted && kind.startsWith('NONCE'));
    assert.deepEqual(refused.filter(([hash, , kind]) => kind !== 'NONCE_LOW' || !numbers.get(hash)), [], 'nonces that were refused');
    this.counts.behind = refused.length;
  }

  async run() {
    const began = Date.now();
    fs.mkdirSync(this.#folder, { recursive: true });
    try {
      await this.#begin();
      await this.#live();
      const status = await this.#end();
      assert.ok(status.sending.senders.every(({ halted }) => !halted), JSON.stringify(status.sending));
      assert.equal(status.sending.alarms, 0, 'alarms');
      const journal = await journalOf(this.#options.program, this.config);
      const tables = await tablesOf(this.config);
      const whys = new Map(tables.ended.filter(([, outcome]) => outcome === 'reverted').map(([id, , , why]) => [id, why]));
      const leasts = new Map(tables.intents.map(([id, , , , , , least]) => [id, least]));
      const rows = journal.intents.map((row) => ({ ...row, least_usd_wad: leasts.get(row.intent), why: row.why ?? whys.get(row.intent) }));
      await this.#readChain();
      const liquidations = [...this.#chain.values()].flatMap((one) => liquidationsOf(this.#scene.state, one));
      await this.#ledger.check(journal.total);
      await this.#checkOurs(rows);
      await this.#checkCleared(liquidations);
      this.#checkNonces(tables);
      const { below, reverted, left } = this;
      assert.deepEqual({ below, reverted, left }, { below: [], reverted: [], left: [] }, 'what earned less than it had to, what reverted and lost no race, who was left');
      assert.ok(this.counts.gas < 100, 'a transaction took all of its gas: it has what its plan takes at the most, and the margin');
      Object.assign(this.counts, { blocks: this.#days.counts.blocks, prices: this.#days.counts.prices, rival: this.#days.counts.liquidations, sec: Math.round((Date.now() - began) / 1000) });
    } finally {
      await this.#daemon?.kill();
      await this.#scene?.stop();
    }
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, borrowers: { type: 'string' }, blocks: { type: 'string' }, seed: { type: 'string' },
    funding: { type: 'string' }, case: { type: 'string' }, keep: { type: 'string' },
  },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const borrowers = Number(values.borrowers ?? (long ? 1_000 : 60));
const blocks = Number(values.blocks ?? (long ? 3_600 : 40));
const folder = values.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-e2e-'));
console.log(`seed ${seed}, ${borrowers} borrowers, ${blocks} blocks: repeat with LIQD_TEST_SEED=${seed}`);
try {
  for (const funding of values.funding ? [values.funding] : FUNDINGS) {
    for (const crowd of values.case ? [values.case === 'crowd'] : [false, true]) {
      const options = { program: values.program, borrowers: crowd ? Math.max(borrowers, CROWD_BORROWERS) : borrowers, blocks, seed, folder, crowd };
      const run = new EndToEnd(options, funding);
      try {
        await run.run();
      } finally {
        console.log(`${funding}${crowd ? ', a crowd' : ''}: ${JSON.stringify(run.counts)}`);
      }
    }
  }
} finally {
  if (!values.keep) fs.rmSync(folder, { recursive: true, force: true });
}
endSoon();
