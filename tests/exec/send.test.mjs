// What is taken is signed, recorded, sent, mined and final; and all that can come between.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CONTRACT, GWEI, accountOf, basics, scratch, startChain, startSender } from './sender.mjs';

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
