// A live daemon as a user starts it: its keys, its configuration, what it says, what it answers, and what it leaves when it is killed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from '../devnet/lib/guard.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { keccak256, privateKeyToAccount, toHex } from '../devnet/viem.mjs';

export const MARKETS = ['aave_v36', 'aave_v302', 'morpho'];
const PASSPHRASE = 'a passphrase of the tests';
const WAIT_MS = 90_000;
const LAST_CHARS = 5_000;
const STATUS_MS = 10_000;
const run = promisify(execFile);

export const accountOf = (name) => {
  const key = keccak256(toHex(`end to end: ${name}`));
  return { key, address: privateKeyToAccount(key).address };
};

/** A keystore that is opened at once, since its passphrase guards nothing, and the file of its passphrase. */
export function keystore(folder, { key, address }) {
  const [file, passphrase] = ['json', 'pass'].map((end) => path.join(folder, `${address}.${end}`));
  const [salt, iv] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
  const derived = pbkdf2Sync(PASSPHRASE, salt, 1, 32, 'sha256');
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(key.slice(2), 'hex')), cipher.final()]);
  const mac = keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2);
  const crypto = {
    cipher: 'aes-128-ctr', cipherparams: { iv: iv.toString('hex') }, ciphertext: ciphertext.toString('hex'),
    kdf: 'pbkdf2', kdfparams: { c: 1, dklen: 32, prf: 'hmac-sha256', salt: salt.toString('hex') }, mac,
  };
  const id = '00000000-0000-4000-8000-000000000000';
  fs.writeFileSync(file, JSON.stringify({ version: 3, id, address: address.slice(2).toLowerCase(), crypto }), { mode: 0o400 });
  fs.writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
  return { file, passphrase };
}

const section = (name, entries) => `${name}:\n${Object.entries(entries).map(([key, value]) => `  ${key}: ${value}\n`).join('')}`;

/**
 * Writes the configuration of a live run into a folder; its path. `state` is the chain's, with the executor's address; senders:
 * accounts by name, or of those that sign elsewhere {remote}, what stands in their section. extra: sections by name, of keys with their values; nodes: URLs by name, else the chain's own.
 */
export function configure(folder, state, { senders, funding = 'inventory', extra = {}, nodes, inventory, journal = 'journal.db', runDir = 'run', wal = '4 MiB' }) {
  const at = (name) => path.resolve(folder, name);
  const names = Object.entries(senders).map(([name, account]) => {
    const { file, passphrase } = account.remote ? {} : keystore(fs.mkdtempSync(at('key-')), account);
    const keys = account.remote ?? { keystore: file, passphrase_file: passphrase };
    return `  ${name}:\n${Object.entries(keys).map(([key, value]) => `    ${key}: "${value}"\n`).join('')}`;
  });
  const limits = { gas_hour: '0 ETH', gas_day: '0 ETH', loss_day: 0, revert_ratio: 10000, borrower_failures: 0, gap: 0, exposure: 0 };
  let text = liqdConfig(state, { funding, inventory, snapshot: at('book.snapshot'), memory: at('limits.memory') }).replace(/ {2}exposure: .*\n/, '');
  text = text.replace('limits:\n', section('limits', limits));
  const urls = Object.entries(nodes ?? { devnet: state.ipc }).map(([name, url]) => `  ${name}:\n    url: "${url}"\n`);
  text = text.replace(/nodes:\n {2}devnet:\n.*\n/, `nodes:\n${urls.join('')}`);
  text += `\nsenders:\n${names.join('')}`;
  text += section('journal', { file: `"${at(journal)}"`, run_dir: `"${at(runDir)}"`, wal_size: wal });
  text += section('control', { socket: `"${at('s')}"` });
  text += section('log', { level: 'debug', rate: 0 });
  for (const [name, entries] of Object.entries(extra)) text += section(name, entries);
  const file = at('liqd.yaml');
  fs.writeFileSync(file, text, { mode: 0o600 });
  return { file, journal: at(journal), runDir: at(runDir), socket: at('s'), snapshot: at('book.snapshot') };
}

export class Daemon {
  #done;
  #settled = 0;
  #rest = '';
  #trusted = new Set();
  #log;
  ended;
  out = '';
  err = '';

  /** before: a command that the program is started by, as strace is. */
  constructor(program, config, { before = [], args = [], log, env } = {}) {
    this.config = config;
    this.program = program;
    this.#log = log && fs.createWriteStream(log, { flags: 'a' });
    const [command, ...rest] = [...before, program, 'run', '--config', config.file, ...args];
    this.child = spawnGuarded(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stdout.on('data', (chunk) => { this.out += chunk; });
    this.child.stderr.on('data', (chunk) => this.#hear(String(chunk)));
    this.#done = once(this.child, 'close').then(([code, signal]) => {
      this.ended = signal ?? `code ${code}`;
      this.#log?.end();
      return this.ended;
    });
  }

