// The strict proxy against anvil: its pool, its blocks, its reorgs, its three wires.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { startStrict } from '../lib/strict_proxy.mjs';
import { dialectOf } from '../lib/strict_dialects.mjs';
import { TxPool } from '../lib/strict_pool.mjs';
import { toNumber } from '../lib/wire.mjs';
import { post } from '../lib/wire_client.mjs';
import {
  LOGGER_CODE, accounts, anvil, anvilByFees, client, eventually, gwei, scratch, setBaseFee, setCode, signed, word,
} from './proxy_support.mjs';

const LOGGER = '0x00000000000000000000000000000000000010c0';

async function strict(t, options = {}) {
  const { url, kill } = await anvil(t);
  const proxy = await startStrict({ upstream: url, ...options });
  t.after(() => proxy.close());
  const node = await client(t, proxy.wsUrl);
  return { proxy, node, kill, direct: await client(t, url) };
}

/** A client that has heard all of what was sent up to now: answers follow notifications. */
const settle = (node) => node.call('eth_chainId');

async function send(node, ...raws) {
  const hashes = [];
  for (const raw of raws) hashes.push(await node.call('eth_sendRawTransaction', await raw));
  return hashes;
}

async function mined(node) {
  await node.call('evm_mine');
  return (await node.call('eth_getBlockByNumber', 'latest', false)).transactions;
}

const emit = (account, nonce, topic) =>
  signed(account, nonce, gwei(10), gwei(1), { to: LOGGER, data: word(topic), gas: 60000n });

test('a block is ordered by effective tip, not by fee cap, and by arrival on a tie', async (t) => {
  const { node } = await strict(t);
  await setBaseFee(node, gwei(5));
  const [a, b, c, d, low] = accounts;
  const hashes = await send(node,
    signed(a, 0, gwei(100), gwei(1)), // the highest cap
    signed(b, 0, gwei(7), gwei(3)), // effective 2
    signed(c, 0, gwei(9), gwei(4)), // effective 4
    signed(d, 0, gwei(20), gwei(1)), // ties with the first
    signed(low, 0, gwei(4), gwei(4))); // below the base fee
  assert.deepEqual(await mined(node), [hashes[2], hashes[1], hashes[0], hashes[3]]);
  assert.equal((await node.call('txpool_status')).pending, '0x1');
});

test('an account goes in nonce order, however its later transactions pay', async (t) => {
  const { node } = await strict(t);
  const [a, b] = accounts;
  const [a1, a0, b0] = await send(node,
    signed(a, 1, gwei(100), gwei(50)), signed(a, 0, gwei(100), gwei(1)), signed(b, 0, gwei(100), gwei(2)));
  assert.deepEqual(await mined(node), [b0, a0, a1]);
});

test('a transaction behind a gap waits, is queued and unannounced until the gap is filled', async (t) => {
  const { node } = await strict(t);
  const seen = [];
  await node.subscribe(['newPendingTransactions'], (hash) => seen.push(hash));
  const [a] = accounts;
  const [late] = await send(node, signed(a, 1, gwei(10), gwei(1)));
  assert.deepEqual(await mined(node), []);
  assert.deepEqual(await node.call('txpool_status'), { pending: '0x0', queued: '0x1' });
  assert.equal(await node.call('eth_getTransactionCount', a.address, 'pending'), '0x0');
  assert.deepEqual(seen, []);
  const [first] = await send(node, signed(a, 0, gwei(10), gwei(1)));
  await settle(node);
  assert.deepEqual(seen, [first, late]);
  assert.equal(await node.call('eth_getTransactionCount', a.address, 'pending'), '0x2');
  assert.deepEqual(await mined(node), [first, late]);
});

test('a replacement must raise both fields by ten per cent', async (t) => {
  const { node } = await strict(t);
  const [a] = accounts;
  const refused = { message: 'replacement transaction underpriced', code: -32000 };
  const [first] = await send(node, signed(a, 0, gwei(100), gwei(10)));
  for (const [cap, tip] of [[1000, 10], [100, 90], [110, 10.9], [109.9, 11], [200, 10.9]]) {
    await assert.rejects(send(node, signed(a, 0, gwei(cap), gwei(tip))), refused, `${cap} ${tip}`);
  }
  const [second] = await send(node, signed(a, 0, gwei(110), gwei(11)));
  assert.equal(await node.call('eth_getTransactionByHash', first), null);
  assert.deepEqual(await mined(node), [second]);
});

