// The program that keeps the book behind nodes that fail, while random days go on: disconnects, slow, cut and
// wrong answers, empty logs, `removed` logs, refused calls; killed at any moment and started again from its
// snapshot; snapshots of blocks that are no more, damaged, cut off and foreign ones, a full disk; a node that
// lies about calls. Whenever a block of the chain is settled, and in the end, the book equals the contracts.
//
//     faults.mjs --program KEEP [--rounds N] [--seed S] [--protocols LIST] [--keep FOLDER]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeInTurn, endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { startFault } from '../devnet/lib/fault_proxy.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { beginDays, mineCalls } from '../devnet/lib/days_send.mjs';
import { roundsOf, truthAt } from '../devnet/lib/truth.mjs';
import { compareAccount } from './compare.mjs';
import { NAMES, configText } from './config.mjs';
import { comparePools } from './pools.mjs';
import { tradesOf } from '../devnet/lib/days_uniswap.mjs';
import { keyOf, startKeeper } from './keeper.mjs';
import { startLiar } from './liar.mjs';

const SETTLE_MS = 120_000;
const NEXT_MS = 8000;
const STATES_MAX = 600;
const WINDOW = 50; // blocks, within that of the undo journal
const HEAL_BLOCKS = 60;
const POOL_BLOCKS = 200; // who seemed to be no pool is asked in its turn
const DISK_SZ = 64 * 1024;
const FILLER_SZ = DISK_SZ - 4096; // a page is left

/* What breaks on the way, for less than a second each. */
const KINDS = [
  { kind: 'cut' }, { kind: 'reset', after: 500 }, { kind: 'latency', ms: 300, jitter: 100 }, { kind: 'stall' },
  { kind: 'slice' }, { kind: 'swallow', chance: 0.5 }, { kind: 'silent' }, { kind: 'wrongId', chance: 0.3 },
  { kind: 'duplicate' }, { kind: 'reorder' }, { kind: 'garbage', chance: 0.3 }, { kind: 'headFreeze' },
  { kind: 'headBack' }, { kind: 'emptyLogs' }, { kind: 'rate' },
];

class World {
  #options;
  #trades;
  #parts = [];
  #bag = [];
  #keeperCnt = 0;
  #days;
  #devnet;
  #nodes;
  #gate; // before anvil, which answers calls at a block with the state of the next one while it mines that
  #truths = new Map(); // hash -> [accounts], of every block that ever was
  differs = []; // why, of the accounts that compare() counted last
  counts = { blocks: 0, comparisons: 0, reorgs: 0, faults: 0, kills: 0, snapshots: 0, lies: 0, pools: 0 };

  constructor(options) {
    this.#options = options;
    this.random = randomOf(options.seed);
    this.#trades = this.random.fork('trades');
    this.folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-faults-'));
    fs.mkdirSync(this.folder, { recursive: true });
  }

  get #rpc() { return this.#devnet.rpc; }

