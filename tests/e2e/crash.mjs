// Live daemons that are killed: at a system call that is drawn from a seed, or at any moment, and started again, until all that
// they began is at its end.
//
// - The journal is never behind the network: what a node was ever sent is in the journal, or in the write-ahead log, that the
//   killed process left.
// - No nonce is lost: those of ours on the chain are all from 0 on, and nothing else is under way.
// - Nothing is sent twice with another content: of a nonce there is one intent, and each replacement pays an eighth more of both
//   fees; of a borrower one transaction at a time.
// - It goes on by itself, and ends orderly.
//
//     crash.mjs --program LIQD [--runs N] [--seed S] [--automine] [--keep FOLDER]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { endSoon } from '../devnet/lib/closing.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { toEventSelector } from '../devnet/viem.mjs';
import { Daemon, logOf, tablesOf } from './daemon.mjs';
import { Scene, hex } from './scene.mjs';
import { Tap, readRaw } from './tap.mjs';

const WORLD = { borrowers: 40, seed: 1 };
const CALLS = ['write', 'writev', 'pwrite64', 'sendto', 'sendmsg', 'recvfrom', 'read', 'pread64', 'fsync', 'fdatasync', 'ftruncate', 'fallocate',
  'mmap', 'munmap', 'msync', 'rename', 'unlink', 'openat', 'close', 'epoll_wait', 'epoll_ctl', 'futex', 'fcntl', 'flock', 'clock_nanosleep', 'getrandom'];
const KILLS_MAX = 3; // of one run
const PRICES = ['2300', '2150'];
const STEP_MS = 60;
const CALM_BLOCKS = 60; // in which all must be at its end
const ANSWER_UPDATED = toEventSelector('AnswerUpdated(int256,uint256,uint256)');
const SEND = { confirmations: 2 };
const EIGHTH = (old) => (old * 9n + 7n) / 8n;

class Crash {
  #scene;
  #tap;
  #folder;
  #snapshot;
  #base;
  #profile; // of each system call: how often a thread made it at most
  counts = { runs: 0, kills: 0, restarts: 0, sent: 0, liquidations: 0, late: 0, cancellations: 0, replacements: 0, calls: {} };

  constructor(options) {
    this.options = options;
    this.#folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-crash-'));
  }

