// What both ends of the JSON-RPC wire share.
import { once } from 'node:events';

/** An error answer; `http` {status, headers} replaces HTTP's 200, `data` goes to the client. */
export class RpcError extends Error {
  constructor(code, message, { data, http } = {}) {
    super(message);
    this.code = code;
    this.data = data;
    this.http = http;
  }

  toJSON() {
    const error = { code: this.code, message: this.message };
    return this.data === undefined ? error : { ...error, data: this.data };
  }
}

/** Splits a byte stream at newlines; push() returns the complete lines, without blank ones.
 *  Throws when a line grows beyond `max` bytes: a peer that never ends its line costs no more. */
export class LineSplitter {
  #parts = [];
  #size = 0;
  #max;

  constructor(max) {
    this.#max = max;
  }

  push(chunk) {
    const lines = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#hold(chunk.subarray(start, end));
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.#parts = [];
      this.#size = 0;
      if (line) lines.push(line);
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
    return lines;
  }

  #hold(part) {
    this.#size += part.length;
    if (this.#size > this.#max) throw new Error(`a line of more than ${this.#max} bytes`);
    if (part.length) this.#parts.push(part);
  }
}

/** An integer from 0x hex, as a number. */
export const toNumber = (hex) => Number(BigInt(hex));

/** 0x hex without leading zeros from a number or bigint. */
export const toHex = (value) => `0x${BigInt(value).toString(16)}`;

/** Resolves at the first of some events, [emitter, name] each, or when one of the emitters fails. */
export async function firstOf(...waits) {
  const done = new AbortController();
  try {
    await Promise.race(waits.map(([emitter, name]) => once(emitter, name, { signal: done.signal })));
  } catch {
    // whoever waits sees for himself what became of the emitter
  } finally {
    done.abort();
  }
}
