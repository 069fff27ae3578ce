// What tests of a live daemon's surroundings share: a chain, the daemon's book in which all is trusted, and how prices and blocks
// go on. $LIQD is the program.
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch, undo } from '../devnet/test/proxy_support.mjs';
import { Daemon, logOf, tablesOf } from './daemon.mjs';
import { Scene } from './scene.mjs';
import { Tap, readRaw } from './tap.mjs';

const SEND = { confirmations: 12 };
const PRICE = '2300'; // five fall
const SINK = 20;
const TURN_MS = 100;

class Stage {
  #base;
  #snapshot;
  #price;

  static async start(names) {
    const stage = new Stage();
    stage.program = process.env.LIQD;
    stage.folder = fs.mkdtempSync('/tmp/liqd-stage-');
    stage.scene = await Scene.start(stage.program, { borrowers: 40, names });
    stage.#snapshot = await stage.scene.warm(stage.folder);
    stage.#base = await stage.scene.rpc.call('evm_snapshot');
    after(async () => {
      await stage.scene.stop();
      fs.rmSync(stage.folder, { recursive: true, force: true });
    });
    return stage;
  }

  get rpc() { return this.scene.rpc; }
  get main() { return this.scene.senders.main; }

  /** The chain as it was, and a folder and a configuration for a daemon that begins with its book; options may be a function
   *  of the folder, for what wants that chain. */
  async fresh(t, given = {}) {
    await this.rpc.call('anvil_dropAllTransactions');
    assert.equal(await this.rpc.call('evm_revert', [this.#base]), true);
    this.#base = await this.rpc.call('evm_snapshot');
    this.#price = Number(PRICE);
    const folder = scratch(t);
    const options = typeof given === 'function' ? await given(folder) : given;
    const tap = await Tap.start(path.join(folder, 'tap'), this.scene.state.ipc);
    undo(t, () => tap.stop());
    const nodes = { devnet: tap.path, ...options.nodes };
    const config = this.scene.configure(folder, { ...options, nodes, extra: { ...options.extra, send: { ...SEND, ...options.extra?.send } } });
    fs.copyFileSync(this.#snapshot, config.snapshot);
    fs.chmodSync(config.snapshot, 0o600);
    return { folder, config, tap };
  }

  start(t, config, options) {
    const daemon = new Daemon(this.program, config, options);
    undo(t, () => daemon.kill());
    return daemon;
  }

  turn = async () => { await this.scene.mine(); await sleep(TURN_MS); };
  ready = (daemon) => daemon.says(/start: ready/, { meanwhile: this.turn });
  fall = async (price = PRICE) => { await this.scene.price('WETH', price); await this.turn(); };
  countOf = async ({ address } = this.main) => Number(await this.rpc.call('eth_getTransactionCount', [address, 'latest']));

  /** Blocks, until `is` says so. */
  until(daemon, what, is, options) {
    return daemon.until(what, is, { meanwhile: this.turn, ...options });
  }

  fallMore = () => this.fall(String(this.#price -= SINK));

  /** Prices fall until another nonce was sent. */
  async sink(daemon, tap) {
    const before = await noncesOf(tap);
    await this.fallMore();
    await daemon.until('more is sent', async () => await noncesOf(tap) > before, { meanwhile: this.fallMore });
  }

  /** Until nothing is under way. */
  calm(daemon) {
    return this.until(daemon, 'nothing under way', async () => {
      const { sending, engine } = await daemon.ask();
      return sending.senders.every((one) => one.in_use === 0) && engine.in_flight === 0;
    });
  }
}

export const startStage = (names) => Stage.start(names);

export const sendingOf = async (daemon) => (await daemon.ask()).sending;

/** How many nonces were sent. */
export async function noncesOf(tap) {
  return new Set((await Promise.all(tap.sent.map(({ raw }) => readRaw(raw)))).map(({ nonce }) => nonce)).size;
}

/** What went out is in the journal, or in the log. */
export async function checkKept(config, tap) {
  const sent = [...tap.sent];
  const log = logOf(config); // first: what leaves it is in the journal
  const kept = new Set((await tablesOf(config)).attempts.map(({ raw }) => raw));
  for (const { raw } of sent) assert.ok(kept.has(raw) || log.some(({ bytes }) => bytes.includes(Buffer.from(raw.slice(2), 'hex'))), raw);
}

/** Of a nonce there is one content, and each replacement of it another. */
export async function checkOnce(config, tap) {
  const intentOf = new Map((await tablesOf(config)).attempts.map(({ raw, intent }) => [raw, intent]));
  const byNonce = new Map();
  for (const { raw } of tap.sent) {
    const { nonce } = await readRaw(raw);
    byNonce.set(nonce, new Set([...(byNonce.get(nonce) ?? []), intentOf.get(raw)]));
  }
  for (const [nonce, intents] of byNonce) assert.equal(intents.size, 1, `nonce ${nonce}: ${[...intents]}`);
}

/** Why no small disk can be made here; undefined: it can. */
export function whyNoMounts() {
  const at = fs.mkdtempSync('/tmp/liqd-mount-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1M', 'none', at], { stdio: 'ignore' });
    execFileSync('umount', [at]);
    return undefined;
  } catch {
    return 'nothing can be mounted here';
  } finally {
    fs.rmSync(at, { recursive: true });
  }
}

/** A small disk for a journal; `fill` takes all its room, `empty` gives it back. */
export function disk(t, size) {
  const at = fs.mkdtempSync('/tmp/liqd-disk-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', at]);
  undo(t, () => { execFileSync('umount', ['-l', at]); fs.rmSync(at, { recursive: true }); });
  const filler = path.join(at, 'filler');
  const fill = () => {
    const fd = fs.openSync(filler, 'a');
    try {
      for (let part = 1 << 20; part >= 1; part >>= 1) {
        try { for (;;) fs.writeSync(fd, Buffer.alloc(part)); } catch { /* full at this size */ }
      }
    } finally {
      fs.closeSync(fd);
    }
  };
  return { at, fill, empty: () => fs.rmSync(filler, { force: true }) };
}
