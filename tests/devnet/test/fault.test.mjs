// The fault proxy before anvil: each fault, on the wires where it shows.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { startFault } from '../lib/fault_proxy.mjs';
import { FAULTS, checkScript, drawScript } from '../lib/fault_script.mjs';
import { spawnGuarded } from '../lib/guard.mjs';
import { toNumber } from '../lib/wire.mjs';
import { post } from '../lib/wire_client.mjs';
import { LOGGER_CODE, accounts, anvil, client, eventually, gwei, scratch, setCode, signed, word } from './proxy_support.mjs';

const LOGGER = '0x00000000000000000000000000000000000010c0';

async function faulty(t, options = {}) {
  const { url, kill } = await anvil(t);
  const direct = await client(t, url);
  await direct.call('anvil_mine', '0xa');
  const ipc = path.join(scratch(t), 'fault.ipc');
  const proxy = await startFault({ upstream: url, ipc, ...options });
  t.after(() => proxy.close());
  return { proxy, direct, kill, ipc, url };
}

const request = (method = 'eth_chainId', params = [], id = 1) => ({ jsonrpc: '2.0', id, method, params });
const ask = (proxy, body = request(), options = {}) => post(proxy.url, JSON.stringify(body), options);
const within = (ms) => ({ signal: AbortSignal.timeout(ms) });

/** A WebSocket of bare texts: {texts, send(object), ws}. */
async function bareWs(t, url) {
  const ws = new WebSocket(url, { maxPayload: 2 ** 31 - 1 });
  const texts = [];
  ws.on('message', (data) => texts.push(data.toString()));
  ws.on('error', () => {});
  t.after(() => ws.terminate());
  await once(ws, 'open');
  return { ws, texts, send: (body) => ws.send(JSON.stringify(body)) };
}

/** POSTs over a bare socket; resolves at its end to the chunks and how it ended. */
function bareHttp(port, body = JSON.stringify(request())) {
  return new Promise((resolve) => {
    const chunks = [];
    let error;
    const socket = net.connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (e) => { error = e.code; });
    socket.on('close', () => resolve({ chunks, error, text: Buffer.concat(chunks).toString('latin1') }));
  });
}

/** Counts an answer's bytes without keeping them. */
function countHttp(url, body) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method: 'POST' }, (response) => {
      let size = 0;
      let head = '';
      let tail = '';
      response.on('data', (chunk) => {
        if (head.length < 60) head += chunk.toString('latin1', 0, 60);
        tail = chunk.toString('latin1', Math.max(0, chunk.length - 20));
        size += chunk.length;
      });
      response.on('end', () => resolve({ size, head, tail }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

test('without a fault it is transparent on HTTP, WebSocket and IPC', async (t) => {
  const { proxy, direct, ipc } = await faulty(t);
  for (const endpoint of [proxy.url, proxy.wsUrl, ipc]) {
    const node = await client(t, endpoint);
    assert.equal(await node.call('eth_blockNumber'), '0xa');
    const batch = await node.batch([['eth_chainId'], ['debug_nosuch']]);
    assert.equal(batch[0].result, '0x7a69');
    assert.ok(batch[1].error);
    if (!node.subscribe) continue;
    const heads = [];
    await node.subscribe(['newHeads'], (head) => heads.push(head.hash));
    await direct.call('evm_mine');
    assert.ok(await eventually(() => heads.length === 1));
    await direct.call('anvil_rollback', 1);
  }
  assert.deepEqual(JSON.parse((await ask(proxy)).text), { jsonrpc: '2.0', id: 1, result: '0x7a69' });
});

test('latency delays answers, bandwidth stretches them', async (t) => {
  const { proxy } = await faulty(t);
  const lasts = async () => {
    const start = performance.now();
    await ask(proxy);
    return performance.now() - start;
  };
  const latencyEnds = proxy.inject({ kind: 'latency', ms: 150 });
  assert.ok(await lasts() >= 149);
  latencyEnds();
  const bandwidthEnds = proxy.inject({ kind: 'bandwidth', rate: 1000 }); // an answer has 200 bytes
  assert.ok(await lasts() >= 150);
  bandwidthEnds();
});

test('slices come in pieces, whole in sum', async (t) => {
  const { proxy } = await faulty(t);
  const whole = await bareHttp(proxy.port);
  const end = proxy.inject({ kind: 'slice', max: 5 });
  const sliced = await bareHttp(proxy.port);
  const withoutDate = (text) => text.replace(/Date: .*\r\n/, '');
  assert.equal(withoutDate(sliced.text), withoutDate(whole.text));
  assert.ok(whole.chunks.length <= 2 && sliced.chunks.length > 20, `${sliced.chunks.length} pieces`);
  const node = await client(t, proxy.wsUrl);
  assert.equal(await node.call('eth_chainId'), '0x7a69');
  end();
});

test('noise replaces the bytes', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'noise' });
  const { text } = await bareHttp(proxy.port);
  assert.ok(text.length > 50 && !/HTTP|jsonrpc/.test(text));
});

