// Recordings of a dry run replay: random days on a development chain are followed by liqd run --dry-run --record, and
// liqd replay does the same again, by each of several programs, whole and cut off anywhere.
//
//     replay.mjs --program LIQD --cut CUT [--also LIQD,...] [--blocks N] [--seed S] [--cuts N] [--borrowers N] [--keep FOLDER]
//                [--minutes N]
//     replay.mjs --program LIQD --cut CUT [--also LIQD,...] --recording FILE [--cuts N]
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endSoon } from '../devnet/lib/closing.mjs';
import { beginDays, mineCalls } from '../devnet/lib/days_send.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { spawnGuarded } from '../devnet/lib/guard.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { roundsOf, truthAt } from '../devnet/lib/truth.mjs';

const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho'];
const STATES_MAX = 400;
const TRUST_MS = 240_000;
const REORG = 0.03;
const REORG_MAX = 4;
const SETTLE_MS = 60_000;
const LOOK = 10; // blocks between looks at who can be liquidated, for those who liquidate
const END_BYTES = 300; // the last frames are cut at each byte of these, as far as cuts go

function start(program, args, folder) {
  const child = spawnGuarded(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '', settled: 0 };
  const hash = createHash('sha256');
  let rest = '';
  child.stdout.on('data', (chunk) => { hash.update(chunk); said.out = (said.out + chunk).slice(-4000); });
  const log = folder && fs.createWriteStream(path.join(folder, 'run.log'));
  child.stderr.on('data', (chunk) => {
    log?.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) said.settled = Number(/msg=settled block=(\d+)/.exec(line)?.[1] ?? said.settled);
    said.err = (said.err + chunk).slice(-20_000);
  });
  const done = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said, digest: hash.digest('hex') }));
  return { child, said, done };
}

const liqd = (program, ...args) => start(program, args).done;

class Run {
  #options;
  #random;
  #devnet;
  #days;
  #liquidatable = [];
  #blocks = 0;
  counts = { blocks: 0, reorgs: 0, sent: 0, passed: 0, late: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
  }

  get #rpc() { return this.#devnet.rpc; }

