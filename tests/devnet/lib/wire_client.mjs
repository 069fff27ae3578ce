// The client's side of the wire: JSON-RPC over HTTP, WebSocket and IPC.
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import WebSocket from 'ws';
import { LineSplitter, RpcError } from './wire.mjs';
import { DevnetError } from './errors.mjs';

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
function multiplex(name, texts) {
  let nextId = 1;
  const waiting = new Map();
  const subscribed = new Map();
  const early = new Map(); // notifications that came before the answer naming their subscription
  let down;
  let onEnd = () => {};
  texts.texts((text) => {
    const message = parsed(text);
    if (message === null) return texts.close(); // whatever is waited for will not come
    if (message.method === 'eth_subscription') {
      const { subscription, result } = message.params;
      const callback = subscribed.get(subscription);
      if (callback) callback(result);
      else early.set(subscription, [...(early.get(subscription) ?? []), result]);
      return undefined;
    }
    const key = Array.isArray(message) ? message[0]?.id : message.id;
    const settle = waiting.get(key);
    waiting.delete(key);
    settle?.resolve(message);
    return undefined;
  });
  texts.ended(() => {
    down = new Error(`${name} closed the connection`);
    for (const { reject } of waiting.values()) reject(down);
    waiting.clear();
    onEnd();
  });
  const exchange = (id, body) => new Promise((resolve, reject) => {
    if (down) return reject(down);
    waiting.set(id, { resolve, reject });
    return texts.send(JSON.stringify(body));
  });
  const call = async (method, ...params) => {
    const id = nextId++;
    return resultOf(await exchange(id, request(id, method, params)));
  };
  return {
    call,
    async batch(calls) {
      const first = nextId;
      return exchange(first, calls.map(([method, ...params]) => request(nextId++, method, params)));
    },
    async subscribe(params, callback) {
      const id = await call('eth_subscribe', ...params);
      subscribed.set(id, callback);
      for (const result of early.get(id) ?? []) callback(result);
      early.delete(id);
      return id;
    },
    onEnd(callback) {
      onEnd = callback;
    },
    close: () => texts.close(),
  };
}

async function linkWs(url) {
  const ws = new WebSocket(url, { maxPayload: TEXT_MAX, perMessageDeflate: false });
  await once(ws, 'open');
  return {
    send: (text) => ws.send(text),
    texts: (callback) => ws.on('message', (data) => callback(data.toString('utf8'))),
    ended: (callback) => {
      ws.on('error', () => {});
      ws.on('close', callback);
    },
    close: async () => {
      if (ws.readyState === WebSocket.CLOSED) return;
      ws.terminate();
      await once(ws, 'close');
    },
  };
}

async function linkIpc(path) {
  const socket = net.connect(path);
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
      socket.on('error', () => {});
      socket.on('close', callback);
    },
    close: async () => {
      if (socket.destroyed) return;
      socket.destroy();
      await once(socket, 'close');
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
  return /^http:/.test(endpoint) ? connectHttp(endpoint) : multiplex(endpoint, await link(endpoint));
}

/** connect() with subscriptions: anvil serves WebSocket at its HTTP port. */
export function connectDuplex(endpoint) {
  return connect(endpoint.replace(/^http:/, 'ws:'));
}