  async start() {
    const { program } = this.options;
    this.#scene = await Scene.start(program, WORLD);
    fs.mkdirSync(this.#folder, { recursive: true });
    this.#snapshot = await this.#scene.warm(path.join(this.#folder, 'warm'));
    this.#tap = await Tap.start(path.join(this.#folder, 'tap.ipc'), this.#scene.state.ipc);
    this.#base = await this.#scene.rpc.call('evm_snapshot');
    await this.#learn();
  }

  async stop() {
    await this.#tap?.stop();
    await this.#scene?.stop();
    if (!this.options.keep) fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where the chain was, and a daemon's folder with nothing but its book. */
  async #begin(name) {
    const { rpc } = this.#scene;
    await rpc.call('anvil_dropAllTransactions');
    await rpc.call('evm_revert', [this.#base]);
    this.#base = await rpc.call('evm_snapshot');
    this.#tap.sent.length = 0;
    const folder = path.join(this.#folder, name);
    fs.rmSync(folder, { recursive: true, force: true });
    const config = this.#scene.configure(folder, { nodes: { devnet: this.#tap.path }, extra: { send: SEND }, wal: '1 MiB' });
    fs.copyFileSync(this.#snapshot, config.snapshot);
    fs.chmodSync(config.snapshot, 0o600);
    return { folder, config, log: path.join(folder, 'log') };
  }

  async #mine() {
    this.#tap.block = await this.#scene.head() + 1;
    await this.#scene.mine();
  }

  /** How often each thread makes each call in a run that nobody kills. */
  async #learn() {
    const { config, log, folder } = await this.#begin('learn');
    const trace = path.join(folder, 'trace');
    const daemon = new Daemon(this.options.program, config, { log, before: ['strace', '-D', '-f', '-qq', '-o', trace, '-e', `trace=${CALLS}`] });
    try {
      await this.#live(daemon, { prices: [...PRICES] });
      await this.#calm(daemon);
    } finally {
      daemon.kill();
    }
    const most = new Map();
    const counts = new Map();
    for (const line of fs.readFileSync(trace, 'utf8').split('\n')) {
      const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
      if (!call) continue;
      const key = `${thread} ${call}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      most.set(call, Math.max(most.get(call) ?? 0, counts.get(key)));
    }
    this.#profile = [...most];
  }

  /** What happens to a daemon until it has ended or the prices have: the rest of `world` is for the next one. */
  async #live(daemon, world) {
    const dead = () => daemon.ended !== undefined;
    while (!dead() && !/start: ready/.test(daemon.err)) { await this.#mine(); await sleep(STEP_MS); }
    while (!dead() && world.prices.length) {
      await this.#scene.price('WETH', world.prices.shift());
      for (let i = 0; i < 3 && !dead(); i += 1) { await this.#mine(); await sleep(STEP_MS); }
    }
  }

  /** Until nothing is under way, then its end. */
  async #calm(daemon) {
    for (let i = 0; ; i += 1) {
      assert.ok(i < CALM_BLOCKS, `something is under way after ${CALM_BLOCKS} blocks: ${JSON.stringify((await daemon.ask())?.sending)}\n${daemon.tail()}`);
      assert.ok(!daemon.ended, `it ended with ${daemon.ended}: ${daemon.tail()}`);
      const status = await daemon.ask();
      if (status?.sending.ready && status.sending.senders.every(({ in_use: used }) => used === 0) && status.engine.in_flight === 0 && i > 3) {
        assert.ok(status.sending.senders.every(({ halted }) => !halted), `halted: ${JSON.stringify(status.sending)}`);
        break;
      }
      await this.#mine();
      await sleep(STEP_MS);
    }
    await daemon.stop(async () => { await this.#mine(); await sleep(STEP_MS); });
  }

  /** How the next one is killed: {before, afterMs, what}. */
  #draw(random) {
    if (random.float() < 0.3) return { before: [], afterMs: 20 + random.uint(3_000), what: 'at a moment' };
    const [call, most] = random.pick(this.#profile);
    // as often the last ones as the first
    const when = 1 + random.uint(most);
    return { before: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`], what: call };
  }

  async #killed(random, { config, log }, world) {
    const { before, afterMs, what } = this.#draw(random);
    const daemon = new Daemon(this.options.program, config, { log, before });
    const timer = afterMs !== undefined && setTimeout(() => daemon.child.kill('SIGKILL'), afterMs);
    await this.#live(daemon, world);
    clearTimeout(timer);
    // a call that did not come so often
    if (!daemon.ended) { await sleep(random.uint(2 * STEP_MS)); daemon.child.kill('SIGKILL'); }
    const how = await daemon.exit();
    assert.equal(how, 'SIGKILL', `it ended by itself: ${daemon.tail()}`);
    await this.#tap.drained();
    await this.#isDurable(config, what);
    this.counts.kills += 1;
    this.counts.calls[what] = (this.counts.calls[what] ?? 0) + 1;
    for (let i = random.uint(3); i > 0; i -= 1) await this.#mine();
    return world;
  }

  /** What went out is in what was left, before anybody reads and mends that. */
  async #isDurable(config, what) {
    const { attempts, last } = await tablesOf(config);
    const kept = new Set(attempts.map(({ raw }) => raw));
    const log = logOf(config).filter(({ seq }) => seq > last);
    for (const { raw } of this.#tap.sent) {
      const bytes = Buffer.from(raw.slice(2), 'hex');
      assert.ok(kept.has(raw) || log.some((record) => record.bytes.includes(bytes)), `killed at ${what}: ${raw} was sent and is nowhere`);
    }
  }