test('a stalled connection gets nothing until the stall ends', async (t) => {
  const { proxy } = await faulty(t);
  const end = proxy.inject({ kind: 'stall' });
  await assert.rejects(ask(proxy, request(), within(200)), { name: 'AbortError' });
  const waiting = ask(proxy);
  await sleep(50);
  end();
  assert.equal((await waiting).status, 200);
});

test('a cut ends the connection after its bytes, a reset breaks it', async (t) => {
  const { proxy } = await faulty(t);
  const cutEnds = proxy.inject({ kind: 'cut', after: 30 });
  const cut = await bareHttp(proxy.port);
  assert.deepEqual([cut.text.length, cut.error], [30, undefined]);
  cutEnds();
  const resetEnds = proxy.inject({ kind: 'reset', after: 30 });
  const reset = await bareHttp(proxy.port);
  assert.equal(reset.error, 'ECONNRESET');
  assert.ok(reset.text.length <= 30);
  resetEnds();
  const { ws } = await bareWs(t, proxy.wsUrl);
  const closed = once(ws, 'close');
  proxy.inject({ kind: 'cut' }); // at once, though nothing is sent
  await closed;
});

test('a process ends after a reset that came with the end of a connection', async () => {
  const program = fileURLToPath(new URL('reset_at_end.mjs', import.meta.url));
  const child = spawnGuarded(process.execPath, [program], { stdio: 'inherit', timeout: 60_000, killSignal: 'SIGKILL' });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('swallowed answers never come, the others do', async (t) => {
  const { proxy } = await faulty(t);
  const { texts, send } = await bareWs(t, proxy.wsUrl);
  const end = proxy.inject({ kind: 'swallow' });
  await assert.rejects(ask(proxy, request(), within(100)), { name: 'AbortError' });
  send(request('eth_chainId', [], 5));
  await sleep(300);
  end();
  send(request('eth_chainId', [], 6));
  assert.ok(await eventually(() => texts.length));
  assert.deepEqual(texts.map((text) => JSON.parse(text).id), [6]);
});

test('a silent WebSocket stays open, answers pings and nothing else', async (t) => {
  const { proxy, direct } = await faulty(t);
  const { ws, texts, send } = await bareWs(t, proxy.wsUrl);
  send(request('eth_subscribe', ['newHeads']));
  assert.ok(await eventually(() => texts.length === 1));
  const end = proxy.inject({ kind: 'silent' });
  await direct.call('evm_mine');
  send(request());
  ws.ping();
  await once(ws, 'pong');
  await sleep(300);
  assert.equal(texts.length, 1);
  assert.equal(ws.readyState, WebSocket.OPEN);
  end();
  send(request());
  assert.ok(await eventually(() => texts.length === 2));
});

test('ids are wrong', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'wrongId' });
  for (let i = 0; i < 8; i += 1) assert.notEqual(JSON.parse((await ask(proxy)).text).id, 1);
  const batch = JSON.parse((await ask(proxy, [request('eth_chainId', [], 1), request('eth_chainId', [], 2)])).text);
  assert.equal(batch.filter(({ id }, i) => id !== i + 1).length, 1);
});

