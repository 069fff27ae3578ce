// A preloaded library by which a live daemon's wall clock jumps and its memory ends, as tests/e2e/shim.c has it. $SHIM is it.
import fs from 'node:fs';
import path from 'node:path';
import { undo } from '../devnet/test/proxy_support.mjs';

const AT = { wallNs: 0, left: 8, cnt: 16, failed: 24, who: 32 };
const SIZE = 64;
const WHO_MAX = 31;

export class Shim {
  #fd;
  before; // a command that a daemon is started by

  constructor(t, folder) {
    const file = path.join(folder, 'shim');
    const bytes = Buffer.alloc(SIZE);
    bytes.writeBigInt64LE(-1n, AT.left);
    fs.writeFileSync(file, bytes);
    this.#fd = fs.openSync(file, 'r+');
    undo(t, () => fs.closeSync(this.#fd));
    this.before = ['env', `LD_PRELOAD=${process.env.SHIM}`, `LIQD_SHIM=${file}`];
  }

  #put(at, value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    fs.writeSync(this.#fd, bytes, 0, 8, at);
  }

  #get(at) {
    const bytes = Buffer.alloc(8);
    fs.readSync(this.#fd, bytes, 0, 8, at);
    return Number(bytes.readBigInt64LE());
  }

  /** The wall clock is so much later than it is, or earlier. */
  jump(sec) {
    this.#put(AT.wallNs, BigInt(sec) * 10n ** 9n);
  }

  /** From now on so many allocations are given, and no more; `who`: to libraries with this in their path alone. */
  starve(left = 0, who = '') {
    const name = Buffer.alloc(WHO_MAX + 1);
    name.write(who);
    this.#put(AT.left, -1);
    fs.writeSync(this.#fd, name, 0, name.length, AT.who);
    this.#put(AT.cnt, 0);
    this.#put(AT.failed, 0);
    this.#put(AT.left, left);
  }

  feed() {
    this.#put(AT.left, -1);
  }

  get count() { return this.#get(AT.cnt); }
  get failed() { return this.#get(AT.failed); }
}
