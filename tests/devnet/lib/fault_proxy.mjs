// The fault proxy: between a client and a node it breaks what the wire and the node can break, by a
// script of timed faults, by a seed that draws one, or by the call of a test. Two stages, joined by
// private sockets: messages inside, bytes towards the client.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { closeInTurn } from './closing.mjs';
import { connectDuplex, link, post } from './wire_client.mjs';
import { serveTexts } from './wire_server.mjs';
import { toHex, toNumber } from './wire.mjs';
import { headerOf } from './strict_chain.mjs';
import { serveBytes } from './fault_bytes.mjs';
import { faultyAnswer } from './fault_messages.mjs';
import { Heads } from './fault_heads.mjs';
import { Schedule, checkScript, drawScript } from './fault_script.mjs';

const REORDER_MS = 1000; // how long an answer waits for another to overtake it
const HEADS_BACK = 64; // blocks that the head can go back at once
const HELD_MAX = 100000; // notifications that one connection holds back

/** One client's WebSocket or IPC connection, or one HTTP request, and its way to the node. */
class Client {
  #session;
  #proxy;
  #upstream; // a promise of the link, for WebSocket and IPC
  #requests = new Map(); // id -> request, until it is answered
  #heads = new Set(); // ids of newHeads subscriptions
  #notices = []; // held back until the head shown reaches their block
  #reordered = [];

  constructor(session, proxy) {
    this.#session = session;
    this.#proxy = proxy;
    if (session.transport === 'http') return;
    this.#upstream = this.#open();
    this.#upstream.catch(() => session.destroy());
    const onChange = (kind, begins) => this.#onChange(kind, begins);
    proxy.schedule.on('change', onChange);
    session.onClose(() => proxy.schedule.off('change', onChange));
  }

