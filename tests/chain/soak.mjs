// The proving ground of net, rpc and chain: a chain that grows and reorganises at random behind proxies
// that break what they can, and a follower whose events must in the end be the chain: none missed,
// doubled or out of order. Every line is checked as it comes, every anchored block against the chain;
// at its end it prints what was compared, what was broken, and what the follower counted and took.
//
//     soak.mjs --program FOLLOW [--disconnects N] [--reorgs N] [--faults N] [--quorum K] [--seed S]
//              [--endpoints ipc,geth,bare,shuffled,http] [--keep FOLDER]
//
// $LIQD_TEST_RSS_MAX: megabytes that the follower may take, more where a sanitizer has its own. By itself it takes
// about 50; beside that too long an answer (`huge`) fills 8 on each of four streams, and over HTTP at most 1 for
// each of 64 requests and one, and 16 for all of them (include/liqd/net/http.h).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeInTurn, endSoon } from '../devnet/lib/closing.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { FaultBag, KINDS } from './faults.mjs';
import { startFollower } from './follower.mjs';
import { Chain } from './growth.mjs';
import { Stream } from './stream.mjs';
import { findExcess, printReport } from './soak_report.mjs';
import { CHAIN_ID, FILTER, startChain, startNodes } from './world.mjs';

const WINDOW = 64; // the follower's, in blocks
const BLOCK_MS = 250; // the block time that it is told
const CATCH_UP_MS = 3000; // before a reorg, at most; then it comes anyway
const SETTLE_MS = 90_000; // after the last fault

class Soak {
  #random;
  #options;
  #anvil;
  #chain;
  #endpoints;
  #bag;
  #stream;
  #follower;
  #lines = 0;
  #kept; // the file that takes the lines, open
  #folder;
  #timeline = [];
  #failure = null;
  done = { disconnects: 0, reorgs: 0, faults: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-soak-'));
    fs.mkdirSync(this.#folder, { recursive: true });
    this.#kept = fs.openSync(path.join(this.#folder, 'stream.txt'), 'w');
  }

  #note(what) {
    this.#timeline.push(`${new Date().toISOString()} line ${this.#lines}: ${what}`);
  }

  #take(line) {
    this.#lines += 1;
    fs.writeSync(this.#kept, `${line}\n`);
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
    if (float() < 0.7) await this.#chain.mine(2 + uint(4));
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
      if (float() < 0.05) {
        this.#note(this.#bag.disconnectAll());
        await this.#chain.mine(WINDOW + uint(WINDOW)); // a gap that is filled by ranges
      } else {
        this.#note(this.#bag.disconnect());
      }
      done.disconnects += 1;
    } else if (done.faults < this.#options.faults) {
      this.#note(this.#bag.fault());
      done.faults += 1;
    }
    await sleep(float() < 0.05 ? 300 : uint(40));
    this.#check();
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

  /** Lets all connections come back and takes the follower's measure. */
  async #measure() {
    await this.#wait(() => false, 1500);
    return this.#follower.measure();
  }

  async #work() {
    this.#chain = new Chain(this.#anvil, this.#random, WINDOW);
    await this.#chain.start();
    this.#options.from = this.#chain.head - WINDOW; // no reorg goes below
    this.#stream = new Stream((hash) => this.#chain.truthOf(hash));
    this.#start();
    const memory = [await this.#measure()];
    for (const half of [0.5, 1]) {
      const { disconnects, reorgs, faults } = this.#options;
      const until = { disconnects: disconnects * half, reorgs: reorgs * half, faults: faults * half };
      while (!Object.entries(until).every(([name, count]) => this.done[name] >= count)) await this.#step();
      memory.push(await this.#measure());
    }
    await this.#settle();
    memory.push(await this.#measure());
    const stat = await this.#follower.stop();
    this.#check();
    return { stat, memory };
  }

  async run() {
    const started = Date.now();
    this.#anvil = await startChain();
    let nodes;
    try {
      nodes = await startNodes(this.#anvil, this.#options.seed);
      const wanted = this.#options.endpoints.split(',');
      this.#endpoints = nodes.endpoints.filter(({ name }) => wanted.includes(name));
      this.#bag = new FaultBag(this.#endpoints, this.#random);
      const { stat, memory } = await this.#work();
      const report = {
        done: this.done, chain: this.#chain.counts, stream: this.#stream, faults: this.#bag.counts(stat.endpoints), stat, memory,
        errors: this.#follower.errors, seconds: (Date.now() - started) / 1000, options: this.#options,
      };
      printReport(report);
      const excess = findExcess(report);
      if (excess.length) throw new Error(excess.join('\n'));
      if (!this.#options.keep) fs.rmSync(this.#folder, { recursive: true });
    } catch (error) {
      this.#leave(error);
      error.message += `\nleft in ${this.#folder}`;
      throw error;
    } finally {
      this.#follower?.kill();
      await closeInTurn(() => nodes?.close(), () => this.#anvil.stop());
    }
  }

  #leave(error) {
    const write = (name, lines) => fs.writeFileSync(path.join(this.#folder, name), `${lines.join('\n')}\n`);
    write('timeline.txt', [...this.#timeline, error.message]);
    write('stderr.txt', this.#follower?.errors ?? []);
  }
}

const isLong = process.env.LIQD_TEST_LONG !== undefined;
const { values } = parseArgs({
  options: {
    program: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' }, quorum: { type: 'string', default: '1' },
    disconnects: { type: 'string', default: isLong ? '1000' : '40' }, reorgs: { type: 'string', default: isLong ? '200' : '20' },
    faults: { type: 'string', default: isLong ? '600' : `${2 * KINDS.length}` }, endpoints: { type: 'string', default: 'ipc,geth,bare,shuffled,http' },
  },
});
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? Date.now() % 1e9);
console.log(`LIQD_TEST_SEED=${seed}`);
const soak = new Soak({
  ...values, seed, isLong, quorum: Number(values.quorum), reorgs: Number(values.reorgs),
  disconnects: Number(values.disconnects), faults: Number(values.faults), rssMax: Number(process.env.LIQD_TEST_RSS_MAX ?? 200),
});
try {
  await soak.run();
} catch (error) {
  console.error(`soak: ${error.stack}\nrepeat with LIQD_TEST_SEED=${seed}`);
  process.exitCode = 1;
}
endSoon();
