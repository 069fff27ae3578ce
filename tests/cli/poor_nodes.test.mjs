// What one is told whose node lacks something, by liqd run --dry-run and liqd positions. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mine } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { link, post } from '../devnet/lib/wire_client.mjs';
import { serveTexts } from '../devnet/lib/wire_server.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';

const { state, rpc } = await chain({ borrowers: 40 });
await mine(rpc, 6); // anvil has no states of the set-up

const WAIT_MS = 120_000;

/** A node in front of the chain that answers what `answer(request)` says, {result} or {error}, and passes on where that says nothing. */
async function poorNode(t, answer) {
  const wsUrl = state.http.replace(/^http/, 'ws');
  const upstreams = new WeakMap();
  const open = async (session) => {
    const upstream = await link(wsUrl);
    upstream.texts((text) => session.send(text));
    upstream.ended(() => session.destroy());
    session.onClose(() => upstream.close());
    return upstream;
  };
  const pass = async (session, text) => {
    if (session.transport === 'http') {
      session.send((await post(state.http, text)).text);
      return;
    }
    if (!upstreams.has(session)) upstreams.set(session, open(session));
    (await upstreams.get(session)).send(text);
  };
  // a batch goes one by one, so that each answer is ours or the chain's
  const one = async (request) => {
    const own = await answer(request);
    if (own) return { jsonrpc: '2.0', id: request.id, ...own };
    return JSON.parse((await post(state.http, JSON.stringify(request))).text);
  };
  const onText = async (session, text) => {
    const message = JSON.parse(text);
    const requests = Array.isArray(message) ? message : [message];
    if (requests.some(({ method }) => /^eth_(un)?subscribe$/.test(method))) return pass(session, text);
    const answers = await Promise.all(requests.map(one));
    return session.send(JSON.stringify(Array.isArray(message) ? answers : answers[0]));
  };
  const server = await serveTexts({ listen: 0, onText: (session, text) => onText(session, text).catch(() => session.destroy()) });
  t.after(() => server.close());
  return server;
}

/** Starts liqd; `run` resolves to its code and what it wrote; `until` waits for a pattern in what it says. */
function start(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  let ended = false;
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const run = once(child, 'close').then(([code]) => { ended = true; return { code, ...said }; });
  const until = async (pattern, meanwhile = () => sleep(20)) => {
    for (const end = Date.now() + WAIT_MS; !pattern.test(said.err);) {
      assert.ok(!ended && Date.now() < end, `${pattern} did not come: ${said.err.slice(-4000)}`);
      await meanwhile();
    }
  };
  return { child, run, until, said };
}
const liqd = (...args) => start(...args).run;

function config(t, options = {}, change = (text) => text) {
  const file = path.join(scratch(t), 'liqd.yaml');
  fs.writeFileSync(file, change(liqdConfig(state, options)), { mode: 0o600 });
  return file;
}

/** What liqd run --dry-run says until `pattern` and `work` are done; it ends well. */
async function dryRun(file, pattern, work = () => {}) {
  const daemon = start('run', '--dry-run', '--config', file);
  try {
    await daemon.until(pattern);
    await work(daemon);
  } finally {
    daemon.child.kill('SIGTERM');
  }
  const ended = await daemon.run;
  assert.equal(ended.code, 0, ended.err);
  return ended;
}

/** The line that a command ends with. */
const lastLine = (text) => text.trimEnd().split('\n').at(-1);

const SYNCING = { result: { startingBlock: '0x0', currentBlock: '0x5', highestBlock: '0x3e8' } };

test('over HTTP alone, heads are polled and nothing is missed', { timeout: 300_000 }, async (t) => {
  const file = config(t, { url: state.http });
  const all = await liqd('positions', '--config', file, '--all', '--json');
  assert.equal(all.code, 0, all.err);
  const { positions } = JSON.parse(all.out);
  const streamed = JSON.parse((await liqd('positions', '--config', config(t), '--all', '--json')).out);
  assert.deepEqual(positions.map(({ account }) => account), streamed.positions.map(({ account }) => account));
  const debug = config(t, { url: state.http }, (text) => `${text}\nlog: {level: debug, rate: 0}\n`);
  await dryRun(debug, /msg=settled/, async ({ until, said }) => {
    const before = said.err.match(/msg=settled/g).length;
    await mine(rpc, 2);
    await until(new RegExp(`(msg=settled[^]*){${before + 1}}`));
  });
});

test('a node that is still syncing is said, and not believed', { timeout: 300_000 }, async (t) => {
  let syncing = true;
  const { wsUrl, url } = await poorNode(t, ({ method }) => (method === 'eth_syncing' && syncing ? SYNCING : undefined));
  for (const node of [wsUrl, url]) {
    for (const args of [['positions'], ['run', '--dry-run', '--once']]) {
      const { code, err } = await liqd(...args, '--config', config(t, { url: node }));
      assert.equal(code, 69, err);
      assert.equal(lastLine(err), `liqd ${args[0]}: no node has the newest state: devnet is still syncing, at block 5 of 1000 or more: wait until it has caught up, or name another one under nodes`);
    }
  }
  // a daemon waits for it
  await dryRun(config(t, { url: wsUrl }), /a node cannot be begun with yet/, async ({ until, said }) => {
    await until(/msg="no node can be begun with: waiting" why="devnet is still syncing, at block 5 of 1000 or more"/);
    assert.doesNotMatch(said.err, /msg=phase/);
    syncing = false;
    await until(/following the chain/);
  });
});

