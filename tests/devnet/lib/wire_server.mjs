// The server's side of the wire: JSON texts over HTTP POST, WebSocket and IPC (a Unix socket with
// one JSON text a line), and JSON-RPC on top. Loopback only.
import http from 'node:http';
import net from 'node:net';
import fs from 'node:fs';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { within } from './closing.mjs';
import { LineSplitter, RpcError, firstOf } from './wire.mjs';
import { DevnetError } from './errors.mjs';

const HOST = '127.0.0.1';
const TEXT_MAX = 16 << 20; // bytes of a request; a request of ours has a few kilobytes

/** One WebSocket or IPC connection, or one HTTP request. send() takes a text, or an async iterable
 *  of buffers that is written as it is drawn, never held whole; sends never interleave. On HTTP
 *  the first send is the answer, with `reply` {status, headers}, and later ones are dropped. */
class Session {
  transport;
  headers;
  #write;
  #destroy;
  #queue = Promise.resolve();
  #onClose = [];
  closed = false;

  constructor(transport, headers, write, destroy) {
    this.transport = transport;
    this.headers = headers;
    this.#write = write;
    this.#destroy = destroy;
  }

  send(body, reply = {}) {
    const write = async () => {
      if (!this.closed) await this.#write(body, reply);
    };
    // a peer that has gone is no error of ours
    this.#queue = this.#queue.then(write).catch(() => this.destroy());
    return this.#queue;
  }

  destroy() {
    this.#destroy();
    this.ended();
  }

  onClose(callback) {
    if (this.closed) callback();
    else this.#onClose.push(callback);
  }

