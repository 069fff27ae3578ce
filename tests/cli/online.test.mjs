// liqd check --online as a user runs it, before real nodes on loopback. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { serveTexts } from '../devnet/lib/wire_server.mjs';
import { anvil, client, scratch } from '../devnet/test/proxy_support.mjs';

/** Runs liqd; resolves to its code and what it wrote. */
async function liqd(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => { out += chunk; });
  child.stderr.on('data', (chunk) => { err += chunk; });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

function config(t, nodes, chain = 'id: 31337') {
  const file = path.join(scratch(t), 'liqd.yaml');
  const lines = Object.entries(nodes).map(([name, node]) => `  ${name}: ${node}`);
  fs.writeFileSync(file, `chain: {${chain}}\nnodes:\n${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

async function online(t, nodes, chain) {
  const file = config(t, nodes, chain);
  const text = await liqd('check', '--online', '--config', file);
  const json = await liqd('check', '--online', '--json', '--config', file);
  assert.equal(json.code, text.code, text.err + json.err);
  return { ...text, nodes: JSON.parse(json.out).nodes };
}

/** A real node behind a real node's manners. */
async function node(t, options = {}) {
  const { url } = await anvil(t);
  const ipc = path.join(scratch(t), 'node.ipc');
  const strict = await startStrict({ upstream: url, ipc, ...options });
  t.after(() => strict.close());
  const direct = await client(t, strict.url);
  for (let i = 0; i < 4; i += 1) await direct.call('evm_mine');
  return { ipc, http: strict.url, ws: strict.wsUrl, direct };
}

test('each transport tells what the node is and can do', async (t) => {
  const { ipc, http, ws } = await node(t, { dialect: 'geth', logs: 'quicknode', logRange: 3 });
  const found = await online(t, { one: `{url: ${ipc}}`, two: `{url: '${ws}'}`, three: `{url: '${http}'}` });
  assert.equal(found.code, 0, found.out + found.err);
  assert.equal(found.nodes.length, 3);
  for (const [i, said] of found.nodes.entries()) {
    assert.equal(said.available, true);
    assert.match(said.client, /Geth|geth/);
    assert.equal(said.chain_id, 31337);
    assert.equal(said.chain_ok, true);
    assert.equal(said.syncing, false);
    assert.equal(said.head, 4);
    assert.ok(said.head_age_sec < 60);
    assert.ok(said.latency_ns > 0);
    assert.equal(said.log_range, 1);
    assert.match(said.log_refusal, /limited to a 3 range/);
    assert.equal(said.base_fee_ok, true);
    assert.equal(said.multicall, false);
    assert.equal(said.heads, i < 2 ? true : null);
    assert.equal(said.logs, i < 2 ? true : null);
    assert.equal(said.pending, i < 2 ? 'full' : null);
  }
  assert.match(found.out, /none over HTTP/);
  assert.match(found.out, /limited to a 3 range/);
});

test('a node of another chain is fatal', async (t) => {
  const { ipc } = await node(t);
  const found = await online(t, { one: `{url: ${ipc}}` }, 'id: 1');
  assert.equal(found.code, 78);
  assert.match(found.out, /31337, but chain\.id is 1/);
  assert.equal(found.nodes[0].chain_ok, false);
});

test('what the chain does otherwise than configured is said', async (t) => {
  const { ipc, direct } = await node(t);
  await direct.call('anvil_setCode', '0xcA11bde05977b3631167028862bE2a173976CA11', '0x00');
  const found = await online(t, { one: `{url: ${ipc}}` }, 'id: 31337, elasticity: 6, base_fee_denominator: 250, mempool: none');
  assert.equal(found.code, 0, found.out + found.err);
  assert.equal(found.nodes[0].base_fee_ok, false);
  assert.equal(found.nodes[0].multicall, true);
  assert.match(found.out, /not as configured: see chain\.elasticity/);
  assert.match(found.out, /not wanted: see chain\.mempool/);
});

test('a node that is not there is told from the others', async (t) => {
  const { ipc } = await node(t);
  const found = await online(t, { one: `{url: ${ipc}}`, two: '{url: /nowhere/node.ipc}', three: "{url: 'http://127.0.0.1:1'}", four: "{url: 'ws://127.0.0.1:1'}" });
  assert.equal(found.code, 69);
  assert.deepEqual(found.nodes.map((n) => n.available), [true, false, false, false]);
  for (const lost of found.nodes.slice(1)) assert.notEqual(lost.fault, '');
  assert.match(found.out, /not available/);
});

test('a node that answers nonsense is no node', async (t) => {
  const server = await serveTexts({ listen: 0, onText: (session) => session.send('{"hello":1}') });
  t.after(() => server.close());
  const found = await online(t, { one: `{url: '${server.wsUrl}', timeout: 500 ms}`, two: `{url: '${server.url}', timeout: 500 ms}` });
  assert.equal(found.code, 69);
  assert.deepEqual(found.nodes.map((n) => n.available), [false, false]);
});

test('credentials appear nowhere', async (t) => {
  const { http } = await node(t);
  const found = await online(t, {
    one: `{url: '${http.replace('://', '://me:hush@')}/v3/HUSH?key=HUSH', header: 'X-Key: HUSH', jwt_secret: '${'ab'.repeat(32)}'}`,
    two: "{url: 'wss://me:hush@127.0.0.1:1/HUSH'}",
  });
  assert.equal(found.code, 69);
  assert.doesNotMatch(found.out + found.err + JSON.stringify(found.nodes), /hush|abab/i);
});

