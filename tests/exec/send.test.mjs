// What is taken is signed, recorded, sent, mined and final; and all that can come between.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CONTRACT, GWEI, accountOf, basics, mineUntil, refuse, scratch, startChain, startSender, startStub, until } from './sender.mjs';

const DATA = (first) => `0x${first}000000`;

test('what is taken is mined and final, with what it gained', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, basics(chain, scratch(t)));
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('11') });
  const attempt = await sender.wait({ what: 'attempt' });
  const receipt = await sender.wait({ what: 'receipt' });
  assert.equal(receipt.hash, attempt.hash);
  const told = await chain.rpc.call('eth_getTransactionReceipt', [attempt.hash]);
  assert.equal(receipt.ok, 1);
  assert.equal(receipt.gas, Number(told.gasUsed));
  assert.equal(receipt.price, String(BigInt(told.effectiveGasPrice)));
  assert.equal(receipt.repaid, '7');
  assert.equal(receipt.seized, '9');
  assert.equal(receipt.gain_token, CONTRACT);
  assert.equal(receipt.gain, '1000');
  const mined = await sender.wait({ what: 'outcome', kind: 'mined' });
  assert.equal(mined.gas, receipt.gas);
  assert.equal(mined.seized, '9');
  await chain.mine(6);
  await sender.wait({ what: 'outcome', kind: 'final' });
  const ended = sender.all('ended').at(-1);
  const cost = BigInt(told.gasUsed) * BigInt(told.effectiveGasPrice) * 2n; // dollars a coin
  assert.equal(BigInt(ended.net), 2000n * 10n ** 18n - cost);
  const stat = await sender.stat();
  for (const stage of ['signed', 'recorded', 'written', 'mined_blk']) assert.equal(stat[stage].cnt, 1, stage);
  assert.equal(await sender.stop(), 'code 0');
});

test('what reverts says why, by a trace and by a call, and when it ran out of gas', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, basics(chain, scratch(t)));
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('22') });
  const receipt = await sender.wait({ what: 'receipt' });
  assert.equal(receipt.ok, 0);
  assert.equal(receipt.why, 'nope');
  assert.equal(receipt.paid, '0');
  await sender.wait({ what: 'outcome', kind: 'reverted' });
  sender.take(2, { data: DATA('33'), value: 5 });
  const burnt = await sender.wait({ what: 'receipt', nonce: 1 });
  assert.match(burnt.why, /^out of gas/);
  assert.equal(burnt.gas, 130000);
  await sender.wait({ what: 'outcome', kind: 'reverted', intent: 2 });
  const net = BigInt(sender.all('ended').at(-1).net);
  assert.equal(net, -BigInt(burnt.gas) * BigInt(burnt.price) * 2n);
});

test('a revert is explained where no node traces', async (t) => {
  const chain = await startChain(t);
  const node = await startStub(t, chain, { debug_traceTransaction: () => refuse(-32601, 'the method does not exist') });
  const sender = startSender(t, { ...basics(chain, scratch(t)), endpoint: `node,rt,${node.url}` });
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('22') });
  const receipt = await sender.wait({ what: 'receipt' });
  assert.equal(receipt.why, 'nope (by a call at the block before)');
});

test('a simulation that reverts keeps it at home', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, { ...basics(chain, scratch(t)), simulate: 1 });
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('22') });
  await sender.wait({ what: 'outcome', kind: 'simulation reverted' });
  const ended = await sender.wait({ what: 'ended' });
  assert.match(ended.why, /nope/);
  sender.take(2, { data: DATA('11') });
  await sender.wait({ what: 'outcome', kind: 'mined', intent: 2 });
  assert.equal(sender.all('attempt').length, 1);
});

