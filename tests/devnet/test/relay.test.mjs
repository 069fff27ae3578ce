// The relay stub behind the strict proxy's block building.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { keccak256, toBytes } from 'viem';
import { startRelay } from '../lib/relay_stub.mjs';
import { BundleBook } from '../lib/strict_bundles.mjs';
import { startStrict } from '../lib/strict_proxy.mjs';
import { toHex, toNumber } from '../lib/wire.mjs';
import { post } from '../lib/wire_client.mjs';
import {
  BRIBE_CODE, LOGGER_CODE, REVERT_CODE, accounts, anvil, client, eventually, gwei, setBaseFee, setCode, signed,
} from './proxy_support.mjs';

const REVERTER = '0x000000000000000000000000000000000000dead';
const BRIBER = '0x000000000000000000000000000000000000b01b';
const ONCE = '0x0000000000000000000000000000000000000ce1';
/** Code that succeeds once, and reverts from the second call on. */
const ONCE_CODE = '0x5f54600a5760015f55005b5f5ffd';
const [a, b, c, d, signer] = accounts;

async function relayed(t) {
  const { url } = await anvil(t);
  const strict = await startStrict({ upstream: url });
  t.after(() => strict.close());
  const relay = await startRelay({ upstream: strict.url });
  t.after(() => relay.close());
  const node = await client(t, strict.wsUrl);
  await setCode(node, REVERTER, REVERT_CODE);
  await setCode(node, BRIBER, BRIBE_CODE);
  await setCode(node, ONCE, ONCE_CODE);
  return { relay, node, ask: (method, ...params) => askRelay(relay.url, method, params) };
}

async function signatureOf(body) {
  return `${signer.address}:${await signer.signMessage({ message: keccak256(toBytes(body)) })}`;
}

async function askRelay(url, method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 3, method, params });
  const { text } = await post(url, body, { headers: { 'x-flashbots-signature': await signatureOf(body) } });
  const answer = JSON.parse(text);
  if (answer.error) throw new Error(answer.error.message);
  return answer.result;
}

async function mined(node) {
  await node.call('evm_mine');
  return (await node.call('eth_getBlockByNumber', 'latest', false)).transactions;
}

const call = (account, nonce, to, tip = gwei(1), more = {}) =>
  signed(account, nonce, gwei(100), tip, { to, gas: 60000n, value: 0n, ...more });

const target = async (node, ahead = 1) => toHex(toNumber(await node.call('eth_blockNumber')) + ahead);

test('the signature over the body is required and verified', async (t) => {
  const { relay } = await relayed(t);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'eth_nosuch', params: [] });
  const good = await signatureOf(body);
  const answerTo = async (headers, sent = body) => {
    const { error, id } = JSON.parse((await post(relay.url, sent, { headers })).text);
    return `${id} ${error.code} ${error.message}`;
  };
  const bad = 'null -32600 invalid signature provided: ';
  assert.equal(await answerTo({ 'x-flashbots-signature': good }), '3 -32601 method not found');
  assert.equal(await answerTo({ 'x-flashbots-signature': good.toLowerCase() }), '3 -32601 method not found');
  assert.equal(await answerTo({}), 'null -32600 no signature provided');
  assert.equal(await answerTo({ 'x-flashbots-signature': good }, `${body} `), `${bad}signing address mismatch`);
  assert.equal(await answerTo({ 'x-flashbots-signature': good.replace(/^[^:]*/, a.address) }), `${bad}signing address mismatch`);
  assert.equal(await answerTo({ 'x-flashbots-signature': 'zz' }), `${bad}missing separator`);
  assert.match(await answerTo({ 'x-flashbots-signature': `${a.address}:0x1234` }), /^null -32600 invalid signature provided: /);
});

test('a bundle lands in its target block only, at the top, in its order', async (t) => {
  const { node, ask } = await relayed(t);
  const raws = [await call(a, 0, b.address), await call(b, 0, a.address)];
  const { bundleHash } = await ask('eth_sendBundle', { txs: raws, blockNumber: await target(node, 2) });
  assert.match(bundleHash, /^0x[0-9a-f]{64}$/);
  const publicRaw = await call(c, 0, a.address, gwei(50));
  assert.deepEqual(await mined(node), []);
  await node.call('eth_sendRawTransaction', publicRaw);
  assert.deepEqual(await mined(node), [...raws, publicRaw].map((raw) => keccak256(raw)));
});

test('a bundle whose target has passed never lands', async (t) => {
  const { node, ask } = await relayed(t);
  await ask('eth_sendBundle', { txs: [await call(a, 0, b.address)], blockNumber: await target(node, 0) });
  await ask('eth_sendBundle', { txs: [await call(b, 0, b.address)], blockNumber: await target(node, 3) });
  await node.call('anvil_mine', '0x2');
  await setBaseFee(node, gwei(200)); // nothing can pay in its block
  assert.deepEqual(await mined(node), []);
  await setBaseFee(node, gwei(1));
  assert.deepEqual(await mined(node), []);
});