  async #open() {
    const upstream = await link(this.#proxy.wsUrl);
    upstream.texts((text) => this.#receive(text));
    upstream.ended(() => this.#session.destroy());
    this.#session.onClose(() => upstream.close());
    return upstream;
  }

  async ask(text) {
    try {
      const request = parsed(text);
      const passed = request === undefined ? text : JSON.stringify(this.#note(request));
      if (this.#session.transport === 'http') {
        const response = await post(this.#proxy.url, passed, { agent: this.#proxy.agent, headers: extraOf(this.#session.headers) });
        this.#receive(response.text, { status: response.status, headers: extraOf(response.headers) });
      } else {
        (await this.#upstream).send(passed);
      }
    } catch {
      this.#session.destroy(); // the node is gone, and so is the client's connection
    }
  }

  #note(request) {
    if (Array.isArray(request)) return request.map((one) => this.#note(one));
    if (typeof request?.method !== 'string') return request;
    this.#requests.set(request.id, request);
    return this.#proxy.heads.request(request);
  }

  #receive(text, reply) {
    const message = parsed(text);
    if (message === undefined) this.#session.send(text, reply);
    else if (message.method === 'eth_subscription') this.#notify(message);
    else this.#answer(Array.isArray(message) ? message.map((one) => this.#show(one)) : this.#show(message), reply);
  }

  /** The answer as the node with the head shown gives it. */
  #show(answer) {
    const request = this.#requests.get(answer.id);
    this.#requests.delete(answer.id);
    if (!request) return answer;
    if (request.method === 'eth_subscribe' && request.params?.[0] === 'newHeads') this.#heads.add(answer.result);
    return this.#proxy.heads.answer(request, answer);
  }

  #answer(answer, reply) {
    const { schedule } = this.#proxy;
    const reorder = this.#session.transport !== 'http' && schedule.strikes('reorder');
    if (reorder) {
      schedule.hit('reorder');
      this.#reordered.push(answer);
      if (this.#reordered.length >= reorder.hold) this.#release();
      else setTimeout(() => this.#release(), REORDER_MS).unref();
      return;
    }
    for (const part of faultyAnswer(schedule, answer, this.#session.transport)) {
      this.#session.send(part.body, part.reply ?? reply);
    }
  }

  #release() {
    for (const answer of this.#reordered.splice(0).reverse()) {
      const parts = faultyAnswer(this.#proxy.schedule, answer, this.#session.transport);
      for (const { body } of parts) this.#session.send(body);
    }
  }

  #notify(message) {
    if (this.#proxy.schedule.strikes('silent')) {
      this.#proxy.schedule.hit('silent');
      return;
    }
    const { heads, schedule } = this.#proxy;
    const { result, subscription } = message.params;
    const isHead = this.#heads.has(subscription);
    const number = isHead ? result.number : result.blockNumber;
    const isFrozen = schedule.active('headFreeze');
    if (heads.shown === null || number === undefined) {
      this.#session.send(JSON.stringify(message));
    } else if (isHead && !isFrozen) {
      schedule.hit('headBack');
      const shown = toNumber(number) - schedule.active('headBack').depth;
      this.#sendHead(subscription, shown);
      this.#flush(shown);
    } else if (!isFrozen && toNumber(number) <= heads.shown) {
      this.#session.send(JSON.stringify(message));
    } else if (this.#notices.length < HELD_MAX) {
      schedule.hit(isFrozen ? 'headFreeze' : 'headBack');
      this.#notices.push({ number: toNumber(number), message });
    }
  }

  #sendHead(subscription, number) {
    const result = this.#proxy.heads.header(number);
    if (!result) return;
    const message = { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } };
    this.#session.send(JSON.stringify(message));
  }

  /** Sends what was held back of the blocks up to `number`. */
  #flush(number) {
    const due = this.#notices.filter((notice) => notice.number <= number);
    this.#notices = this.#notices.filter((notice) => notice.number > number);
    for (const { message } of due) this.#session.send(JSON.stringify(message));
  }

  #onChange(kind, begins) {
    if (kind === 'reorder' && !begins) this.#release();
    if (kind !== 'headBack' && kind !== 'headFreeze') return;
    const { shown, current } = this.#proxy.heads;
    if (shown === null) this.#flush(Infinity);
    if (kind === 'headBack') for (const id of this.#heads) this.#sendHead(id, shown ?? current);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/* Headers that mean something to a relay or a client, rather than to one hop. */
const extraOf = (headers) => Object.fromEntries(
  ['x-flashbots-signature', 'authorization', 'retry-after'].filter((name) => headers[name]).map((name) => [name, headers[name]]));

/** Fills the heads with the last blocks, and keeps them filled. */
async function followHeads(upstream, heads) {
  const early = [];
  let add = (header) => early.push(header);
  await upstream.subscribe(['newHeads'], (header) => add(header));
  const last = toNumber(await upstream.call('eth_blockNumber'));
  for (let number = Math.max(0, last - HEADS_BACK); number <= last; number += 1) {
    heads.add(headerOf(await upstream.call('eth_getBlockByNumber', toHex(number), false)));
  }
  add = (header) => heads.add(header);
  early.forEach(add);
}

/** Starts the stage of messages on sockets in `folder`, and that of bytes before it; puts each part that
 *  has started into `parts`. Resolves to the port. */
async function startStages({ listen, ipc, folder, proxy, parts }) {
  const clients = new WeakMap();
  const inner = { listen: path.join(folder, 'http'), ipc: path.join(folder, 'ipc') };
  parts.push(await serveTexts({
    ...inner,
    onSession: (session) => clients.set(session, new Client(session, proxy)),
    onText: (session, text) => clients.get(session).ask(text),
  }));
  const outer = await serveBytes(listen, inner.listen, proxy.schedule);
  parts.push(outer);
  if (ipc) parts.push(await serveBytes(ipc, inner.ipc, proxy.schedule));
  return outer.port;
}

/** Starts the fault proxy before the node at `upstream` (http://, with WebSocket at the same port).
 *  Options: listen (port, 0 for a free one), ipc, script (see fault_script.mjs), or seed and seconds to
 *  draw one; onEnd() is called when the node is gone. Returns {port, url, wsUrl, ipc, script,
 *  inject(fault): end, counts (of each kind, {begun, hits}), head (the node's, as the proxy knows it),
 *  close()}. */
export async function startFault({ upstream: url, listen = 0, ipc, script, seed = 1, seconds = 0, onEnd = () => {} }) {
  const faults = script ? checkScript(script) : drawScript(seed, seconds);
  const upstream = await connectDuplex(url);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'devnet-fault-'));
  const schedule = new Schedule(seed);
  const agent = new http.Agent({ keepAlive: true });
  const parts = [];
  const close = () => {
    upstream.onEnd(() => {});
    schedule.stop();
    return closeInTurn(...parts.map((part) => () => part.close()), () => agent.destroy(), () => upstream.close(),
      () => fs.rmSync(folder, { recursive: true, force: true }));
  };
  try {
    const heads = new Heads(schedule);
    await followHeads(upstream, heads);
    const proxy = { schedule, heads, agent, url: url.replace(/^ws:/, 'http:'), wsUrl: url.replace(/^http:/, 'ws:') };
    const port = await startStages({ listen, ipc, folder, proxy, parts });
    upstream.onEnd(() => close().then(onEnd));
    schedule.start(faults);
    return {
      port, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}`, ipc, script: faults,
      inject: (fault) => schedule.inject(fault), counts: schedule.counts, close,
      get head() {
        return heads.current;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