test('a reorg that takes ours back is undone by mining it again', async (t) => {
  const chain = await startChain(t);
  await chain.mine(3);
  const sender = startSender(t, { ...basics(chain, scratch(t)), 'final-blk': 8 });
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('11'), blocks: 16 });
  const mined = await sender.wait({ what: 'outcome', kind: 'mined' });
  await chain.mine(1);
  await chain.rpc.call('anvil_reorg', [2, []]);
  await chain.mine(1);
  await sender.wait({ what: 'outcome', kind: 'unmined' });
  const from = sender.said.length;
  await sender.wait({ what: 'outcome', kind: 'mined' }, { from: from - 5 });
  assert.equal(new Set(sender.all('attempt').map(({ nonce }) => nonce)).size, 1);
  await chain.mine(10);
  await sender.wait({ what: 'outcome', kind: 'final' });
  assert.equal(mined.intent, 1);
});

test('what is not mined is replaced, and cancelled when its blocks have passed', async (t) => {
  const chain = await startChain(t, { automine: false });
  const sender = startSender(t, basics(chain, scratch(t)));
  await sender.wait({ what: 'ready' });
  sender.take(1, { data: DATA('11'), tip: GWEI, most: 200n * GWEI, blocks: 4 });
  const first = await sender.wait({ what: 'attempt' });
  await until(async () => (await chain.pool()).length === 1);
  // a block that does not take it: anvil drops it from its pool, and it comes again
  await chain.rpc.call('anvil_dropTransaction', [first.hash]);
  await chain.mine(1);
  const second = await sender.wait({ what: 'attempt', number: 1 });
  assert.ok(BigInt(second.max_fee) * 8n >= BigInt(first.max_fee) * 9n);
  assert.ok(BigInt(second.tip) * 8n >= BigInt(first.tip) * 9n);
  assert.equal(second.use, 'liquidate');
  for (let i = 0; i < 6 && !sender.all('attempt').some(({ use }) => use === 'cancel'); i += 1) {
    await chain.rpc.call('anvil_dropAllTransactions');
    await chain.mine(1);
    await pause(300);
  }
  const cancel = await sender.wait({ what: 'attempt', use: 'cancel' });
  assert.equal(cancel.nonce, first.nonce);
  assert.equal(cancel.gas_limit, 21000);
  await mineUntil(chain, sender, { what: 'outcome', kind: 'cancelled' });
});

test('a drop cancels', async (t) => {
  const chain = await startChain(t, { automine: false });
  const sender = startSender(t, basics(chain, scratch(t)));
  await sender.wait({ what: 'ready' });
  sender.take(1, { blocks: 16 });
  await sender.wait({ what: 'attempt' });
  sender.tell('drop', 1);
  // a block that might have had it, were it not too dear for it
  await chain.rpc.call('anvil_setNextBlockBaseFeePerGas', [`0x${(10n ** 13n).toString(16)}`]);
  await chain.mine(1);
  await chain.rpc.call('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
  await sender.wait({ what: 'attempt', use: 'cancel' });
  await mineUntil(chain, sender, { what: 'outcome', kind: 'cancelled' });
});

test('a foreign transaction on our nonce halts the sender', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, basics(chain, scratch(t)));
  await sender.wait({ what: 'ready' });
  await chain.rpc.call('eth_sendTransaction', [{ from: accountOf('alice').address, to: CONTRACT, data: '0x44', gas: '0x30000' }]);
  const halt = await sender.wait({ what: 'halt', halted: 1 });
  assert.ok(halt.why);
  sender.take(1);
  await sender.wait({ what: 'outcome', kind: 'refused' });
  assert.equal(sender.all('attempt').length, 0);
  sender.tell('resume');
  await sender.wait({ what: 'halt', halted: 0 });
  sender.take(2);
  await sender.wait({ what: 'outcome', kind: 'mined', intent: 2 });
  assert.equal(sender.all('attempt').at(-1).nonce, 1);
});

test('killed and started again it goes on where it was', async (t) => {
  const chain = await startChain(t, { automine: false });
  const folder = scratch(t);
  const first = startSender(t, basics(chain, folder));
  await first.wait({ what: 'ready' });
  first.take(1, { blocks: 30 });
  const attempt = await first.wait({ what: 'attempt' });
  await first.kill();
  await chain.mine(1); // mined while nobody looks, or not
  const second = startSender(t, basics(chain, folder));
  await second.wait({ what: 'ready' });
  await mineUntil(chain, second, { what: 'receipt' });
  assert.equal(second.all('receipt')[0].hash, attempt.hash);
  const from = second.said.length;
  second.take(2);
  const next = await second.wait({ what: 'attempt' }, { from });
  assert.equal(next.nonce, attempt.nonce + 1);
  await mineUntil(chain, second, { what: 'outcome', kind: 'mined', intent: 2 });
});