test('answers come twice', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'duplicate' });
  const { texts, send } = await bareWs(t, proxy.wsUrl);
  send(request());
  assert.ok(await eventually(() => texts.length === 2));
  assert.equal(texts[0], texts[1]);
  assert.equal((await ask(proxy)).text, texts[0] + texts[0]);
  const batch = JSON.parse((await ask(proxy, [request('eth_chainId', [], 1), request('eth_chainId', [], 2)])).text);
  assert.equal(batch.length, 3);
});

test('answers overtake each other, and the last of them comes too', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'reorder', hold: 3 });
  const { texts, send } = await bareWs(t, proxy.wsUrl);
  for (const id of [1, 2, 3, 4]) {
    send(request('eth_chainId', [], id));
    await sleep(40); // anvil itself answers in any order
  }
  assert.ok(await eventually(() => texts.length === 4));
  assert.deepEqual(texts.map((text) => JSON.parse(text).id), [3, 2, 1, 4]);
  const batch = JSON.parse((await ask(proxy, [request('eth_chainId', [], 1), request('eth_chainId', [], 2)])).text);
  assert.deepEqual(batch.map(({ id }) => id), [2, 1]);
});

test('garbage is no JSON', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'garbage' });
  for (let i = 0; i < 8; i += 1) {
    const { text } = await ask(proxy);
    assert.throws(() => JSON.parse(text), SyntaxError, text);
  }
});

test('an HTML page with a status, over HTTP', async (t) => {
  const { proxy } = await faulty(t);
  proxy.inject({ kind: 'status', code: 503 });
  const { status, headers, text } = await ask(proxy);
  assert.deepEqual([status, headers['content-type']], [503, 'text/html']);
  assert.match(text, /^<html>/);
});