  ended() {
    if (this.closed) return;
    this.closed = true;
    for (const callback of this.#onClose) callback();
  }
}

/** Writes chunks as fast as the stream's reader takes them. */
async function writeChunks(stream, chunks) {
  for await (const chunk of chunks) {
    if (stream.destroyed) return;
    if (!stream.write(chunk)) await firstOf([stream, 'drain'], [stream, 'close']);
  }
}

async function answerHttp(response, body, { status = 200, headers = {} }) {
  if (response.headersSent) return;
  const type = { 'content-type': 'application/json', ...headers };
  if (typeof body === 'string') {
    response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(status, type);
  await writeChunks(response, body);
  response.end();
}

async function sendWs(ws, body) {
  const send = (data, fin) =>
    new Promise((resolve, reject) => {
      ws.send(data, { fin, binary: false }, (error) => (error ? reject(error) : resolve()));
    });
  if (typeof body === 'string') return send(body, true);
  for await (const chunk of body) await send(chunk, false);
  return send('', true);
}

async function sendIpc(socket, body) {
  if (typeof body === 'string') socket.write(`${body}\n`);
  else {
    await writeChunks(socket, body);
    socket.write('\n');
  }
}

function onRequest(request, response, { onText, onSession }) {
  if (request.method !== 'POST') {
    response.writeHead(405).end();
    return;
  }
  const session = new Session('http', request.headers,
    (body, reply) => answerHttp(response, body, reply), () => request.destroy());
  response.on('close', () => session.ended());
  onSession(session);
  const parts = [];
  let size = 0;
  request.on('data', (part) => {
    size += part.length;
    if (size <= TEXT_MAX) parts.push(part);
    else if (!response.headersSent) response.writeHead(413).end();
  });
  request.on('end', () => {
    if (size <= TEXT_MAX) onText(session, Buffer.concat(parts).toString('utf8'));
  });
  request.on('error', () => session.ended());
}

function onWs(ws, request, { onText, onSession }) {
  const session = new Session('ws', request.headers, (body) => sendWs(ws, body),
    () => ws.terminate());
  ws.on('message', (data) => onText(session, data.toString('utf8')));
  ws.on('close', () => session.ended());
  ws.on('error', () => session.destroy());
  onSession(session);
}

function onIpc(socket, { onText, onSession }) {
  const session = new Session('ipc', {}, (body) => sendIpc(socket, body), () => socket.destroy());
  const lines = new LineSplitter(TEXT_MAX);
  socket.on('data', (chunk) => {
    try {
      for (const line of lines.push(chunk)) onText(session, line);
    } catch {
      session.destroy();
    }
  });
  socket.on('close', () => session.ended());
  socket.on('error', () => session.destroy());
  onSession(session);
}

/** Starts `server` on a port of loopback or on a path; an occupied one is an error in one line. */
export async function listen(server, where) {
  if (typeof where === 'string') await removeStaleSocket(where);
  server.listen(typeof where === 'string' ? { path: where } : { host: HOST, port: where });
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened at (${error.code})`;
    const name = typeof where === 'number' ? `port ${where} on ${HOST}` : where;
    throw new DevnetError(`${name} ${why}: stop what listens there or choose another`);
  }
}

/** Removes a socket file whose listener has died: a kill leaves it behind. */
async function removeStaleSocket(path) {
  if (!fs.existsSync(path)) return;
  if (!fs.statSync(path).isSocket()) throw new DevnetError(`${path} is no socket: choose another path`);
  const probe = net.connect(path);
  try {
    await once(probe, 'connect');
  } catch {
    fs.unlinkSync(path);
    return;
  } finally {
    probe.destroy();
  }
  throw new DevnetError(`${path} is in use: stop what listens there or choose another`);
}

async function startHttp(where, handlers) {
  const server = http.createServer((request, response) => onRequest(request, response, handlers));
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: TEXT_MAX });
  server.on('upgrade', (request, socket, head) =>
    upgrades.handleUpgrade(request, socket, head, (ws) => onWs(ws, request, handlers)));
  server.on('clientError', (error, socket) => socket.destroy());
  await listen(server, where);
  return server;
}

async function startIpc(path, handlers) {
  const server = net.createServer((socket) => onIpc(socket, handlers));
  await listen(server, path);
  return server;
}

/** Closes a server at once, with all its connections. */
export function closeServer(server, sockets) {
  const address = server.address(); // null once it is closed
  const closed = new Promise((done) => { server.close(done); });
  for (const socket of sockets) socket.destroy();
  return within(`the server at ${address?.port ?? address}`, closed);
}

/** Serves texts over HTTP and WebSocket at `listen` (a port, 0 for a free one, or a socket path)
 *  and over IPC at the path `ipc`; either may be absent. onText(session, text) gets each text.
 *  Returns {port, url, wsUrl, ipc, close()}. */
export async function serveTexts({ listen: where, ipc, onText, onSession = () => {} }) {
  const sessions = new Set();
  const handlers = {
    onText,
    onSession: (session) => {
      sessions.add(session);
      session.onClose(() => sessions.delete(session));
      onSession(session);
    },
  };
  const servers = new Map(); // server -> its connections
  const close = async () => {
    for (const session of sessions) session.ended();
    await Promise.all([...servers].map(([server, sockets]) => closeServer(server, sockets)));
  };
  const start = async (starts, place) => {
    const server = await starts(place, handlers);
    const sockets = new Set();
    servers.set(server, sockets);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    return server.address().port;
  };
  try {
    const port = where === undefined ? undefined : await start(startHttp, where);
    if (ipc !== undefined) await start(startIpc, ipc);
    return { port, url: port && `http://${HOST}:${port}`, wsUrl: port && `ws://${HOST}:${port}`, ipc, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const answer = (id, result) => ({ jsonrpc: '2.0', id, result: result === undefined ? null : result });
const failure = (id, error) => ({ jsonrpc: '2.0', id, error });

async function answerOne(dispatch, context, request) {
  if (request === null || typeof request !== 'object' || typeof request.method !== 'string') {
    return failure(null, new RpcError(-32600, 'invalid request'));
  }
  const id = request.id ?? null;
  try {
    return answer(id, await dispatch(request.method, request.params ?? [], context));
  } catch (error) {
    if (!(error instanceof RpcError)) return failure(id, new RpcError(-32603, error.message));
    if (error.http) context.http = error.http;
    return failure(id, error);
  }
}

async function answerAll(dispatch, context, request) {
  if (!Array.isArray(request)) return answerOne(dispatch, context, request);
  if (!request.length) return failure(null, new RpcError(-32600, 'empty batch'));
  const answers = [];
  for (const one of request) answers.push(await answerOne(dispatch, context, one));
  return answers;
}

/** Makes serveTexts' onText of dispatch(method, params, context): it returns the result or throws.
 *  context has {session, text, afterReply(callback)}: what a subscription sends must come after
 *  the answer that names the subscription. */
export function rpcTexts(dispatch) {
  return async (session, text) => {
    const after = [];
    const context = { session, text, afterReply: (callback) => after.push(callback), http: {} };
    let request;
    try {
      request = JSON.parse(text);
    } catch {
      session.send(JSON.stringify(failure(null, new RpcError(-32700, 'parse error'))));
      return;
    }
    const body = await answerAll(dispatch, context, request);
    session.send(JSON.stringify(body), context.http);
    for (const callback of after) callback();
  };
}