test('killed before anything left, the same bytes go', async (t) => {
  const chain = await startChain(t, { automine: false });
  const folder = scratch(t);
  const first = startSender(t, basics(chain, folder));
  await first.wait({ what: 'ready' });
  first.take(1, { blocks: 30 });
  const attempt = await first.wait({ what: 'attempt' });
  await first.kill();
  await chain.rpc.call('anvil_dropAllTransactions');
  const second = startSender(t, basics(chain, folder));
  await until(async () => (await chain.pool()).length > 0);
  const nonces = (await chain.pool()).map(({ nonce }) => Number(nonce));
  assert.deepEqual(nonces, [attempt.nonce]);
  await chain.mine(2);
  await second.wait({ what: 'state', nonce: attempt.nonce, state: 'mined' });
});

test('a used nonce without a journal is refused without the word for it', async (t) => {
  const chain = await startChain(t);
  await chain.rpc.call('eth_sendTransaction', [{ from: accountOf('alice').address, to: accountOf('bob').address, value: '0x1' }]);
  const sender = startSender(t, basics(chain, scratch(t)));
  const halt = await sender.wait({ what: 'halt', halted: 1 });
  assert.ok(halt.why);
  await sender.kill();
  const allowed = startSender(t, { ...basics(chain, scratch(t)), 'allow-used': 1 });
  await allowed.wait({ what: 'ready' });
  allowed.take(1);
  await allowed.wait({ what: 'outcome', kind: 'mined' });
  assert.equal(allowed.all('attempt')[0].nonce, 1);
});

test('whatever the base fee does, the cap holds', async (t) => {
  const chain = await startChain(t, { automine: false });
  const cap = 50n * GWEI;
  const sender = startSender(t, { ...basics(chain, scratch(t)), 'max-fee': cap });
  await sender.wait({ what: 'ready' });
  sender.take(1, { most: 1000n * GWEI, blocks: 12 });
  const first = await sender.wait({ what: 'attempt' });
  await chain.rpc.call('anvil_dropTransaction', [first.hash]);
  const { baseFeePerGas } = await chain.block();
  await chain.rpc.call('anvil_setNextBlockBaseFeePerGas', [`0x${(BigInt(baseFeePerGas) * 100n).toString(16)}`]);
  for (let i = 0; i < 8; i += 1) {
    await chain.mine(1);
    await pause(150);
  }
  for (const { max_fee: fee } of sender.all('attempt')) assert.ok(BigInt(fee) <= cap, fee);
  assert.ok(sender.all('attempt').length >= 1);
});

test('three senders at once', async (t) => {
  const names = ['alice', 'bob', 'carol'];
  const chain = await startChain(t, { names, automine: false });
  const sender = startSender(t, basics(chain, scratch(t), names));
  await sender.wait({ what: 'ready' });
  for (let i = 1; i <= 12; i += 1) sender.take(i, { blocks: 10 });
  await until(() => sender.all('attempt').length === 12);
  await until(async () => (await chain.pool()).length === 12);
  const used = new Set(sender.all('attempt').map(({ sender: from, nonce }) => `${from} ${nonce}`));
  assert.equal(used.size, 12);
  assert.equal(new Set(sender.all('attempt').map(({ sender: from }) => from)).size, 3);
  await chain.mine(1);
  await until(() => sender.all('outcome').filter(({ kind }) => kind === 'mined').length === 12);
  await chain.mine(6);
  await until(() => sender.all('outcome').filter(({ kind }) => kind === 'final').length === 12);
  assert.equal(await sender.stop(), 'code 0');
});