  get state() { return this.#devnet.state; }

  /** Two nodes: one by the book of real clients, which says `removed`, the other bare and perhaps a liar. */
  async start() {
    const { seed, protocols } = this.#options;
    this.#devnet = await startDevnet({ borrowers: 40, seed: 7, protocols: [...protocols, 'uniswap-v3', 'uniswap-v2'], statesMax: STATES_MAX });
    this.#parts.unshift({ close: () => this.#devnet.stop() });
    const add = async (part) => {
      this.#parts.unshift(await part);
      return part;
    };
    this.#gate = await add(startLiar(this.#rpc.url.replace(/^http:/, 'ws:'), this.random));
    const strict = await add(startStrict({ upstream: this.#gate.url, seed, reorgOrder: 'one-head', dialect: 'geth' }));
    this.liar = await add(startLiar(this.#gate.wsUrl, this.random.fork('lies')));
    this.#nodes = [
      { strict, fault: await add(startFault({ upstream: strict.url, seed })) },
      { fault: await add(startFault({ upstream: this.liar.url, seed: seed + 1 })) },
    ];
    this.#days = await beginDays(this.random.fork('days'), this.#rpc, this.state, protocols);
    await this.#note();
  }

  async stop() {
    await closeInTurn(...this.#parts.map((part) => () => part.close()));
    if (!this.#options.keep) fs.rmSync(this.folder, { recursive: true, force: true });
  }

  get honestUrl() { return this.#nodes[0].strict.url.replace(/^http:/, 'ws:'); }

  /** A keeper on these nodes; options: snapshot (a file), urls, audit (that section), protocols. */
  startKeeper({ snapshot = '', urls = this.#nodes.map(({ fault }) => fault.wsUrl), audit = '', protocols = this.#options.protocols } = {}) {
    const text = configText(this.state, protocols, { url: urls[0], snapshot, audit: `${snapshot ? '  every: 1 s\n' : ''}${audit}` });
    const nodes = urls.map((url, i) => `  node${i}:\n    url: "${url}"\n    timeout: 2 s\n`).join('');
    const file = path.join(this.folder, `keeper${this.#keeperCnt++}.yaml`);
    fs.writeFileSync(file, text.replace(/^nodes:\n(?: .*\n)*/m, `nodes:\n${nodes}`));
    return startKeeper(this.#options.program, file);
  }

  async head() {
    const { number, hash, timestamp } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp) };
  }

  /** Keeps what the contracts say of the head. */
  async #note() {
    const block = await this.head();
    const accounts = await truthAt(this.#rpc, this.state, block, this.#days.accounts);
    this.#truths.set(block.hash, { block, accounts });
    this.#days.saw(accounts);
    return block;
  }

  async mine() {
    const { sec, hash } = await this.head();
    const liquidatable = this.#truths.get(hash).accounts.filter(({ verdict }) => verdict === 'liquidatable');
    const calls = [...this.#days.block(liquidatable, await roundsOf(this.#rpc, this.state)), ...tradesOf(this.#trades, this.state)];
    const release = await this.#gate.hold();
    await mineCalls(this.#rpc, calls, sec + this.#days.nextSec());
    release();
    this.counts.blocks += 1;
    return this.#note();
  }

  async reorg(most) {
    const { number } = await this.head();
    const depth = Math.min(1 + this.random.uint(most), number - this.state.startBlock);
    if (depth < 1) return;
    const release = await this.#gate.hold();
    await this.#rpc.call('anvil_rollback', [depth]);
    await this.#rpc.call('anvil_dropAllTransactions');
    release();
    for (let i = 0; i <= depth; i += 1) await this.mine();
    this.counts.reorgs += 1;
  }

  /** Begins the next fault at one of the nodes; each kind once before one comes again. */
  fault() {
    if (!this.#bag.length) this.#bag = this.random.shuffle(KINDS);
    const fault = this.#bag.pop();
    const { fault: proxy, strict } = this.random.pick(this.#nodes);
    const ms = 100 + this.random.uint(700);
    this.counts.faults += 1;
    if (fault.kind !== 'rate') proxy.inject({ ...fault, for: ms });
    else if (strict) {
      strict.set({ rate: 5, retryAfter: 1 });
      setTimeout(() => strict.set({ rate: null, retryAfter: null }), ms);
    }
  }

  #key({ protocol, address, market }) {
    return keyOf(NAMES[protocol], address, market && this.state.protocols[protocol].markets[market].id);
  }

  /** How many accounts of a settled block are other than the contracts say; `strict`: none may be. */
  compare(book, strict = true) {
    const truth = this.#truths.get(book.hash);
    if (!truth) return 0; // mined, and not looked at yet
    let wrong = 0;
    this.differs = [];
    for (const theirs of truth.accounts) {
      try {
        const compared = compareAccount(book.accounts.get(this.#key(theirs)), theirs, truth.block.number);
        this.counts.comparisons += compared === 'all';
      } catch (error) {
        if (strict) throw error;
        this.differs.push(error.message);
        wrong += 1;
      }
    }
    return wrong;
  }

  /** Waits for the head to be settled. A read that failed at a block is not asked there for ever: the next is waited
   *  for, and so mined. */
  async settled(keeper) {
    for (const until = Date.now() + SETTLE_MS; ;) {
      const { hash } = await this.head();
      try {
        return await keeper.at(hash, NEXT_MS);
      } catch (error) {
        if (!/is not settled/.test(error.message) || Date.now() > until) throw error;
        await this.mine();
      }
    }
  }

  /** Waits for the head, and compares it with all blocks settled on the way. */
  async check(keeper) {
    const book = await this.settled(keeper);
    for (const one of keeper.settled?.values() ?? [book]) this.compare(one);
    this.counts.pools += await comparePools(this.#rpc, book);
    return book;
  }

  /** Nothing waits for pools: until all are there, and are what the contracts say to the last tick. */
  async allPools(keeper) {
    for (let i = 0; ; i += 1) {
      const book = await this.settled(keeper);
      try {
        this.counts.pools += await comparePools(this.#rpc, book, true);
        return;
      } catch (error) {
        if (i === POOL_BLOCKS) throw error;
        await this.mine();
      }
    }
  }
}


/** What breaks on the way: days go on. */
async function throughFaults(world, rounds) {
  const keeper = world.startKeeper();
  try {
    for (let i = 0; i < rounds; i += 1) {
      for (let k = world.random.uint(3); k >= 0; k -= 1) world.fault();
      if (world.random.float() < 0.2) await world.reorg(world.random.float() < 0.2 ? 20 : 3);
      else await world.mine();
      if (i % 3 === 0) await world.check(keeper);
    }
    await world.check(keeper);
    await world.allPools(keeper);
    return await keeper.stop();
  } catch (error) {
    console.error(keeper.errors.slice(-40).join('\n'));
    throw error;
  } finally {
    keeper.kill();
  }
}

/** kill -9 at any moment, and on from the snapshot, on whatever chain there is then. */
async function throughKills(world, rounds) {
  const snapshot = path.join(world.folder, 'killed.liqd');
  let taken = 0;
  for (let i = 0; i < rounds; i += 1) {
    const keeper = world.startKeeper({ snapshot });
    try {
      const until = Date.now() + 100 + world.random.uint(i % 2 ? 400 : 3500);
      while (Date.now() < until) {
        await world.mine();
        await sleep(20);
      }
      if (i === rounds - 1) await world.check(keeper);
      keeper.kill();
      await keeper.exited;
      world.counts.kills += 1;
      for (const book of keeper.settled?.values() ?? []) world.compare(book);
      taken += keeper.errors.some((line) => line.includes('a snapshot is taken up'));
      if (world.random.float() < 0.4) await world.reorg(6);
    } catch (error) {
      console.error(keeper.errors.slice(-40).join('\n'));
      throw error;
    } finally {
      keeper.kill();
    }
  }
  assert.ok(taken > 0, 'no snapshot was ever taken up');
}

/** Starts on the snapshot file, which it has to take up or to refuse; ends with the book of the head. */
async function startsOn(world, options, says) {
  const keeper = world.startKeeper(options);
  try {
    await world.check(keeper);
    const told = keeper.errors.join('\n');
    assert.match(told, says);
    await keeper.stop();
    world.counts.snapshots += 1;
    return told;
  } catch (error) {
    console.error(keeper.errors.slice(-20).join('\n'));
    throw error;
  } finally {
    keeper.kill();
  }
}

/** Good, of a block that is no more, damaged, cut off, of another chain, none of ours. */
async function throughSnapshots(world) {
  const snapshot = path.join(world.folder, 'kept.liqd');
  await startsOn(world, { snapshot }, /no snapshot yet/);
  const good = fs.readFileSync(snapshot);
  await world.mine();
  await startsOn(world, { snapshot }, /a snapshot is taken up/);
  await world.reorg(3);
  await world.reorg(WINDOW);
  await startsOn(world, { snapshot }, /a snapshot is taken up[^]*everything is read anew/);
  const broken = [
    [good.subarray(0, good.length - 1), /is not used[^]*cut off/],
    [good.subarray(0, 50), /is not used/],
    [Buffer.concat([good.subarray(0, good.length / 2), Buffer.from([good[Math.floor(good.length / 2)] ^ 1]), good.subarray(Math.floor(good.length / 2) + 1)]), /is not used/],
    [Buffer.from('a text'), /is not used/],
  ];
  for (const [bytes, says] of broken) {
    fs.writeFileSync(snapshot, bytes, { mode: 0o600 });
    await startsOn(world, { snapshot }, says);
  }
  if (world.protocolCnt > 1) await startsOn(world, { snapshot, protocols: world.reversed }, /is not used/);
  await throughFullDisk(world);
}

/** A disk without room, but for the lock: told, nothing half written stays, following goes on. Where nothing may be
 *  mounted it is left out. */
async function throughFullDisk(world) {
  const disk = path.join(world.folder, 'disk');
  fs.mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SZ}`, 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    console.log('no disk can be filled here: left out');
    return;
  }
  // else that of a book whose accounts are not read yet would fit, where reading takes its time
  fs.writeFileSync(path.join(disk, 'filler'), Buffer.alloc(FILLER_SZ));
  try {
    const keeper = world.startKeeper({ snapshot: path.join(disk, 'kept.liqd') });
    try {
      const until = Date.now() + 2500;
      while (Date.now() < until) {
        await world.mine();
        await sleep(50);
      }
      await world.check(keeper);
      await keeper.stop();
      assert.match(keeper.errors.join('\n'), /the snapshot is not written[^]*disk is full/);
      assert.deepEqual(fs.readdirSync(disk).filter((name) => !name.endsWith('.lock')), ['filler']);
    } catch (error) {
      console.error(keeper.errors.slice(-20).join('\n'));
      throw error;
    } finally {
      keeper.kill();
      await keeper.exited;
    }
    world.counts.snapshots += 1;
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
}

/** A node that lies about calls. What is another lie each time is the node's fault, and no account is taken for
 *  wrong; what is the same lie twice is a mismatch: told, counted, and above the limit the market is stopped.
 *  Without lies each account that is audited comes right again. */
async function throughLies(world, rounds) {
  const keeper = world.startKeeper({ audit: 'audit:\n  accounts: 200\n  riskiest: 50\n  mismatch_max: 1\n', urls: [world.liar.wsUrl, world.honestUrl] });
  const lie = async (how) => {
    world.liar.lying = how;
    for (let i = 0; i < rounds; i += 1) {
      await world.mine();
      await sleep(100);
    }
    world.liar.lying = null;
    let wrong = 1;
    for (let i = 0; i < HEAL_BLOCKS && wrong; i += 1) {
      await world.mine();
      wrong = world.compare(await world.settled(keeper), false);
    }
    assert.equal(wrong, 0, `accounts are wrong long after the last lie:\n${world.differs.join('\n')}`);
    await world.allPools(keeper);
  };
  try {
    await world.check(keeper);
    await lie('by chance');
    await lie('always');
    const stat = await keeper.stop();
    const told = keeper.errors.join('\n');
    assert.ok(world.liar.lies > 0);
    assert.ok(stat.mismatch_cnt > 2, `${stat.mismatch_cnt} mismatches`);
    assert.match(told, /an audit did not match: the account is read anew.* expected=\d+ actual=\d+/);
    assert.match(told, /more audits than audit.mismatch_max did not match: nothing of the market is liquidated/);
    world.counts.lies += world.liar.lies;
    return stat;
  } catch (error) {
    console.error(keeper.errors.slice(-30).join('\n'));
    throw error;
  } finally {
    world.liar.lying = null;
    keeper.kill();
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, rounds: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' },
    protocols: { type: 'string', default: 'aave-v3.6,morpho' }, only: { type: 'string', default: 'faults,kills,snapshots,lies' },
  },
});
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const rounds = Number(values.rounds ?? (process.env.LIQD_TEST_LONG ? 400 : 24));
console.log(`seed ${seed}, ${rounds} rounds: repeat with LIQD_TEST_SEED=${seed}`);
const protocols = values.protocols.split(',');
const world = new World({ ...values, seed, protocols });
world.protocolCnt = protocols.length;
world.reversed = [...protocols].reverse();
const parts = {
  faults: () => throughFaults(world, rounds),
  kills: () => throughKills(world, Math.ceil(rounds / 3)),
  snapshots: () => throughSnapshots(world),
  lies: () => throughLies(world, rounds),
};
try {
  await world.start();
  for (const name of values.only.split(',')) {
    const stat = await parts[name]();
    console.log(name, JSON.stringify({ ...world.counts, stat }));
  }
} finally {
  await world.stop();
}
endSoon();