  get pid() { return this.child.pid; }
  get settled() { return this.#settled; }

  #hear(chunk) {
    this.#log?.write(chunk);
    this.err += chunk;
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      this.#settled = Number(/msg=settled block=(\d+)/.exec(line)?.[1] ?? this.#settled);
      const trusted = /msg=trust market=(\S+) trust=trusted/.exec(line)?.[1];
      if (trusted) this.#trusted.add(trusted);
    }
  }

  trusts(markets) {
    return markets.every((one) => this.#trusted.has(one));
  }

  /** Waits until `is` says so, doing `meanwhile` again and again; throws when the daemon has ended before. */
  async until(what, is, { ms = WAIT_MS, meanwhile = () => sleep(5) } = {}) {
    for (const end = Date.now() + ms; !await is(); await meanwhile()) {
      assert.ok(!this.ended, `the daemon ended with ${this.ended} before ${what}: ${this.tail()}`);
      assert.ok(Date.now() < end, `${what} did not come in ${ms / 1000} s: ${this.tail()}`);
    }
  }

  says(pattern, options) {
    return this.until(pattern, () => pattern.test(this.err) || pattern.test(this.out), options);
  }

  tail() {
    return `${this.err.slice(-LAST_CHARS)}\n${this.out.slice(-LAST_CHARS)}`;
  }

  /** What it answers by its control socket; undefined where it does not. */
  async ask(command = 'status') {
    const socket = net.connect(this.config.socket);
    socket.setTimeout(STATUS_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.write(`${JSON.stringify({ command })}\n`);
    let text = '';
    socket.on('data', (chunk) => { text += chunk; if (text.endsWith('\n')) socket.end(); });
    await once(socket, 'close');
    return text ? JSON.parse(text) : undefined;
  }

  kill() {
    this.child.kill('SIGKILL');
    return this.#done;
  }

  exit() {
    return this.#done;
  }

  /** Ends it by SIGTERM, mining meanwhile, since it waits for what is under way. */
  async stop(meanwhile) {
    this.child.kill('SIGTERM');
    for (const end = Date.now() + WAIT_MS; !this.ended; await (meanwhile ? meanwhile() : sleep(5))) {
      assert.ok(Date.now() < end, `the daemon did not end after SIGTERM: ${this.tail()}`);
    }
    await this.#done;
    assert.equal(this.ended, 'code 0', this.tail());
  }
}

/** What `liqd journal --json` tells. */
export async function journalOf(program, config) {
  const args = ['journal', '--json', '--limit', '999999999', '--config', config.file];
  const { stdout } = await run(program, args, { maxBuffer: 2 ** 30 });
  return JSON.parse(stdout);
}

const NOTHING = { last: 0, attempts: [], nonces: [], intents: [], answers: [], ended: [] };
const TABLES = {
  attempts: ['seq, intent, sender, nonce, number, use, hash, hex(raw)', 'seq'],
  nonces: ['sender, nonce, state, hash', 'sender, nonce'],
  intents: ['id, use, market, borrower, target_blk, last_blk, least_usd_wad, engine_intent', 'seq'],
  answers: ['hash, accepted, class, text', 'seq'],
  ended: ['intent, outcome, net_usd_wad, why', 'seq'],
};
const rowsOf = ([name, [columns, order]]) => `'${name}', json((SELECT json_group_array(json_array(${columns})) FROM (SELECT * FROM ${name} ORDER BY ${order})))`;
const READ = `SELECT json_object('last', (SELECT COALESCE(MAX(seq), 0) FROM records), ${Object.entries(TABLES).map(rowsOf).join(', ')})`;

/** The journal's tables as a process left them: a copy is read, so that nothing is mended by the reading. */
export async function tablesOf({ journal }) {
  if (!fs.existsSync(journal)) return { ...NOTHING };
  const folder = fs.mkdtempSync(`${journal}-copy-`);
  try {
    const copy = path.join(folder, 'journal.db');
    for (const end of ['', '-wal']) if (fs.existsSync(journal + end)) fs.copyFileSync(journal + end, copy + end);
    const { stdout } = await run('sqlite3', [copy, READ], { maxBuffer: 2 ** 30 });
    const { attempts, ...rest } = JSON.parse(stdout);
    const named = attempts.map(([seq, intent, sender, nonce, number, use, hash, raw]) => ({ seq, intent, sender, nonce, number, use, hash, raw: `0x${raw.toLowerCase()}` }));
    return { ...rest, attempts: named };
  } catch (error) {
    if (/no such table/.test(error.stderr)) return { ...NOTHING };
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const WAL = { magic: 0x004c41574451494cn, mark: 0x57414c52n, header: 65_536, turn: 128, tails: 136, tail: 32, head: 24 };

/** The records that count in the write-ahead log of this folder: {seq, bytes}; none where there is no log yet. @src src/record/wal_internal.h */
export function logOf({ runDir }) {
  const names = fs.existsSync(runDir) ? fs.readdirSync(runDir).filter((name) => name.endsWith('.wal')) : [];
  return names.flatMap((name) => recordsOf(fs.readFileSync(path.join(runDir, name))));
}

function recordsOf(file) {
  if (file.length <= WAL.header || file.readBigUInt64LE(0) !== WAL.magic) return [];
  const ring = file.subarray(WAL.header);
  const twice = Buffer.concat([ring, ring]); // what lies across the end is in one piece
  const tail = WAL.tails + WAL.tail * Number(file.readBigUInt64LE(WAL.turn) & 1n);
  let at = Number(file.readBigUInt64LE(tail) % BigInt(ring.length));
  let seq = file.readBigUInt64LE(tail + 8);
  const records = [];
  for (let used = 0; used + WAL.head < ring.length;) {
    const size = twice.readBigUInt64LE(at);
    if (size >> 32n !== WAL.mark || twice.readBigUInt64LE(at + 8) !== seq + 1n) break;
    const length = Number(size & 0xffffffffn);
    records.push({ seq: Number(seq += 1n), bytes: twice.subarray(at + WAL.head, at + WAL.head + length) });
    const total = WAL.head + Math.ceil(length / 8) * 8;
    at = (at + total) % ring.length;
    used += total;
  }
  return records;
}