test('a bundle with a revert lands only where that revert is allowed', async (t) => {
  const { node, ask } = await relayed(t);
  const raws = [await call(a, 0, b.address), await call(b, 0, REVERTER)];
  await ask('eth_sendBundle', { txs: raws, blockNumber: await target(node) });
  assert.deepEqual(await mined(node), []);
  const revertingTxHashes = [keccak256(raws[1])];
  await ask('eth_sendBundle', { txs: raws, blockNumber: await target(node), revertingTxHashes });
  assert.deepEqual(await mined(node), raws.map((raw) => keccak256(raw)));
  assert.equal((await node.call('eth_getTransactionReceipt', revertingTxHashes[0])).status, '0x0');
});

test('a bundle with one part that cannot be in the block does not land at all', async (t) => {
  const { node, ask } = await relayed(t);
  for (const part of [
    await call(a, 1, b.address), // out of turn
    await call(a, 0, b.address, 0n, { value: 10n ** 23n }), // without the money
    await call(a, 0, b.address, 0n, { maxFeePerGas: 1n }), // below the base fee
  ]) {
    await ask('eth_sendBundle', { txs: [part, await call(b, 0, a.address)], blockNumber: await target(node) });
    assert.deepEqual(await mined(node), []);
  }
});

test('bundles that have had their block are forgotten', async () => {
  const book = new BundleBook();
  const add = () => book.add({ items: [], firstBlock: 1, lastBlock: 1, minTime: 0, maxTime: Infinity });
  for (let i = 0; i < 1000; i += 1) add();
  assert.throws(add, /more than 1000 bundles wait/);
  await book.choose(null, { number: 2, time: 0 });
  add();
});

test('a reorg does not make a bundle public', async (t) => {
  const { node, ask } = await relayed(t);
  await ask('eth_sendBundle', { txs: [await call(a, 0, b.address)], blockNumber: await target(node) });
  assert.equal((await mined(node)).length, 1);
  await node.call('anvil_reorg', 1, []);
  assert.deepEqual(await node.call('txpool_status'), { pending: '0x0', queued: '0x0' });
});

test('of two bundles for one prize the better payer lands, by tip or by payment to the producer', async (t) => {
  const { node, ask } = await relayed(t);
  const byTip = await call(a, 0, ONCE, gwei(3));
  const byBribe = [await call(b, 0, ONCE, gwei(1)), await call(b, 1, BRIBER, gwei(1), { value: 10n ** 15n })];
  const blockNumber = await target(node);
  await ask('eth_sendBundle', { txs: [byTip], blockNumber });
  await ask('eth_sendBundle', { txs: byBribe, blockNumber });
  assert.deepEqual(await mined(node), byBribe.map((raw) => keccak256(raw)));
});

test('a bundle can follow a transaction of the public pool', async (t) => {
  const { node, ask } = await relayed(t);
  await setCode(node, ONCE, LOGGER_CODE);
  const [first, second, behind] = [await call(a, 0, ONCE), await call(c, 0, ONCE, gwei(90)), await call(b, 0, ONCE)];
  const hash = await node.call('eth_sendRawTransaction', first);
  await node.call('eth_sendRawTransaction', second);
  const body = [{ hash }, { bundle: { body: [{ tx: behind, canRevert: false }] } }];
  const block = await target(node);
  await ask('mev_sendBundle', { version: 'v0.1', inclusion: { block, maxBlock: toHex(5) }, body });
  assert.deepEqual(await mined(node), [first, behind, second].map((raw) => keccak256(raw)));
  assert.equal((await node.call('txpool_status')).pending, '0x0');
  const missing = [{ hash: keccak256('0x') }, { tx: await call(d, 0, ONCE) }];
  await ask('mev_sendBundle', { version: 'v0.1', inclusion: { block: await target(node) }, body: missing });
  assert.deepEqual(await mined(node), []);
});

test('a private transaction is seen by nobody, lands unless it reverts, and expires', async (t) => {
  const { node, ask } = await relayed(t);
  const seen = [];
  await node.subscribe(['newPendingTransactions'], (hash) => seen.push(hash));
  const raw = await call(a, 0, b.address);
  assert.equal(await ask('eth_sendPrivateTransaction', { tx: raw }), keccak256(raw));
  assert.equal(await node.call('eth_getTransactionByHash', keccak256(raw)), null);
  assert.equal(await node.call('eth_getTransactionCount', a.address, 'pending'), '0x0');
  await ask('eth_sendPrivateTransaction', { tx: await call(b, 0, REVERTER) });
  assert.deepEqual(await mined(node), [keccak256(raw)]);
  assert.deepEqual(seen, []);
  await setBaseFee(node, gwei(200));
  await ask('eth_sendPrivateTransaction', { tx: await call(c, 0, b.address), maxBlockNumber: await target(node) });
  assert.deepEqual(await mined(node), []);
  await setBaseFee(node, gwei(1));
  assert.deepEqual(await mined(node), []);
});

