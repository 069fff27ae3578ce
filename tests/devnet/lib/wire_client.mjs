// The client's side of the wire: JSON-RPC over HTTP, WebSocket and IPC.
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import WebSocket from 'ws';
import { within } from './closing.mjs';
import { LineSplitter, RpcError } from './wire.mjs';
import { DevnetError } from './errors.mjs';

const HANDSHAKE_MS = 10_000;
const TEXT_MAX = 512 << 20; // bytes of an answer; a block's traces can have hundreds of megabytes

/** POSTs a text; returns {status, headers, text}. */
export function post(url, text, { headers = {}, agent, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST', agent, signal,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({
        status: response.statusCode,
        headers: response.headers,
        text: Buffer.concat(parts).toString('utf8'),
      }));
    });
    request.on('error', reject);
    request.end(text);
  });
}

function resultOf(answer, { status, headers } = {}) {
  if (!answer.error) return answer.result;
  const { code, message, data } = answer.error;
  throw new RpcError(code, message, { data, http: status && { status, headers } });
}

const request = (id, method, params) => ({ jsonrpc: '2.0', id, method, params });

function connectHttp(url) {
  const agent = new http.Agent({ keepAlive: true });
  let nextId = 1;
  const exchange = async (body) => {
    const response = await post(url, JSON.stringify(body), { agent });
    return { body: JSON.parse(response.text), response };
  };
  return {
    async call(method, ...params) {
      const { body, response } = await exchange(request(nextId++, method, params));
      return resultOf(body, response);
    },
    async batch(calls) {
      const { body } = await exchange(calls.map(([method, ...params]) => request(nextId++, method, params)));
      return body;
    },
    async close() {
      agent.destroy();
    },
  };
}

/** The object or list that a text holds, or null. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Calls and subscriptions over a link. */
class Multiplex {
  #name;
  #texts;
  #nextId = 1;
  #waiting = new Map(); // id -> {resolve, reject}
  #subscribed = new Map(); // id -> callback
  #early = new Map(); // notifications that came before the answer naming their subscription
  #down = null;
  #onEnd = () => {};

  constructor(name, texts) {
    this.#name = name;
    this.#texts = texts;
    texts.texts((text) => this.#receive(parsed(text)));
    texts.ended(() => this.#end());
  }

  #receive(message) {
    if (message === null) {
      this.#texts.close(); // whatever is waited for will not come
    } else if (message.method === 'eth_subscription') {
      this.#notify(message.params);
    } else {
      const key = Array.isArray(message) ? message[0]?.id : message.id;
      this.#waiting.get(key)?.resolve(message);
      this.#waiting.delete(key);
    }
  }

  #notify({ subscription, result }) {
    const callback = this.#subscribed.get(subscription);
    if (callback) callback(result);
    else this.#early.set(subscription, [...(this.#early.get(subscription) ?? []), result]);
  }

  #end() {
    this.#down = new Error(`${this.#name} closed the connection`);
    for (const { reject } of this.#waiting.values()) reject(this.#down);
    this.#waiting.clear();
    this.#onEnd();
  }

  #exchange(id, body) {
    return new Promise((resolve, reject) => {
      if (this.#down) return reject(this.#down);
      this.#waiting.set(id, { resolve, reject });
      return this.#texts.send(JSON.stringify(body));
    });
  }

  async call(method, ...params) {
    const id = this.#nextId++;
    return resultOf(await this.#exchange(id, request(id, method, params)));
  }

  async batch(calls) {
    const first = this.#nextId;
    return this.#exchange(first, calls.map(([method, ...params]) => request(this.#nextId++, method, params)));
  }

  async subscribe(params, callback) {
    const id = await this.call('eth_subscribe', ...params);
    this.#subscribed.set(id, callback);
    for (const result of this.#early.get(id) ?? []) callback(result);
    this.#early.delete(id);
    return id;
  }

  onEnd(callback) {
    this.#onEnd = callback;
  }

  close() {
    return this.#texts.close();
  }
}

async function linkWs(url) {
  const ws = new WebSocket(url, { maxPayload: TEXT_MAX, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS });
  ws.on('error', () => {}); // from the first byte: a garbled frame may come with the handshake's answer
  const closed = new Promise((done) => { ws.once('close', done); });
  await once(ws, 'open');
  return {
    send: (text) => ws.send(text),
    texts: (callback) => ws.on('message', (data) => callback(data.toString('utf8'))),
    ended: (callback) => {
      if (ws.readyState === WebSocket.CLOSED) callback();
      else ws.on('close', callback);
    },
    close: () => {
      ws.terminate();
      return within(`the connection to ${url}`, closed);
    },
  };
}

async function linkIpc(path) {
  const socket = net.connect(path);
  socket.on('error', () => {});
  const closed = new Promise((done) => { socket.once('close', done); });
  await once(socket, 'connect');
  const lines = new LineSplitter(TEXT_MAX);
  return {
    send: (text) => socket.write(`${text}\n`),
    texts: (callback) => socket.on('data', (chunk) => {
      try {
        lines.push(chunk).forEach(callback);
      } catch {
        socket.destroy(); // a line without end
      }
    }),
    ended: (callback) => {
      if (socket.closed) callback();
      else socket.on('close', callback);
    },
    close: () => {
      socket.destroy();
      return within(`the connection to ${path}`, closed);
    },
  };
}

/** A connection that carries bare texts, to ws:// or the path of a socket: {send(text), close(),
 *  texts(callback), ended(callback)}. */
export async function link(endpoint) {
  try {
    return await (/^ws:/.test(endpoint) ? linkWs(endpoint) : linkIpc(endpoint));
  } catch (error) {
    throw new DevnetError(`${endpoint} does not answer (${error.code ?? error.message}): start the node there first`);
  }
}

/** Connects to http://, ws:// or the path of a socket: {call(method, ...params), batch([[method,
 *  ...params], ...]), close()}, and on the last two subscribe([kind, ...], callback) and
 *  onEnd(callback). call() throws RpcError for an error answer, with its HTTP status and headers. */
export async function connect(endpoint) {
  return /^http:/.test(endpoint) ? connectHttp(endpoint) : new Multiplex(endpoint, await link(endpoint));
}

/** connect() with subscriptions: anvil serves WebSocket at its HTTP port. */
export function connectDuplex(endpoint) {
  return connect(endpoint.replace(/^http:/, 'ws:'));
}
