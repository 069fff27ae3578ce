// The proving ground of net, rpc and chain: a chain that grows and reorganises at random behind proxies
// that break what they can, and a follower whose events must in the end be the chain: none missed,
// doubled or out of order. Every line is checked as it comes, every anchored block against the chain.
//
//     soak.mjs --program FOLLOW [--disconnects N] [--reorgs N] [--faults N] [--quorum K] [--seed S]
//              [--endpoints ipc,geth,bare,shuffled,http] [--keep FOLDER]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS } from '../devnet/lib/fault_script.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { toHex } from '../devnet/lib/wire.mjs';
import { startFollower } from './follower.mjs';
import { Stream } from './stream.mjs';
import { CHAIN_ID, FILTER, drawEmit, readBlocks, startChain, startNodes } from './world.mjs';

const WINDOW = 64; // the follower's, in blocks
const BLOCK_MS = 250; // the block time that it is told
const CATCH_UP_MS = 3000; // before a reorg, at most; then it comes anyway
const SETTLE_MS = 90_000; // after the last fault

/* what a seed draws of these is for a proxy alone; ten proxies share a processor here */
const LESS = { bytes: 20_000_000, depth: 200_000 };

const DISCONNECTS = ['cut', 'reset'];

/** The chain as the driver makes it, and all blocks that ever were. */
class Chain {
  #node;
  #accounts;
  #random;
  #ever = new Map(); // hash -> {number, parent, logs}
  #highest;
  head;

  constructor({ node, accounts }, random) {
    this.#node = node;
    this.#accounts = accounts;
    this.#random = random;
  }