test('eth_callBundle foretells gas and payment, and names reverts and nonces', async (t) => {
  const { node, ask } = await relayed(t);
  const txs = [await call(a, 0, ONCE, gwei(2)), await call(b, 0, BRIBER, gwei(1), { value: 12345n })];
  const blockNumber = await target(node);
  const told = await ask('eth_callBundle', { txs, blockNumber, stateBlockNumber: 'latest' });
  const { miner } = await node.call('eth_getBlockByNumber', 'pending', false);
  const before = BigInt(await node.call('eth_getBalance', miner, 'latest'));
  await ask('eth_sendBundle', { txs, blockNumber });
  assert.equal((await mined(node)).length, 2);
  const gained = BigInt(await node.call('eth_getBalance', miner, 'latest')) - before;
  assert.equal(told.coinbaseDiff, String(gained));
  assert.equal(told.ethSentToCoinbase, '12345');
  for (const [i, raw] of txs.entries()) {
    const receipt = await node.call('eth_getTransactionReceipt', keccak256(raw));
    assert.equal(told.results[i].gasUsed, toNumber(receipt.gasUsed));
    assert.equal(told.results[i].txHash, receipt.transactionHash);
  }
  const next = await target(node);
  const again = await ask('eth_callBundle', { txs: [await call(c, 0, ONCE)], blockNumber: next });
  assert.equal(again.results[0].error, 'execution reverted');
  await assert.rejects(ask('eth_callBundle', { txs: [await call(a, 0, ONCE)], blockNumber: next }), /nonce too low: .*tx: 0 state: 1/);
});

test('what the stub does not know or understand it refuses', async (t) => {
  const { ask } = await relayed(t);
  const txs = [await call(a, 0, b.address)];
  await assert.rejects(ask('eth_sendBundle', { txs, blockNumber: '0x1', builders: [] }), /does not know builders/);
  await assert.rejects(ask('eth_sendBundle', { txs, blockNumber: 1 }), /blockNumber: 1 is no block number/);
  await assert.rejects(ask('eth_sendBundle', { txs: [], blockNumber: '0x1' }), /txs: a list/);
  await assert.rejects(ask('eth_sendBundle', { txs: ['0x02c0'], blockNumber: '0x1' }), /^Error: rlp: /);
  await assert.rejects(ask('mev_sendBundle', { version: 'v9', inclusion: { block: '0x1' } }), /version: v9/);
  await assert.rejects(ask('mev_sendBundle', { version: 'v0.1', validity: {} }), /does not know validity/);
  await assert.rejects(ask('eth_sendBundle'), /an object is missing/);
  await assert.rejects(ask('mev_simBundle', {}), /method not found/);
});

test('before anything but a strict proxy it does not start', async (t) => {
  const { url } = await anvil(t);
  await assert.rejects(startRelay({ upstream: url }), /is no strict proxy \(.*\): start one with devnet strict/);
  await assert.rejects(startRelay({ upstream: 'http://127.0.0.1:1' }), /does not answer \(ECONNREFUSED\)/);
});

test('the end of the strict proxy is told and ends the relay', async (t) => {
  const { url } = await anvil(t);
  const strict = await startStrict({ upstream: url });
  let ended = false;
  const relay = await startRelay({ upstream: strict.url, onEnd: () => { ended = true; } });
  await strict.close();
  assert.ok(await eventually(() => ended));
  await assert.rejects(post(relay.url, '{}'));
});

test('a bundle takes the place of one of its name, and is cancelled by it', async (t) => {
  const { node, ask } = await relayed(t);
  const blockNumber = await target(node);
  const old = await call(a, 0, signer.address);
  const other = await call(b, 0, signer.address);
  await ask('eth_sendBundle', { txs: [old], blockNumber, replacementUuid: 'one' });
  await ask('eth_sendBundle', { txs: [other], blockNumber, replacementUuid: 'one' });
  assert.equal((await mined(node)).length, 1);
  const next = await call(c, 0, signer.address);
  await ask('eth_sendBundle', { txs: [next], blockNumber: await target(node), replacementUuid: 'two' });
  await ask('eth_cancelBundle', { replacementUuid: 'two' });
  const hash = await ask('eth_sendPrivateTransaction', { tx: next });
  await ask('eth_cancelPrivateTransaction', { txHash: hash });
  assert.deepEqual(await mined(node), []);
});
