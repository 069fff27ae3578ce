// A dry run as a user starts it, beside a chain that goes on when the daemon has seen its last block.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

const SETTLE_MS = 30_000;
const END_MS = 30_000;
const LAST_CHARS = 6_000;

export class Daemon {
  #child;
  #done;
  #rest = '';
  #settled = 0;
  #trusted = new Set();
  #following = false;
  #ended;
  out = '';
  err = '';

  /** name: what messages call it; log: a file for what it says. */
  constructor(name, program, args, log) {
    this.name = name;
    this.#child = spawnGuarded(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const file = log && createWriteStream(log);
    this.#child.stdout.on('data', (chunk) => { this.out += chunk; });
    this.#child.stderr.on('data', (chunk) => {
      file?.write(chunk);
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop();
      lines.forEach((line) => this.#take(line));
      this.err = (this.err + chunk).slice(-LAST_CHARS);
    });
    this.#done = once(this.#child, 'close').then(([code, signal]) => { this.#ended = signal ?? `code ${code}`; });
  }

  #take(line) {
    this.#settled = Number(/msg=settled block=(\d+)/.exec(line)?.[1] ?? this.#settled);
    const trusted = /msg=trust market=(\S+) trust=trusted/.exec(line)?.[1];
    if (trusted) this.#trusted.add(trusted);
    this.#following ||= /following the chain/.test(line);
  }

  async #until(what, is, ms = SETTLE_MS) {
    for (const end = Date.now() + ms; !is(); await sleep(2)) {
      assert.ok(!this.#ended, `${this.name} ended with ${this.#ended} before ${what}: ${this.err}`);
      assert.ok(Date.now() < end, `${this.name}: ${what} did not come in ${ms / 1000} s: ${this.err}`);
    }
  }

  following() {
    return this.#until('it followed the chain', () => this.#following);
  }

  settled(number) {
    return this.#until(`block ${number} was settled`, () => this.#settled >= number);
  }

  trusts(markets) {
    return markets.every((market) => this.#trusted.has(market));
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  /** Ends it by a signal; what it printed. */
  async stop() {
    this.#child.kill('SIGTERM');
    for (const end = Date.now() + END_MS; !this.#ended; await sleep(2)) {
      assert.ok(Date.now() < end, `${this.name} did not end ${END_MS / 1000} s after SIGTERM: ${this.err}`);
    }
    await this.#done;
    assert.equal(this.#ended, 'code 0', `${this.name}: ${this.err}`);
    return this.out;
  }
}