test('one that is syncing does no harm beside one that is not', { timeout: 300_000 }, async (t) => {
  const BEHIND = 6; // too few for the pool to leave it alone
  const old = await rpc.call('eth_getBlockByNumber', [`0x${(Number(await rpc.call('eth_blockNumber')) - BEHIND).toString(16)}`, false]);
  const { wsUrl } = await poorNode(t, ({ method, params }) => {
    if (method === 'eth_syncing') return SYNCING;
    if (method === 'eth_blockNumber') return { result: old.number };
    if (method === 'eth_getBlockByNumber' && params[0] === 'latest') return { result: old };
    return undefined;
  });
  const good = await poorNode(t, () => sleep(20)); // the other one is faster
  const file = config(t, { url: wsUrl }, (text) => text.replace('\nmarkets:', `  good:\n    url: "${good.wsUrl}"\n\nmarkets:`));
  const { code, out, err } = await liqd('positions', '--config', file, '--json');
  assert.equal(code, 0, err);
  const { block } = JSON.parse(out);
  const head = Number(await rpc.call('eth_blockNumber'));
  assert.equal(block.number, head);
  const once = await liqd('run', '--dry-run', '--once', '--config', file);
  assert.equal(once.code, 0, once.err);
  const [, begun] = once.err.match(/phase="reading the structure" block=(\d+)/);
  assert.ok(head - begun <= 4, `begun at block ${begun}`);
});

test('one that refuses everything while it syncs is said', { timeout: 300_000 }, async (t) => {
  const { url } = await poorNode(t, ({ method }) => (method === 'eth_chainId' ? undefined : { error: { code: -32000, message: 'node is syncing' } }));
  const { code, err } = await liqd('positions', '--config', config(t, { url }));
  assert.equal(code, 69, err);
  assert.match(lastLine(err), /no node has the newest state: devnet is still syncing: wait until it has caught up/);
});

test('a node that has pruned logs is told what is missing', { timeout: 300_000 }, async (t) => {
  const { url } = await poorNode(t, ({ method }) => (method === 'eth_getLogs' ? { error: { code: 4444, message: 'pruned history unavailable' } } : undefined));
  for (const args of [['positions'], ['run', '--dry-run', '--once']]) {
    const { code, err } = await liqd(...args, '--config', config(t, { url }));
    assert.equal(code, 69, err);
    assert.match(lastLine(err), /^liqd \w+: markets\.aave_v36: logs from block \d+ on: blocks \d+ to \d+: no node gives them: block or state not there: name an archive node for the first start; with snapshot\.file later ones need none$/);
  }
});

test('a node without the state of its newest blocks is told what is missing', { timeout: 300_000 }, async (t) => {
  const { url } = await poorNode(t, ({ method }) => (method === 'eth_call' ? { error: { code: -32000, message: 'missing trie node 0xabc (path ) state 0xdef is not available' } } : undefined));
  for (const args of [['positions'], ['run', '--dry-run', '--once']]) {
    const { code, out, err } = await liqd(...args, '--config', config(t, { url }));
    assert.equal(code, 69, err);
    assert.equal(lastLine(err), `liqd ${args[0]}: no node has the state of its newest blocks: it is still syncing, or has lost it: wait, or name another one under nodes`);
    assert.doesNotMatch(out, /market/);
  }
});

test('a snapshot that is too old is said, with its age, and read anew', { timeout: 300_000 }, async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const AGO_SEC = 20 * 60;
  const { url } = await poorNode(t, async ({ method, params }) => {
    if (!/^eth_getBlockBy/.test(method)) return undefined;
    const block = await rpc.call(method, params);
    return { result: { ...block, timestamp: `0x${(Number(block.timestamp) - AGO_SEC).toString(16)}` } };
  });
  const first = await liqd('positions', '--config', config(t, { url, snapshot }));
  assert.equal(first.code, 0, first.err);
  const alone = await liqd('positions', '--config', config(t), '--snapshot', snapshot);
  assert.equal(alone.code, 0, alone.err);
  assert.match(alone.out, /^devnet, block \d+, \d+ min old\n/);
  const file = config(t, { snapshot }, (text) => text.replace(/every: 1 s/, 'every: 1 h\n  max_age: 2 min'));
  const again = await dryRun(file, /following the chain/);
  assert.match(again.err, /level=warn module=app msg="the snapshot is not used: everything is read anew" why="snapshot \\".*book\.snapshot\\": its block is \d+ min old, and snapshot\.max_age is 2 min"/);
  assert.doesNotMatch(again.err, /a snapshot is taken up/);
});

test('no node that answers is said, and waited for', { timeout: 300_000 }, async (t) => {
  const dead = config(t, { url: 'ws://127.0.0.1:1' }, (text) => text.replace(/url: (.*)/, 'url: $1\n    timeout: 500 ms'));
  for (const args of [['positions'], ['run', '--dry-run', '--once']]) {
    const { code, err } = await liqd(...args, '--config', dead);
    assert.equal(code, 69, err);
    assert.match(err, /msg="cannot connect" endpoint=devnet url=ws:\/\/127\.0\.0\.1:1 .*Connection refused/);
    assert.equal(lastLine(err), `liqd ${args[0]}: no node has told anything new for 2 s: devnet is down: liqd check --online tells what they can do`);
  }
  await dryRun(dead, /msg="no node can be begun with: waiting" why="devnet is down"/);
});

test('a node of another chain is refused', { timeout: 300_000 }, async (t) => {
  const file = config(t, {}, (text) => text.replace('id: 31337', 'id: 1'));
  for (const args of [['positions'], ['run', '--dry-run'], ['run', '--dry-run', '--once']]) {
    const { code, out, err } = await liqd(...args, '--config', file);
    assert.equal(code, 78, err);
    assert.doesNotMatch(out, /0x[0-9a-f]{40}/i);
    assert.equal(lastLine(err), `liqd ${args[0]}: no node is of the configured chain: devnet is of chain 31337, and chain.id is 1: name one that is under nodes, or set chain.id`);
  }
});