  async #head() {
    const { number, hash, timestamp } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp) };
  }

  async #mine(isQuiet = false) {
    const head = await this.#head();
    const rounds = await roundsOf(this.#rpc, this.#devnet.state);
    if (this.#blocks % LOOK === 0) {
      const truth = await truthAt(this.#rpc, this.#devnet.state, head, this.#days.accounts);
      this.#days.saw(truth);
      this.#liquidatable = truth.filter(({ verdict }) => verdict === 'liquidatable');
    }
    const calls = isQuiet ? [] : this.#days.block(this.#liquidatable, rounds);
    const sent = await mineCalls(this.#rpc, calls, head.sec + 1);
    this.counts.sent += sent.length;
    this.counts.passed += sent.filter(({ passed }) => passed).length;
    this.#blocks += 1;
  }

  async #reorg() {
    const { number } = await this.#head();
    const depth = Math.min(1 + this.#random.uint(REORG_MAX), number - this.#devnet.state.startBlock);
    if (depth < 1) return;
    await this.#rpc.call('anvil_rollback', [depth]);
    await this.#rpc.call('anvil_dropAllTransactions');
    for (let i = 0; i <= depth; i += 1) await this.#mine();
    this.counts.reorgs += 1;
  }

  /** Waits until the daemon is at the head: anvil answers calls wrongly while it mines, and audits find that. Where it never
   *  is (a branch that was undone) time passes. */
  async #keepUp(daemon) {
    const { number } = await this.#head();
    for (const end = Date.now() + SETTLE_MS; daemon.said.settled < number && Date.now() < end; ) await sleep(5);
    this.counts.late += daemon.said.settled < number;
  }

  async #until(daemon, pattern, ms, work) {
    for (const end = Date.now() + ms; !pattern.test(daemon.said.err); ) {
      assert.ok(Date.now() < end && daemon.child.exitCode === null, `${pattern} did not come: ${daemon.said.err}`);
      await work();
    }
  }

  /** The recording of a run of so many blocks; what the run printed when it ended. */
  async record(folder) {
    const { program, blocks, borrowers, minutes } = this.#options;
    this.#devnet = await startDevnet({ borrowers, seed: 7, protocols: PROTOCOLS, statesMax: STATES_MAX });
    const file = path.join(folder, 'day.events');
    let daemon;
    try {
      this.#days = await beginDays(this.#random.fork('days'), this.#rpc, this.#devnet.state, PROTOCOLS);
      for (let i = 0; i < 6; i += 1) await this.#mine(true);
      const config = path.join(folder, 'liqd.yaml');
      fs.writeFileSync(config, `${liqdConfig(this.#devnet.state)}\nlog:\n  level: debug\n  rate: 0\n`, { mode: 0o600 });
      daemon = start(program, ['run', '--dry-run', '--config', config, '--record', file], folder);
      await this.#until(daemon, /following the chain/, TRUST_MS, () => sleep(20));
      await this.#until(daemon, /msg=trust market=aave_v36 trust=trusted/, TRUST_MS, async () => { await this.#mine(true); await sleep(50); });
      this.#blocks = 0;
      const began = Date.now();
      const end = began + minutes * 60_000;
      while (this.#blocks < blocks) {
        if (this.#random.float() < REORG) await this.#reorg();
        else await this.#mine();
        await this.#keepUp(daemon);
        if (Date.now() > end) break;
        if (this.#blocks % 500 === 0) console.log(`${this.#blocks} blocks after ${Math.round((Date.now() - began) / 1000)} s`);
      }
      await sleep(2000);
      daemon.child.kill('SIGTERM');
      const ended = await daemon.done;
      assert.equal(ended.code, 0, ended.err);
      assert.match(ended.err, /the recording is complete/);
      this.counts.blocks = this.#blocks;
      return { file, ended };
    } finally {
      daemon?.child.kill('SIGKILL');
      await this.#devnet.stop();
    }
  }
}

const summed = (out) => out.slice(out.search(/\d+ events, \d+ actions/));

/** Every program does what was recorded, and they say the same of it. */
async function replayWhole(programs, file) {
  let first;
  for (const program of programs) {
    const began = Date.now();
    const one = await liqd(program, 'replay', file);
    assert.equal(one.code, 0, `${program}: ${one.err}`);
    assert.match(one.out, /\d+ events, \d+ actions, all the same\n/);
    first ??= one;
    assert.equal(one.digest, first.digest, `${program} says something else`);
    console.log(`${program}: ${summed(one.out).split('\n')[0]} in ${Date.now() - began} ms`);
  }
  return first;
}

/** Cut off anywhere, all before is the same. Where the cut is behind a whole frame nothing is amiss. */
async function replayCut(random, programs, file, folder, cuts) {
  const bytes = fs.readFileSync(file);
  const from = bytes.length - END_BYTES;
  const cut = path.join(folder, 'cut.events');
  const boundaries = [];
  const replayAt = async (at) => {
    fs.writeFileSync(cut, bytes.subarray(0, at));
    const program = random.pick(programs);
    const { code, err, out } = await liqd(program, 'replay', cut);
    const where = `${program}, cut at byte ${at} of ${bytes.length}: ${err}`;
    assert.ok(code === 0 || code === 1, where);
    if (code === 1 && /: \d+ events are good/.test(err)) assert.match(err, /every action before that is the same/, where);
    return { code, err, events: Number(/(\d+) events, \d+ actions/.exec(out)?.[1] ?? -1) };
  };
  const seen = [];
  for (let i = 0; i < cuts; i += 1) {
    const at = i % 3 === 2 && boundaries.length ? boundaries.pop() : i % 2 ? from + random.uint(END_BYTES) : 1 + random.uint(bytes.length - 1);
    const one = await replayAt(at);
    seen.push({ at, events: one.events });
    const behind = /byte (\d+)/.exec(one.err);
    if (behind && one.events > 0) boundaries.push(Number(behind[1]));
  }
  seen.sort((a, b) => a.at - b.at);
  for (let i = 1; i < seen.length; i += 1) assert.ok(seen[i].events >= seen[i - 1].events, 'a longer part has fewer events');
  return seen.length;
}

/** Cut behind any event, which a recording of so many events is, it replays whole. */
async function replayParts(random, programs, cutter, file, folder, { events, cuts }) {
  for (let i = 0; i < cuts; i += 1) {
    const count = i < cuts / 2 ? random.uint(Math.min(events, cuts)) : random.uint(events);
    const part = path.join(folder, `part-${count}.events`);
    fs.rmSync(part, { force: true });
    const made = await liqd(cutter, file, part, String(count));
    assert.equal(made.code, 0, made.err);
    const program = random.pick(programs);
    const { code, out, err } = await liqd(program, 'replay', part);
    assert.equal(code, 0, `${program}, the first ${count} events: ${err}`);
    assert.match(out, new RegExp(`^${count} events, \\d+ actions, all the same$`, 'm'));
    fs.rmSync(part);
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, also: { type: 'string', default: '' }, blocks: { type: 'string' }, seed: { type: 'string' },
    cuts: { type: 'string' }, cut: { type: 'string' }, borrowers: { type: 'string', default: '20' }, keep: { type: 'string' }, recording: { type: 'string' },
    minutes: { type: 'string', default: '600' }, // the run ends then with fewer blocks
  },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const blocks = Number(values.blocks ?? (long ? 10_000 : 60));
const folder = values.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-replay-'));
fs.mkdirSync(folder, { recursive: true });
const programs = [values.program, ...values.also.split(',').filter(Boolean)];
console.log(`seed ${seed}, ${blocks} blocks: repeat with LIQD_TEST_SEED=${seed}`);
try {
  let file = values.recording;
  let sum = '';
  if (!file) {
    const run = new Run({ ...values, seed, blocks, borrowers: Number(values.borrowers), minutes: Number(values.minutes) });
    const recorded = await run.record(folder);
    file = recorded.file;
    console.log(JSON.stringify({ ...run.counts, bytes: fs.statSync(file).size }));
    [sum] = recorded.ended.out.match(/^candidates[^]*?(?=^won )/m);
    console.log(sum);
  }
  const whole = await replayWhole(programs, file);
  assert.ok(whole.out.endsWith(sum), 'the replay sums up something else than the run');
  const events = Number(/(\d+) events, /.exec(whole.out)[1]);
  const random = randomOf(seed).fork('cuts');
  const cuts = Number(values.cuts ?? (long ? 60 : 3));
  await replayCut(random, programs, file, folder, cuts);
  await replayParts(random, programs, values.cut, file, folder, { events, cuts });
  console.log(`cut at ${cuts} bytes and behind ${cuts} events`);
} finally {
  if (!values.keep) fs.rmSync(folder, { recursive: true, force: true });
}
endSoon();
