// The faults of bytes and connections: sits between the client and the stage of messages, on the way
// to the client, and knows nothing of what the bytes mean.
import net from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { firstOf } from './wire.mjs';
import { closeServer, listen } from './wire_server.mjs';

const HELD_MAX = 1 << 20; // bytes that wait in one connection before its source is stopped
const SEVER_MS = 5; // a reset at the heels of bytes hides from a client that has not read them yet

/** One client's connection and the one behind it. */
class Pair {
  #client;
  #inner;
  #schedule;
  #queue = []; // {bytes, due}
  #held = 0;
  #running = false;
  #free = 0; // when the bandwidth lets the next byte through
  #ending = null; // {fault, left}: the connection ends after so many more bytes
  #onChange;

  constructor(client, inner, schedule) {
    this.#client = client;
    this.#inner = inner;
    this.#schedule = schedule;
    client.setNoDelay?.(true);
    client.on('error', () => {});
    inner.on('error', () => {});
    client.pipe(inner);
    inner.on('data', (bytes) => this.#take(bytes));
    inner.on('end', () => this.#take(null));
    this.#onChange = () => this.#arm();
    schedule.on('change', this.#onChange);
    client.on('close', () => this.#close());
    inner.on('close', () => {
      if (!this.#queue.length) this.#close();
    });
    this.#arm();
  }

  /** Ends both connections, the client's after what was written to it. */
  #close() {
    this.#schedule.off('change', this.#onChange);
    this.#queue = [];
    this.#client.destroySoon();
    this.#inner.destroy();
  }

  /** Sees whether a cut or reset has begun or ended. */
  #arm() {
    const fault = this.#schedule.active('cut') ?? this.#schedule.active('reset');
    if (fault === this.#ending?.fault) return;
    const strikes = fault && this.#schedule.strikes(fault.kind);
    this.#ending = fault && { fault, left: strikes ? fault.after : Infinity };
    if (this.#ending?.left === 0) this.#sever(fault);
  }

  #sever({ kind }) {
    this.#schedule.hit(kind);
    const client = this.#client;
    // node never closes a socket that is reset in the turn of its end, and cannot exit with one left
    const isEnding = client.writableEnded && !client.writableFinished;
    if (kind === 'reset' && isEnding) client.destroy();
    // a Unix socket has no reset
    else if (kind === 'reset' && client.remoteAddress) client.resetAndDestroy();
    this.#close();
  }

  #take(bytes) {
    const latency = this.#schedule.active('latency');
    if (latency) this.#schedule.hit('latency');
    const delay = latency ? latency.ms + latency.random.float() * latency.jitter : 0;
    // bytes never overtake each other, however the jitter falls
    const due = Math.max(Date.now() + delay, this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ bytes, due });
    this.#held += bytes?.length ?? 0;
    if (this.#held > HELD_MAX) this.#inner.pause();
    if (!this.#running) this.#run();
  }

  async #run() {
    this.#running = true;
    while (this.#queue.length) {
      const { bytes, due } = this.#queue[0];
      if (due > Date.now()) await sleep(due - Date.now());
      if (bytes === null) this.#client.end();
      else await this.#pass(bytes);
      this.#queue.shift();
      this.#held -= bytes?.length ?? 0;
      if (this.#held <= HELD_MAX) this.#inner.resume();
    }
    this.#running = false;
    if (this.#inner.destroyed) this.#close();
  }

  async #pass(bytes) {
    for (let at = 0; at < bytes.length && !this.#client.destroyed;) {
      while (this.#schedule.active('stall') && !this.#client.destroyed) {
        this.#schedule.hit('stall');
        await firstOf([this.#schedule, 'change'], [this.#client, 'close']);
      }
      const size = this.#pieceSize(bytes.length - at);
      await this.#write(bytes.subarray(at, at + size));
      at += size;
    }
  }

  #pieceSize(left) {
    const slice = this.#schedule.active('slice');
    const bandwidth = this.#schedule.active('bandwidth');
    let size = left;
    if (slice) {
      this.#schedule.hit('slice');
      size = Math.min(size, 1 + slice.random.uint(slice.max));
    }
    if (bandwidth) size = Math.min(size, Math.max(1, Math.floor(bandwidth.rate / 50)));
    return size;
  }

  async #write(piece) {
    const bandwidth = this.#schedule.active('bandwidth');
    if (bandwidth) {
      this.#schedule.hit('bandwidth');
      const start = Math.max(Date.now(), this.#free);
      this.#free = start + (piece.length * 1000) / bandwidth.rate;
      await sleep(this.#free - Date.now());
    }
    const noise = this.#schedule.strikes('noise');
    if (noise) {
      this.#schedule.hit('noise');
      piece = Buffer.from(piece).map(() => noise.random.uint(256));
    }
    const ending = this.#ending;
    const cutAt = Math.min(piece.length, ending?.left ?? Infinity);
    if (ending) ending.left -= cutAt;
    const isFull = !this.#client.write(piece.subarray(0, cutAt));
    if (ending?.left === 0) {
      await sleep(SEVER_MS);
      return this.#sever(ending.fault);
    }
    // each piece its own segment, as far as the kernel lets it
    if (this.#schedule.active('slice')) await nextTurn();
    if (isFull && !this.#client.destroyed) await firstOf([this.#client, 'drain'], [this.#client, 'close']);
    return undefined;
  }
}

/** Listens at `where` (a port of loopback or a path) and passes all to the socket at the path `inner`. */
export async function serveBytes(where, inner, schedule) {
  const clients = new Set();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    new Pair(client, net.connect({ path: inner, allowHalfOpen: true }), schedule);
  });
  await listen(server, where);
  return {
    port: server.address().port,
    close: () => closeServer(server, clients),
  };
}
