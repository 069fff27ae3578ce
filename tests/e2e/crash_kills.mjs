// How a live daemon is killed: at a moment, or at a system call that is drawn from those that it is seen to make, from its first
// on or from the moment on in which it is at work.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

export const MOMENT = 'at a moment';
const START_MS = 1_500; // most of a start and of what follows it
const WORK_MS = 600;
const LESSONS = 3; // what falls is by chance
export const MAY_ATTACH = process.getuid() === 0; // to what may not be dumped
const ATTACH_MS = 30_000;
const TAIL_MS = 10_000;
const NO_KILL = new Set(['execve', 'exit', 'exit_group', 'rt_sigreturn', 'restart_syscall']); // they end or begin it, or cannot be asked for
// what a record passes on its way from the nonce to the disk, one of each line at least
const WAY = [['write', 'writev', 'sendto', 'sendmsg'], ['pwrite64'], ['fdatasync', 'fsync'], ['futex', 'clock_nanosleep']];

const QUIET = ['strace', '-D', '-f', '-qq'];
const FAST = '--seccomp-bpf'; // it stops where it is told to alone, but kills nobody there
const only = (call) => (call ? ['-e', `trace=${call}`] : []);
const inject = (call, when) => ['-e', `inject=${call}:signal=KILL:when=${when}`];

/** Of a trace: how often a thread made each call at most. */
function profileOf(trace) {
  const most = new Map();
  const counts = new Map();
  for (const line of fs.readFileSync(trace, 'utf8').split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (!call || NO_KILL.has(call)) continue;
    const key = `${thread} ${call}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    most.set(call, Math.max(most.get(call) ?? 0, counts.get(key)));
  }
  return [...most];
}

/** Has strace look at a running process, from when this returns on. */
export async function attach(pid, args) {
  const tracer = spawnGuarded('strace', ['-f', '-p', String(pid), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(tracer, 'close');
  let said = '';
  tracer.stderr.on('data', (chunk) => { said += chunk; });
  for (const end = Date.now() + ATTACH_MS; !/attached/.test(said); await sleep(2)) {
    if (tracer.exitCode !== null || tracer.signalCode !== null) break; // the process has ended before
    assert.ok(Date.now() < end, `strace does not attach: ${said}`);
  }
  return { leave: () => tracer.kill('SIGINT'), gone };
}

export class Kills {
  #start; // [[call, how often]]
  #work;

  /** start(before), a daemon on its way; ready(daemon); lives(daemon), until it has been at work for a while; ends(daemon). */
  async learn(folder, { start, ready, lives, ends }) {
    const [first, later] = ['start.trace', 'work.trace'].map((name) => `${folder}/${name}`);
    const none = start([...QUIET, '-o', '/dev/null', ...only('openat'), ...inject('openat', 1)]);
    assert.equal(await none.exit(), 'SIGKILL', 'strace kills nobody');
    const one = start([...QUIET, FAST, '-o', first]);
    await ready(one);
    await lives(one);
    await ends(one);
    this.#start = this.#work = profileOf(first);
    if (MAY_ATTACH) {
      const other = start([]);
      await ready(other);
      const tracer = await attach(other.pid, ['-o', later]);
      for (let i = 0; i < LESSONS; i += 1) await lives(other);
      tracer.leave();
      await tracer.gone;
      await ends(other);
      this.#work = profileOf(later).map(([call, most]) => [call, Math.ceil(most / LESSONS)]);
    }
    const seen = new Set(this.#work.map(([call]) => call));
    for (const calls of WAY) assert.ok(calls.some((call) => seen.has(call)), `none of ${calls} was seen: ${[...seen]}`);
  }

  get calls() {
    return [...new Set([...this.#start, ...this.#work].map(([call]) => call))];
  }

  /** One kill: {what, before: a command that the daemon is started by, lives(daemon): until it is dead of that (true), or it did not come}. */
  draw(random, { ready, lives }) {
    const kind = random.float();
    if (kind < 0.15) {
      const ms = random.uint(START_MS);
      return { what: MOMENT, before: [], lives: (daemon) => Promise.race([sleep(ms), daemon.exit()]) };
    }
    if (kind < 0.3) {
      const ms = random.uint(WORK_MS);
      return { what: MOMENT, before: [], lives: async (daemon) => { await ready(daemon); await Promise.race([sleep(ms), daemon.exit()]); } };
    }
    const [call, most] = random.pick(kind < 0.5 ? this.#start : this.#work);
    const args = [...only(call), ...inject(call, 1 + random.uint(most))];
    const both = async (daemon) => { await ready(daemon); await lives(daemon); return daemon.ended !== undefined; };
    if (kind < 0.5 || !MAY_ATTACH) return { what: call, before: [...QUIET, '-o', '/dev/null', ...args], lives: both };
    const traced = async (daemon) => {
      await ready(daemon);
      if (daemon.ended) return false;
      const tracer = await attach(daemon.pid, ['-o', '/dev/null', ...args]);
      await lives(daemon);
      const isDead = daemon.ended !== undefined;
      daemon.child.kill('SIGKILL');
      await Promise.race([tracer.gone, sleep(TAIL_MS, undefined, { ref: false })]);
      return isDead;
    };
    return { what: call, before: [], lives: traced };
  }
}