test('an own transaction of the operator is told of by its number', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, basics(chain, scratch(t)));
  sender.tell('call', 'liquidate', CONTRACT, 0, 100000, '0x11000000');
  assert.equal((await sender.wait({ what: 'called' })).err, 'BUSY');
  await sender.wait({ what: 'ready' });
  const from = sender.said.length;
  sender.tell('call', 'swap', CONTRACT, 0, 100000, '0x11000000');
  const called = await sender.wait({ what: 'called' }, { from });
  assert.equal(called.err, 'OK');
  const ended = await sender.wait({ what: 'own ended' });
  assert.equal(ended.intent, called.id);
});

test('of two nodes one says nothing: the other counts', async (t) => {
  const chain = await startChain(t);
  const mute = await startStub(t, chain, { eth_sendRawTransaction: () => new Promise(() => {}) });
  const options = basics(chain, scratch(t));
  const sender = startSender(t, { ...options, endpoint: [`mute,rt,${mute.url}`, options.endpoint] });
  await sender.wait({ what: 'ready' });
  sender.take(1);
  await sender.wait({ what: 'outcome', kind: 'mined' });
  const late = await sender.wait({ what: 'answer', way: 'mute' });
  assert.equal(late.class, 'TIMEOUT');
});

/** A log that has nonce 0 alone, and a chain that has nonce 1 too, by `second`. */
async function behind(t, second) {
  const chain = await startChain(t);
  const folder = scratch(t);
  const options = basics(chain, folder);
  const first = startSender(t, options);
  await first.wait({ what: 'ready' });
  first.take(1);
  await first.wait({ what: 'outcome', kind: 'mined' });
  await first.kill();
  fs.copyFileSync(options.wal, `${options.wal}.old`);
  await second(chain, options);
  await chain.mine(3);
  fs.copyFileSync(`${options.wal}.old`, options.wal);
  return { chain, options };
}

test('what a lost log had is found on the chain and taken over', async (t) => {
  let hash;
  const { chain, options } = await behind(t, async (chainThen, optionsThen) => {
    const second = startSender(t, optionsThen);
    await second.wait({ what: 'ready' });
    second.take(2);
    ({ hash } = await second.wait({ what: 'receipt', nonce: 1 }));
    await second.kill();
  });
  const third = startSender(t, { ...options, 'adopt-blk': 1 });
  await mineUntil(chain, third, { what: 'ready' });
  assert.equal(third.all('halt').length, 0);
  assert.ok(hash);
  third.take(3);
  await third.wait({ what: 'outcome', kind: 'mined' });
  assert.equal(third.all('attempt').at(-1).nonce, 2);
});

test('a stranger on a nonce that a lost log may have had halts', async (t) => {
  const { options, chain } = await behind(t, (chainThen) => chainThen.rpc.call('eth_sendTransaction',
    [{ from: accountOf('alice').address, to: accountOf('bob').address, value: '0x1' }]));
  const sender = startSender(t, { ...options, 'adopt-blk': 1 });
  for (let i = 0; i < 5; i += 1) {
    await pause(150);
    await chain.mine(1);
  }
  const halt = await sender.wait({ what: 'halt', halted: 1 });
  assert.ok(halt.why);
});

test('where nodes differ about a receipt it is waited for', async (t) => {
  const chain = await startChain(t);
  let hides = true; // what a node says that has lost its receipts
  const liar = await startStub(t, chain, { eth_getTransactionReceipt: (params, ask) => (hides ? null : ask()) });
  const options = basics(chain, scratch(t));
  const sender = startSender(t, { ...options, endpoint: [`liar,r,${liar.url}`, options.endpoint], quorum: 2 });
  await sender.wait({ what: 'ready' });
  sender.take(1);
  await sender.wait({ what: 'head', block: 3 });
  await chain.mine(2);
  await sender.wait({ what: 'head', block: 5 });
  assert.equal(sender.all('receipt').length, 0);
  hides = false;
  await chain.mine(1);
  assert.equal((await sender.wait({ what: 'receipt' })).ok, 1);
  await chain.mine(6);
  await sender.wait({ what: 'outcome', kind: 'final' });
  assert.equal(sender.all('halt').length, 0);
  assert.ok(sender.all('attempt').every(({ nonce }) => nonce === 0));
});