  async start() {
    this.head = Number(await this.#node.call('eth_blockNumber'));
    this.#highest = this.head;
    await this.#note(0);
  }

  truthOf(hash) {
    return this.#ever.get(hash);
  }

  /** Reads what is new from the block `from` on. */
  async #note(from) {
    this.head = Number(await this.#node.call('eth_blockNumber'));
    this.#highest = Math.max(this.#highest, this.head);
    for (const block of await readBlocks(this.#node, from, this.head)) this.#ever.set(block.hash, block);
  }

  async #mineOne() {
    const count = this.#random.pick([0, 0, 1, 1, 2, 3, 8]);
    const nonces = new Map(); // anvil's own count goes wrong with reorgs, and then nothing is mined any more
    for (let i = 0; i < count; i += 1) {
      const tx = drawEmit(this.#random, this.#accounts);
      const nonce = nonces.get(tx.from) ?? Number(await this.#node.call('eth_getTransactionCount', tx.from, 'latest'));
      nonces.set(tx.from, nonce + 1);
      await this.#node.call('eth_sendTransaction', { ...tx, nonce: toHex(nonce) });
    }
    await this.#node.call('evm_mine');
  }

  async mine(count) {
    for (let i = 0; i < count; i += 1) await this.#mineOne();
    await this.#note(this.head + 1);
  }

  /** Mines until a reorg of this depth leaves nobody's stack by more than the window. */
  async allow(depth) {
    const missing = this.#highest - WINDOW - (this.head - depth);
    if (missing > 0) await this.mine(missing);
  }

  /** Replaces the last blocks: by as many at once, or by going back and mining `again` others. */
  async reorg(depth, again) {
    const from = this.head - depth + 1;
    if (again === undefined) {
      const txs = Array.from({ length: this.#random.uint(6) }, () => [drawEmit(this.#random, this.#accounts), this.#random.uint(depth)]);
      await this.#node.call('anvil_reorg', depth, txs);
    } else {
      await this.#node.call('anvil_rollback', depth);
      await this.#node.call('anvil_dropAllTransactions');
      for (let i = 0; i < again; i += 1) await this.#mineOne();
    }
    await this.#node.call('anvil_dropAllTransactions'); // what came back has nonces that others took
    await this.#note(from);
  }

  read(from) {
    return readBlocks(this.#node, from, this.head);
  }
}

/** Draws a fault of one kind, of less than a second. */
function drawFault(random, kind) {
  const fault = { kind, chance: kind === 'noise' ? 0.1 : (3 + random.uint(8)) / 10 };
  for (const [name, range] of Object.entries(FAULTS[kind])) {
    if (name === 'does') continue;
    const [, least, most] = range;
    fault[name] = least + random.uint(Math.min(most, LESS[name] ?? most) - least + 1);
  }
  if (DISCONNECTS.includes(kind)) fault.chance = 1;
  return { ...fault, for: 20 + random.uint(DISCONNECTS.includes(kind) ? 150 : 600) };
}

class Soak {
  #random;
  #options;
  #chain;
  #endpoints;
  #stream;
  #follower;
  #lines = [];
  #timeline = [];
  #failure = null;
  done = { disconnects: 0, reorgs: 0, faults: 0, deepest: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
  }

  #note(what) {
    this.#timeline.push(`${new Date().toISOString()} line ${this.#lines.length}: ${what}`);
  }

  #take(line) {
    this.#lines.push(line);
    if (this.#failure) return;
    try {
      this.#stream.feed(line);
    } catch (error) {
      this.#failure = error;
    }
  }

  #check() {
    if (this.#failure) throw this.#failure;
  }

  #start() {
    const { program, quorum } = this.#options;
    const endpoints = this.#endpoints.flatMap(({ name, url }) => ['--endpoint', `${name},${name === 'http' ? 'r' : 'rs'},${url}`]);
    const filter = [...FILTER.addresses.flatMap((address) => ['--address', address]), ...FILTER.topics.flatMap((topic) => ['--topic', topic])];
    this.#follower = startFollower(program, [...endpoints, ...filter, '--chain-id', CHAIN_ID, '--quorum', quorum,
      '--window', WINDOW, '--block-ms', BLOCK_MS, '--from', this.#options.from].map(String), (line) => this.#take(line));
    this.#follower.exited.then((how) => {
      if (how !== 'code 0') this.#failure ??= new Error(`the follower ended with ${how}`);
    });
  }

  #isLevel(hash) {
    return this.#stream.isSettled && this.#stream.top?.hash === hash && this.#stream.blocks.at(-1).hash === hash;
  }

  async #wait(condition, ms) {
    for (const end = Date.now() + ms; Date.now() < end;) {
      this.#check();
      if (condition()) return true;
      await sleep(5);
    }
    return false;
  }

  async #reorg() {
    const { uint, float, pick } = this.#random;
    const depth = pick([1 + uint(4), 1 + uint(WINDOW), 1 + uint(WINDOW), float() < 0.3 ? WINDOW : 1]);
    await this.#chain.allow(depth);
    if (float() < 0.8) await this.#wait(() => this.#stream.top?.number === this.#chain.head, CATCH_UP_MS);
    const again = pick([undefined, Math.max(1, depth - 1), depth, depth + 1 + uint(3)]);
    this.#note(`reorg ${depth} ${again ?? 'by anvil'}, head ${this.#chain.head}`);
    await this.#chain.reorg(depth, again);
    this.done.reorgs += 1;
    this.done.deepest = Math.max(this.done.deepest, depth);
    if (float() < 0.7) await this.#chain.mine(2 + uint(4));
  }

  #fault(kind) {
    const fault = drawFault(this.#random, kind);
    const { name, fault: proxy } = this.#random.pick(this.#endpoints);
    this.#note(`fault ${name} ${JSON.stringify(fault)}`);
    proxy.inject(fault);
  }