  /** The laws of all that was sent, when all is at its end. */
  async #check(config) {
    const { rpc, senders: { main } } = this.#scene;
    const count = Number(await rpc.call('eth_getTransactionCount', [main.address, 'latest']));
    const { attempts, nonces, intents } = await tablesOf(config);
    const sent = [];
    for (const { raw, block } of this.#tap.sent) sent.push({ ...await readRaw(raw), raw, block });
    const intentOf = new Map(attempts.map(({ raw, intent }) => [raw, intent]));
    const ours = main.address.toLowerCase();
    const byNonce = new Map();
    for (const one of sent) byNonce.set(one.nonce, [...(byNonce.get(one.nonce) ?? []), one]);
    assert.deepEqual([...byNonce.keys()].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i), 'the nonces that were sent are those on the chain');
    const spans = new Map(); // borrower -> [{from, to, nonce}]
    for (const [nonce, list] of byNonce) {
      const distinct = [...new Map(list.map((one) => [one.hash, one])).values()];
      assert.equal(new Set(distinct.map(({ raw }) => intentOf.get(raw))).size, 1, `one intent of nonce ${nonce}`);
      let cancelled = false;
      for (const [i, one] of distinct.entries()) {
        assert.equal(one.sender, ours);
        assert.ok(intentOf.has(one.raw), `nonce ${nonce}: in the journal at the end`);
        const isCancel = one.to === ours && one.value === 0n && one.data === '0x';
        assert.ok(isCancel || !cancelled, `nonce ${nonce}: nothing but a cancellation behind one`);
        cancelled ||= isCancel;
        this.counts.cancellations += isCancel;
        if (!i) continue;
        const last = distinct[i - 1];
        assert.ok(one.fee >= EIGHTH(last.fee) && one.tip >= EIGHTH(last.tip), `nonce ${nonce}: ${one.fee}, ${one.tip} replace ${last.fee}, ${last.tip}`);
        this.counts.replacements += !isCancel;
      }
      const receipts = (await rpc.batch(distinct.map(({ hash }) => ['eth_getTransactionReceipt', [hash]]))).filter(Boolean);
      assert.equal(receipts.length, 1, `of nonce ${nonce} one is mined, and ours`);
      const { transactionHash, status, blockNumber } = receipts[0];
      const mined = distinct.find(({ hash }) => hash === transactionHash);
      const intent = intents.find(([id]) => id === intentOf.get(mined.raw));
      if (mined.to !== ours) {
        // one that was sent again by a restart may come too late, behind its blocks or another price
        const isLate = Number(blockNumber) > intent[5] || await this.#hasPriceMoved(intent[4], Number(blockNumber));
        assert.ok(isLate || status === '0x1', `reverted: nonce ${nonce}, for blocks ${intent[4]} to ${intent[5]}, in block ${Number(blockNumber)}`);
        this.counts[status === '0x1' ? 'liquidations' : 'late'] += 1;
      }
      const borrower = `${intent[2]} ${intent[3]}`;
      spans.set(borrower, [...(spans.get(borrower) ?? []), { from: list[0].block, to: Number(blockNumber), nonce }]);
    }
    for (const [borrower, list] of spans) {
      list.sort((a, b) => a.from - b.from);
      list.slice(1).forEach(({ from, nonce }, i) => assert.ok(from >= list[i].to, `${borrower}: nonces ${list[i].nonce} and ${nonce} at once`));
    }
    for (const [, nonce, state] of nonces) assert.ok(['final', 'released'].includes(state), `nonce ${nonce} is ${state}`);
    this.counts.sent += sent.length;
  }

  async #hasPriceMoved(first, last) {
    const feeds = Object.values(this.#scene.state.feeds).map(({ fluxAggregator }) => fluxAggregator);
    return (await this.#scene.rpc.call('eth_getLogs', [{ fromBlock: hex(first), toBlock: hex(last), address: feeds, topics: [ANSWER_UPDATED] }])).length > 0;
  }

  async run(seed) {
    const random = randomOf(seed);
    const part = await this.#begin(`run-${seed}`);
    const world = { prices: [...PRICES] };
    for (let left = 1 + random.uint(KILLS_MAX); left > 0; left -= 1) {
      await this.#killed(random, part, world);
      this.counts.restarts += 1;
    }
    const daemon = new Daemon(this.options.program, part.config, { log: part.log });
    try {
      await this.#live(daemon, world);
      await this.#calm(daemon);
    } finally {
      await daemon.kill();
    }
    await this.#tap.drained();
    await this.#isDurable(part.config, 'the end');
    await this.#check(part.config);
    fs.rmSync(part.folder, { recursive: true });
    this.counts.runs += 1;
  }
}

const { values } = parseArgs({ options: { program: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' } } });
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const runs = Number(values.runs ?? (long ? 2_000 : 20));
console.log(`seeds ${seed} to ${seed + runs - 1}: repeat one with LIQD_TEST_SEED=N and --runs 1`);
const crash = new Crash(values);
try {
  await crash.start();
  for (let i = 0; i < runs; i += 1) {
    try {
      await crash.run(seed + i);
    } catch (error) {
      throw new Error(`seed ${seed + i}: ${error.message}`, { cause: error });
    }
  }
} finally {
  console.log(JSON.stringify(crash.counts));
  await crash.stop();
}
endSoon();