test('a pending transaction is found by its hash, in the count and in the pool', async (t) => {
  const { node, direct } = await strict(t);
  const full = [];
  await node.subscribe(['newPendingTransactions', true], (tx) => full.push(tx));
  const raw = await signed(accounts[0], 0, gwei(10), gwei(1));
  const [hash] = await send(node, raw);
  const found = await node.call('eth_getTransactionByHash', hash);
  assert.equal(found.blockHash, null);
  assert.equal(found.from, accounts[0].address.toLowerCase());
  assert.equal(await node.call('eth_getRawTransactionByHash', hash), raw);
  const own = accounts[0].address;
  assert.equal((await node.call('txpool_content')).pending[own][0].hash, hash);
  assert.equal((await node.call('txpool_contentFrom', own)).pending[0].hash, hash);
  assert.match((await node.call('txpool_inspect')).pending[own][0], /: 1 wei \+ 21000 gas × 10000000000 wei/);
  await settle(node);
  assert.deepEqual(full, [found]);
  await mined(node);
  const receipt = await node.call('eth_getTransactionReceipt', hash);
  assert.equal(receipt.status, '0x1');
  // the pending form agrees with what anvil shows of the same transaction
  const shown = await direct.call('eth_getTransactionByHash', hash);
  for (const field of ['hash', 'nonce', 'from', 'to', 'value', 'gas', 'input', 'r', 's', 'v', 'yParity', 'type',
    'chainId', 'maxFeePerGas', 'maxPriorityFeePerGas', 'accessList']) {
    assert.deepEqual(found[field], shown[field], field);
  }
});

test('a reorg takes logs back, oldest first, before the new blocks, and returns transactions to the pool', async (t) => {
  const { node } = await strict(t);
  await setCode(node, LOGGER, LOGGER_CODE);
  const heads = [];
  const logs = [];
  const others = [];
  await node.subscribe(['newHeads'], (head) => heads.push(head));
  await node.subscribe(['logs', { address: LOGGER }], (log) => logs.push(log));
  await node.subscribe(['logs', { topics: [word(999)] }], (log) => others.push(log));
  const hashes = [];
  for (let i = 0; i < 3; i += 1) {
    hashes.push(...await send(node, emit(accounts[0], i, i)));
    await node.call('evm_mine');
  }
  await settle(node);
  const before = logs.splice(0);
  assert.deepEqual(before.map((log) => [log.removed, toNumber(log.topics[0])]), [[false, 0], [false, 1], [false, 2]]);
  await node.call('anvil_reorg', 2, []);
  await settle(node);
  assert.deepEqual(logs.map((log) => [log.removed, log.blockHash, log.topics[0]]),
    before.slice(1).map((log) => [true, log.blockHash, log.topics[0]]));
  assert.deepEqual(heads.map((head) => toNumber(head.number)), [1, 2, 3, 2, 3]);
  assert.equal(heads[3].parentHash, heads[0].hash);
  assert.equal(heads[0].transactions, undefined);
  assert.equal((await node.call('txpool_status')).pending, '0x2');
  logs.length = 0;
  assert.deepEqual(await mined(node), hashes.slice(1));
  await settle(node);
  assert.deepEqual(logs.map((log) => log.removed), [false, false]);
  assert.deepEqual(others, []);
});