test('a body of 1 GB is streamed, not built', async (t) => {
  const { proxy } = await faulty(t);
  const end = proxy.inject({ kind: 'huge', bytes: 1e9 });
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => { most = Math.max(most, process.memoryUsage().rss - before); }, 20);
  const { size, head, tail } = await countHttp(proxy.url, request('eth_chainId', [], 42));
  clearInterval(watch);
  assert.equal(size, '{"jsonrpc":"2.0","id":42,"result":"0x"}'.length + 1e9);
  assert.match(head, /^\{"jsonrpc":"2\.0","id":42,"result":"0x0000/);
  assert.match(tail, /"\}$/);
  assert.ok(most < 2e8, `${most} bytes more in memory`);
  end();
});

test('huge and nested results over WebSocket and IPC', async (t) => {
  const { proxy, ipc } = await faulty(t);
  const { texts, send } = await bareWs(t, proxy.wsUrl);
  const hugeEnds = proxy.inject({ kind: 'huge', bytes: 5e6 });
  send(request());
  assert.ok(await eventually(() => texts.length === 1, 5000));
  assert.equal(JSON.parse(texts[0]).result.length, 5e6 + 2);
  const node = await client(t, ipc);
  assert.equal((await node.call('eth_chainId')).length, 5e6 + 2);
  hugeEnds();
  proxy.inject({ kind: 'nest', depth: 1e6 });
  send(request());
  assert.ok(await eventually(() => texts.length === 2, 5000));
  assert.equal(texts[1], `{"jsonrpc":"2.0","id":1,"result":${'['.repeat(1e6)}${']'.repeat(1e6)}}`);
  const { size } = await countHttp(proxy.url, request());
  assert.equal(size, texts[1].length);
});

/** A client with the numbers of its heads and the blocks of its logs. */
async function watcher(t, { proxy, direct }) {
  await setCode(direct, LOGGER, LOGGER_CODE);
  await direct.call('evm_setAutomine', false);
  const node = await client(t, proxy.wsUrl);
  const heads = [];
  const logs = [];
  await node.subscribe(['newHeads'], (head) => heads.push(toNumber(head.number)));
  await node.subscribe(['logs', { address: LOGGER }], (log) => logs.push(toNumber(log.blockNumber)));
  let nonce = 0;
  const mine = async () => {
    await direct.call('eth_sendRawTransaction',
      await signed(accounts[0], nonce, gwei(10), gwei(1), { to: LOGGER, data: word(nonce), gas: 60000n }));
    nonce += 1;
    await direct.call('evm_mine');
    const block = toNumber(await direct.call('eth_blockNumber'));
    // the proxy hears of it on its own connection
    await eventually(async () => (await node.call('eth_blockNumber')) !== null && proxy.head === block);
    return block;
  };
  const number = async () => toNumber(await node.call('eth_blockNumber'));
  return { node, heads, logs, mine, number };
}

test('a head that stands still, and catches up when it goes on', async (t) => {
  const setup = await faulty(t);
  const { node, heads, logs, mine, number } = await watcher(t, setup);
  assert.equal(await mine(), 11);
  assert.ok(await eventually(() => heads.length === 1 && logs.length === 1));
  const end = setup.proxy.inject({ kind: 'headFreeze' });
  await mine();
  await mine();
  assert.equal(await number(), 11);
  assert.equal((await node.call('eth_getBlockByNumber', 'latest', false)).number, '0xb');
  assert.equal(await node.call('eth_getBlockByNumber', '0xc', false), null);
  assert.equal(await node.call('eth_getTransactionCount', accounts[0].address, 'latest'), '0x1');
  assert.equal((await node.call('eth_getLogs', { fromBlock: '0x1', toBlock: 'latest' })).length, 1);
  assert.deepEqual(await node.call('eth_getLogs', { fromBlock: '0xc', toBlock: '0xd' }), []);
  assert.deepEqual([heads, logs], [[11], [11]]);
  end();
  assert.equal(await number(), 13);
  await eventually(() => heads.length === 3 && logs.length === 3);
  assert.deepEqual([heads, logs], [[11, 12, 13], [11, 12, 13]]);
});

test('a head that goes back, and stays behind', async (t) => {
  const setup = await faulty(t);
  const { node, heads, logs, mine, number } = await watcher(t, setup);
  assert.equal(await mine(), 11);
  assert.ok(await eventually(() => heads.length === 1));
  const end = setup.proxy.inject({ kind: 'headBack', depth: 2 });
  assert.equal(await number(), 9);
  assert.deepEqual(heads, [11, 9]);
  await mine();
  assert.ok(await eventually(() => heads.length === 3));
  assert.equal(await number(), 10);
  assert.equal((await node.call('eth_getBlockByNumber', 'latest', false)).number, '0xa');
  assert.deepEqual([heads, logs], [[11, 9, 10], [11]]);
  end();
  assert.equal(await number(), 12);
  await eventually(() => heads.length === 4 && logs.length === 2);
  assert.deepEqual([heads, logs], [[11, 9, 10, 12], [11, 12]]);
});

test('no logs at the tip, neither by range nor by hash', async (t) => {
  const setup = await faulty(t);
  const { node, mine } = await watcher(t, setup);
  for (let i = 0; i < 3; i += 1) await mine();
  const end = setup.proxy.inject({ kind: 'emptyLogs' });
  assert.deepEqual(await node.call('eth_getLogs', { fromBlock: '0xb', toBlock: 'latest' }), []);
  assert.deepEqual(await node.call('eth_getLogs', { fromBlock: '0xd', toBlock: '0xd' }), []);
  assert.equal((await node.call('eth_getLogs', { fromBlock: '0xb', toBlock: '0xc' })).length, 2);
  const { hash } = await node.call('eth_getBlockByNumber', 'latest', false);
  assert.deepEqual(await node.call('eth_getLogs', { blockHash: hash }), []);
  end();
  assert.equal((await node.call('eth_getLogs', { blockHash: hash })).length, 1);
});

test('a script begins and ends its faults at their times', async (t) => {
  const script = [{ kind: 'status', at: 600, for: 1000, code: 500 }, { kind: 'status', at: 2400, code: 504 }];
  const { proxy } = await faulty(t, { script });
  const seen = [];
  for (let last; !seen.includes(504);) {
    const { status } = await ask(proxy);
    if (status !== last) seen.push(status);
    last = status;
  }
  assert.deepEqual(seen, [200, 500, 200, 504]);
});

test('a seed draws its script, and the same faults of the same traffic', async (t) => {
  assert.deepEqual(drawScript(5, 30), drawScript(5, 30));
  assert.notDeepEqual(drawScript(5, 30), drawScript(6, 30));
  const many = drawScript(1, 1000);
  assert.deepEqual(new Set(many.map(({ kind }) => kind)), new Set(Object.keys(FAULTS)));
  checkScript(many);
  const { url } = await anvil(t);
  const run = async (seed) => {
    const script = [{ kind: 'wrongId', chance: 0.5 }, { kind: 'garbage', chance: 0.5 }];
    const proxy = await startFault({ upstream: url, seed, script });
    const texts = [];
    for (let i = 0; i < 20; i += 1) texts.push((await ask(proxy)).text);
    await proxy.close();
    return texts;
  };
  const first = await run(7);
  assert.deepEqual(await run(7), first);
  assert.notDeepEqual(await run(8), first);
});

test('faults drawn from a seed do not bring the proxy down', async (t) => {
  const script = drawScript(3, 30).map((fault) => ({ ...fault, at: fault.at / 15, for: fault.for / 15, ...(fault.bytes && { bytes: 1e6 }) }));
  const { proxy, direct } = await faulty(t, { script });
  for (const end = Date.now() + 2000; Date.now() < end;) {
    const node = await client(t, proxy.wsUrl).catch(() => undefined);
    node?.subscribe(['newHeads'], () => {}).catch(() => {});
    await ask(proxy, request('eth_getLogs', [{ fromBlock: '0x0' }]), within(100)).catch(() => {});
    await direct.call('evm_mine');
    await node?.close();
  }
  const proxyLives = () => ask(proxy, request(), within(500)).then(({ text }) => JSON.parse(text).result === '0x7a69', () => false);
  assert.ok(await eventually(proxyLives, 5000));
});

test('bad scripts and starts say what is wrong', async (t) => {
  assert.throws(() => checkScript([{ kind: 'nosuch' }]), /script, fault 0: no fault nosuch: use one of latency,/);
  assert.throws(() => checkScript([{ kind: 'cut' }, { kind: 'cut', ms: 1 }]), /fault 1: cut has no ms: it has kind, at, for, chance, after/);
  assert.throws(() => checkScript([{ kind: 'cut', after: '5' }]), /after is "5": give a whole number from 0/);
  for (const [fault, words] of [
    [{ kind: 'headBack', depth: 1.5 }, /depth is 1\.5: give a whole number from 0/],
    [{ kind: 'cut', for: 2 ** 31 }, /for is 2147483648: give a number from 0 to 2147483647/],
    [{ kind: 'bandwidth', rate: 0 }, /rate is 0: give a whole number from 1/],
    [{ kind: 'status', code: 1000 }, /code is 1000: give a whole number from 200 to 599/],
    [{ kind: 'stall', chance: 1.1 }, /chance is 1\.1: give a number from 0 to 1/],
  ]) {
    assert.throws(() => checkScript([fault]), words);
  }
  assert.equal(checkScript([{ kind: 'stall', chance: 0.5, for: 2 ** 31 - 1 }])[0].chance, 0.5);
  assert.throws(() => checkScript({}), /not a list of faults/);
  await assert.rejects(startFault({ upstream: 'http://127.0.0.1:1' }), /does not answer \(ECONNREFUSED\)/);
  const { proxy, url } = await faulty(t);
  await assert.rejects(startFault({ upstream: url, listen: proxy.port }), /is in use/);
});

test('the end of the node is told and ends the proxy', async (t) => {
  let ended = false;
  const { proxy, kill } = await faulty(t, { onEnd: () => { ended = true; } });
  kill();
  assert.ok(await eventually(() => ended));
  await assert.rejects(ask(proxy));
});