  async #step() {
    const { uint, float, pick } = this.#random;
    const { done } = this;
    const draw = float();
    if (draw < 0.45) {
      // now and then so many that the follower has a gap to fill
      await this.#chain.mine(float() < 0.02 ? 50 + uint(150) : pick([1, 1, 1, 1, 2, 5]));
    } else if (draw < 0.6 && done.reorgs < this.#options.reorgs) {
      await this.#reorg();
    } else if (draw < 0.85 && done.disconnects < this.#options.disconnects) {
      this.#fault(pick(DISCONNECTS));
      done.disconnects += 1;
    } else if (done.faults < this.#options.faults) {
      this.#fault(pick(Object.keys(FAULTS).filter((kind) => !DISCONNECTS.includes(kind))));
      done.faults += 1;
    }
    await sleep(float() < 0.05 ? 300 : uint(40));
    this.#check();
  }

  #isDone() {
    return ['disconnects', 'reorgs', 'faults'].every((name) => this.done[name] >= this.#options[name]);
  }

  /** Lets the follower catch up with a chain at rest, and compares. */
  async #settle() {
    await sleep(1000); // the last faults end
    await this.#chain.mine(1);
    const [{ hash }] = (await this.#chain.read(this.#chain.head));
    this.#note(`settling at ${this.#chain.head} ${hash}`);
    const isLevel = await this.#wait(() => this.#isLevel(hash), SETTLE_MS);
    if (!isLevel) {
      const { top } = this.#stream;
      throw new Error(`not at the head ${this.#chain.head} ${hash} after ${SETTLE_MS} ms: the top is ${top?.number} ${top?.hash}, settled: ${this.#stream.isSettled}`);
    }
    this.#stream.equals(await this.#chain.read(this.#options.from));
  }

  async run() {
    const anvil = await startChain();
    let nodes;
    try {
      nodes = await startNodes(anvil, this.#options.seed);
      const wanted = this.#options.endpoints.split(',');
      this.#endpoints = nodes.endpoints.filter(({ name }) => wanted.includes(name));
      this.#chain = new Chain(anvil, this.#random);
      await this.#chain.start();
      this.#options.from = this.#chain.head - WINDOW; // no reorg goes below
      this.#stream = new Stream((hash) => this.#chain.truthOf(hash));
      this.#start();
      while (!this.#isDone()) await this.#step();
      await this.#settle();
      const stat = await this.#follower.stop();
      this.#check();
      return stat;
    } catch (error) {
      error.message += `\nleft in ${this.#leave(error)}`;
      throw error;
    } finally {
      this.#follower?.kill();
      await nodes?.close();
      await anvil.stop();
    }
  }

  #leave(error) {
    const folder = this.#options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-soak-'));
    fs.mkdirSync(folder, { recursive: true });
    const write = (name, lines) => fs.writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
    write('stream.txt', this.#lines);
    write('timeline.txt', [...this.#timeline, error.message]);
    write('stderr.txt', this.#follower?.errors ?? []);
    return folder;
  }

  get counts() {
    return this.#stream.counts;
  }
}

const isLong = process.env.LIQD_TEST_LONG !== undefined;
const { values } = parseArgs({
  options: {
    program: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' }, quorum: { type: 'string', default: '1' },
    disconnects: { type: 'string', default: isLong ? '1000' : '40' }, reorgs: { type: 'string', default: isLong ? '200' : '20' },
    faults: { type: 'string', default: isLong ? '600' : '40' }, endpoints: { type: 'string', default: 'ipc,geth,bare,shuffled,http' },
  },
});
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? Date.now() % 1e9);
console.log(`LIQD_TEST_SEED=${seed}`);
const soak = new Soak({
  ...values, seed, quorum: Number(values.quorum), reorgs: Number(values.reorgs),
  disconnects: Number(values.disconnects), faults: Number(values.faults),
});
try {
  const started = Date.now();
  const stat = await soak.run();
  console.log(JSON.stringify({ ...soak.done, seconds: (Date.now() - started) / 1000, events: soak.counts, stat }));
} catch (error) {
  console.error(`soak: ${error.stack}\nrepeat with LIQD_TEST_SEED=${seed}`);
  process.exitCode = 1;
}