/** A node of chain 1 that answers by `answers`, a function where it is to do more. */
async function played(t, answers) {
  const server = await serveTexts({
    listen: 0,
    onText: (session, text) => {
      const { id, method } = JSON.parse(text);
      const answer = method in answers ? answers[method] : null;
      if (typeof answer === 'function') answer(session, id);
      else session.send(JSON.stringify({ jsonrpc: '2.0', id, result: answer }));
    },
  });
  t.after(() => server.close());
  return server;
}

const HEAD = {
  hash: `0x${'22'.repeat(32)}`, parentHash: `0x${'11'.repeat(32)}`, miner: `0x${'00'.repeat(20)}`, number: '0x10', timestamp: '0x1',
  gasLimit: '0x1c9c380', gasUsed: '0x0', baseFeePerGas: '0x7', logsBloom: `0x${'00'.repeat(256)}`, transactions: [],
};

test('what a node repeats of its secrets is hidden, and none of its words reach a terminal raw', async (t) => {
  const url = (server) => `${server.url.replace('://', '://me:hushhush@')}/v3/HUSHPATH?key=HUSHKEY`;
  const said = '\u001b[31m /v3/HUSHPATH?key=HUSHKEY hushhush Bearer HUSHTOKEN';
  const refused = await serveTexts({ listen: 0, onText: (session) => session.send(`Cannot POST ${said}`, { status: 404 }) });
  t.after(() => refused.close());
  const answers = { eth_chainId: '0x1', eth_getBlockByNumber: HEAD, web3_clientVersion: `geth ${said}${'z'.repeat(400)}` };
  const refuse = (session, id) => session.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: said } }));
  const talkative = await played(t, { ...answers, eth_getLogs: refuse });
  const cut = await played(t, { ...answers, web3_clientVersion: `${'z'.repeat(193)} HUSHPATH` });
  const node = (server) => `{url: '${url(server)}', header: 'Authorization: Bearer HUSHTOKEN'}`;
  const found = await online(t, { one: node(refused), two: node(talkative), three: node(cut) }, 'id: 1');
  assert.equal(found.code, 69);
  assert.doesNotMatch(found.out + found.err + JSON.stringify(found.nodes), /hush/i);
  assert.ok(!found.out.includes('\u001b'));
  assert.match(found.nodes[0].fault, /Cannot POST/);
  assert.match(found.nodes[1].client, /^geth .*zzz/);
  assert.notEqual(found.nodes[1].log_refusal, '');
});

test('a node that tells its chain id and then no more does not pass', async (t) => {
  const gone = (session) => session.destroy();
  const rest = { web3_clientVersion: gone, eth_syncing: gone, eth_getBlockByNumber: gone, eth_getCode: gone, eth_getLogs: gone };
  const dies = await played(t, { eth_chainId: '0x1', ...rest });
  const headless = await played(t, { eth_chainId: '0x1' });
  const found = await online(t, Object.fromEntries([dies.url, headless.url, dies.wsUrl].map((url, i) => [`n${i}`, `{url: '${url}', timeout: 200 ms}`])), 'id: 1');
  assert.equal(found.code, 69);
  assert.deepEqual(found.nodes.map((n) => n.available), [true, true, true]);
  for (const lost of found.nodes) {
    assert.notEqual(lost.fault, '');
    assert.equal(lost.head, null);
  }
  assert.match(found.nodes[1].fault, /eth_getBlockByNumber: answered with nonsense/);
  assert.match(found.out, /finalized +no answer/);
});

test('what proves nothing is not taken for a finding', async (t) => {
  const server = await played(t, { eth_chainId: '0x1', eth_getBlockByNumber: HEAD, eth_getLogs: null });
  const found = await online(t, { one: `{url: '${server.url}'}` }, 'id: 1');
  assert.equal(found.code, 69);
  assert.equal(found.nodes[0].base_fee_ok, null); // what came is not the parent
  assert.equal(found.nodes[0].log_range, null); // null is no list of logs
  assert.match(found.nodes[0].fault, /eth_getLogs: answered with nonsense/);
});

test('without nodes there is nothing to ask', async (t) => {
  const file = path.join(scratch(t), 'liqd.yaml');
  fs.writeFileSync(file, 'chain: {id: 1}\n');
  const { code, err } = await liqd('check', '--online', '--config', file);
  assert.equal(code, 78);
  assert.match(err, /name a node under nodes/);
});