test('on request the logs of a reorg come out of order', async (t) => {
  const { node } = await strict(t, { reorgOrder: 'shuffled', seed: 7 });
  await setCode(node, LOGGER, LOGGER_CODE);
  for (let i = 0; i < 12; i += 1) {
    await send(node, emit(accounts[0], i, i));
    await node.call('evm_mine');
  }
  const logs = [];
  await node.subscribe(['logs', {}], (log) => logs.push(toNumber(log.topics[0])));
  await node.call('anvil_reorg', 10, []);
  await settle(node);
  const sorted = [...logs].sort((a, b) => a - b);
  assert.deepEqual(sorted, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.notDeepEqual(logs, sorted);
});

test('on request a reorg shows its last head only, as geth', async (t) => {
  const { node } = await strict(t, { reorgOrder: 'one-head' });
  await setCode(node, LOGGER, LOGGER_CODE);
  await send(node, emit(accounts[0], 0, 0));
  await node.call('anvil_mine', '0x3');
  const seen = [];
  await node.subscribe(['newHeads'], (head) => seen.push(toNumber(head.number)));
  await node.subscribe(['logs', {}], (log) => seen.push(log.removed));
  await node.call('anvil_reorg', 3, []);
  await settle(node);
  assert.deepEqual(seen, [true, 3]);
});

test('a reorg of 64 blocks and a rollback made at anvil itself are seen too', async (t) => {
  const { node, direct } = await strict(t);
  await setCode(node, LOGGER, LOGGER_CODE);
  const logs = [];
  const heads = [];
  await node.subscribe(['logs', {}], (log) => logs.push(log));
  await node.subscribe(['newHeads'], (head) => heads.push(head.number));
  await node.call('anvil_mine', '0x2');
  await send(node, emit(accounts[0], 0, 5));
  await node.call('evm_mine');
  await node.call('anvil_mine', '0x46');
  await settle(node);
  assert.equal(heads.length, 73);
  await direct.call('anvil_reorg', 71, []);
  assert.ok(await eventually(() => logs.some((log) => log.removed)));
  // The transaction again, in the first block behind its coming back to the pool.
  const mined = async () => {
    await node.call('evm_mine');
    await settle(node);
    return logs.length > 2;
  };
  assert.ok(await eventually(mined));
  assert.deepEqual(logs.map((log) => log.removed), [false, true, false]);
  await node.call('anvil_rollback', 1);
  await settle(node);
  assert.deepEqual(logs.map((log) => log.removed), [false, true, false, true]);
});

test('anvil keeps its own blocks; those that someone mines at anvil arrive as heads', async (t) => {
  const { node, direct } = await strict(t);
  const heads = [];
  await node.subscribe(['newHeads'], (head) => heads.push(head.hash));
  await direct.call('evm_mine');
  assert.ok(await eventually(() => heads.length === 1));
});

test('blocks come by themselves with automine and with a block time', async (t) => {
  const { node, direct } = await strict(t, { automine: true });
  await send(node, signed(accounts[0], 0, gwei(10), gwei(1)));
  assert.equal(await node.call('eth_blockNumber'), '0x1');
  const [past] = await send(direct, signed(accounts[1], 0, gwei(10), gwei(1))); // past the proxy
  assert.ok(await eventually(() => node.call('eth_getTransactionReceipt', past)));
  assert.equal(await node.call('eth_blockNumber'), '0x2');
  await node.call('evm_setAutomine', false);
  await send(node, signed(accounts[0], 1, gwei(10), gwei(1)));
  assert.equal(await node.call('eth_blockNumber'), '0x2');
  await node.call('evm_setIntervalMining', 0.05);
  assert.ok(await eventually(async () => toNumber(await node.call('eth_blockNumber')) >= 4));
  await node.call('evm_setIntervalMining', 0);
  assert.equal(await node.call('eth_getTransactionCount', accounts[0].address, 'latest'), '0x2');
});

test('what has a gap before it is never chosen for a block', async () => {
  const pool = new TxPool({ dialect: dialectOf('geth'), poolMax: 10, minTip: 0n, feeMax: 0n });
  const tx = { from: '0xa', to: '0xb', gas: 21000n, feeCap: 5n, tip: 1n, value: 0n, data: '0x', accessList: [], authorizationList: [] };
  const account = { nonce: 3, balance: 10n ** 18n };
  for (const nonce of [3, 4, 6]) pool.add({ ...tx, nonce, hash: String(nonce) }, account, 30000000n);
  const chosen = (nonce) => pool.select({ baseFee: 1n, gasLimit: 30000000n, nonces: new Map([['0xa', nonce]]) }).map(({ hash }) => hash);
  assert.deepEqual(chosen(3), ['3', '4']);
  assert.deepEqual(chosen(2), []);
  assert.deepEqual(chosen(6), ['6']);
});

test('a full pool drops its cheapest for a better one and refuses a worse one', async (t) => {
  const { node } = await strict(t, { poolMax: 2 });
  const [a, b, c, d] = accounts;
  const [cheap, good] = await send(node, signed(a, 0, gwei(10), gwei(1)), signed(b, 0, gwei(10), gwei(3)));
  await assert.rejects(send(node, signed(c, 0, gwei(10), gwei(1))), { message: 'transaction underpriced' });
  const [better] = await send(node, signed(d, 0, gwei(10), gwei(2)));
  assert.equal(await node.call('eth_getTransactionByHash', cheap), null);
  assert.deepEqual(await mined(node), [good, better]);
});

test('what the sender cannot pay any more leaves the pool, the rest is mined', async (t) => {
  const { node, direct } = await strict(t);
  const [a, b] = accounts;
  await send(node, signed(a, 0, gwei(10), gwei(9)));
  const [good] = await send(node, signed(b, 0, gwei(10), gwei(1)));
  await direct.call('anvil_setBalance', a.address, '0x1');
  assert.deepEqual(await mined(node), [good]);
  assert.equal((await node.call('txpool_status')).pending, '0x0');
});

test('HTTP single and batch, WebSocket and IPC give the same answers', async (t) => {
  const ipc = path.join(scratch(t), 'node.ipc');
  const { proxy, node } = await strict(t, { ipc });
  const overIpc = await client(t, ipc);
  const overHttp = await client(t, proxy.url);
  const heads = [];
  const id = await overIpc.subscribe(['newHeads'], (head) => heads.push(head.number));
  await overHttp.call('evm_mine');
  await settle(overIpc);
  assert.deepEqual(heads, ['0x1']);
  assert.equal(await overIpc.call('eth_unsubscribe', id), true);
  await overHttp.call('evm_mine');
  await settle(overIpc);
  assert.deepEqual(heads, ['0x1']);
  await assert.rejects(node.call('eth_unsubscribe', id), { message: 'subscription not found' });
  await assert.rejects(overHttp.call('eth_subscribe', 'newHeads'), { message: 'notifications not supported' });
  for (const wire of [node, overIpc, overHttp]) {
    assert.equal(await wire.call('eth_blockNumber'), '0x2');
    const batch = await wire.batch([['eth_blockNumber'], ['debug_nosuch'], ['eth_chainId']]);
    assert.deepEqual(batch.map((one) => one.result ?? one.error.code), ['0x2', -32601, '0x7a69']);
  }
  const bad = await post(proxy.url, '{"jsonrpc"');
  assert.equal(JSON.parse(bad.text).error.code, -32700);
  assert.equal(JSON.parse((await post(proxy.url, '[]')).text).error.code, -32600);
});

test('a node has no accounts of its own, no filters and an own name', async (t) => {
  const { node } = await strict(t, { dialect: 'reth' });
  assert.deepEqual(await node.call('eth_accounts'), []);
  for (const method of ['eth_sendTransaction', 'eth_newFilter', 'eth_getFilterChanges', 'personal_sign']) {
    await assert.rejects(async () => node.call(method, {}), { code: -32601 });
  }
  assert.match(await node.call('web3_clientVersion'), /^reth\//);
});

test('429 with and without Retry-After, over HTTP as a status', async (t) => {
  const { proxy, node } = await strict(t);
  proxy.set({ rate: 0.001, retryAfter: 7 });
  const ask = () => post(proxy.url, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber' }));
  assert.equal((await ask()).status, 200);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '7');
  assert.equal(JSON.parse(refused.text).error.code, -32005);
  await node.call('strict_set', { rate: 0, retryAfter: null });
  const bare = await ask();
  assert.equal(bare.status, 429);
  assert.equal(bare.headers['retry-after'], undefined);
  await assert.rejects(node.call('eth_blockNumber'), { code: -32005, message: 'rate limit exceeded' });
  proxy.set({ rate: 3 });
  for (let i = 0; i < 3; i += 1) assert.equal((await ask()).status, 200);
  proxy.set({ rate: null });
  for (let i = 0; i < 9; i += 1) assert.equal((await ask()).status, 200);
});

test('bad starts say what is wrong and leave nothing running', async (t) => {
  await assert.rejects(startStrict({ upstream: await anvilByFees(t) }), /orders by fees: start it with --order fifo/);
  await assert.rejects(startStrict({ upstream: 'http://127.0.0.1:1' }), /127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
  const good = await anvil(t);
  await assert.rejects(startStrict({ upstream: good.url, dialect: 'parity' }), /no dialect parity: use one of geth,/);
  const proxy = await startStrict({ upstream: good.url });
  t.after(() => proxy.close());
  await assert.rejects(startStrict({ upstream: good.url, listen: proxy.port }), /is in use/);
  await assert.rejects(async () => proxy.set({ refuse: 'nosuch' }), /no refusal nosuch/);
});

test('the end of anvil is told and ends the proxy; the end of the proxy gives its mining back', async (t) => {
  let ended = 0;
  const { proxy, kill, direct } = await strict(t, { onEnd: () => { ended += 1; } });
  assert.equal(await direct.call('anvil_getAutomine'), false);
  kill();
  assert.ok(await eventually(() => ended === 1));
  await assert.rejects(post(proxy.url, '{}'));
  const other = await anvil(t);
  const second = await startStrict({ upstream: other.url });
  await second.close();
  const left = await client(t, other.url);
  assert.equal(await left.call('anvil_getAutomine'), true);
  await left.call('evm_setIntervalMining', 60);
  const third = await startStrict({ upstream: other.url });
  assert.equal(await left.call('anvil_getIntervalMining'), null);
  await third.close();
  assert.equal(await left.call('anvil_getIntervalMining'), 60);
});
