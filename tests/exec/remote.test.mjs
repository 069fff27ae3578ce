// Signed by a remote signer, over TLS with certificates of both sides: what it says is verified, not trusted.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CHAIN_ID, GWEI, accountOf, basics, scratch, startChain, startSender } from './sender.mjs';
import { makeCertificates, startStubWeb3signer } from './stub_web3signer.mjs';

/** A sender whose only account signs elsewhere; `files` are the certificate, the key and the authority it has. */
async function remote(t, { files = ['client.pem', 'client.key', 'ca.pem'], name = 'alice' } = {}) {
  const chain = await startChain(t);
  const folder = scratch(t);
  const tls = makeCertificates(folder);
  const signer = await startStubWeb3signer(t, { name, chainId: CHAIN_ID, tls });
  const options = basics(chain, folder);
  delete options.key;
  const sender = startSender(t, {
    ...options, remote: [accountOf('alice').address, signer.url, ...files.map(tls)].join(','), 'timeout-ms': 1500,
  });
  await sender.wait({ what: 'ready' });
  return { chain, signer, sender };
}

test('what it signs is mined', async (t) => {
  const { signer, sender } = await remote(t);
  for (let i = 1; i <= 3; i += 1) sender.take(i, { tip: GWEI });
  for (let i = 1; i <= 3; i += 1) await sender.wait({ what: 'outcome', intent: i, kind: 'mined' });
  assert.deepEqual(sender.all('receipt').map(({ nonce }) => nonce).sort(), [0, 1, 2]);
  assert.ok(signer.seen.every(({ method }) => method === 'eth_signTransaction'));
});

for (const [how, why] of [
  ['another account', /signature is not the account's/], ['another transaction', /its destination differs/],
  ['high s', /half the order/], ['silence', /no answer within/], ['nonsense', /remote signer's answer/],
  ['refusal', /refuses: signing failed: \\x1b\[31mno such key/],
]) {
  test(`of ${how} nothing leaves`, async (t) => {
    const { chain, signer, sender } = await remote(t);
    signer.be(how);
    sender.take(1, { blocks: 2 });
    const ended = await sender.wait({ what: 'ended' });
    assert.match(ended.why, why);
    assert.equal(sender.all('attempt').length, 0);
    assert.equal(Number(await chain.rpc.call('eth_getTransactionCount', [accountOf('alice').address, 'pending'])), 0);
    signer.be('well');
    sender.take(2);
    await sender.wait({ what: 'outcome', intent: 2, kind: 'mined' });
    assert.equal(sender.all('attempt')[0].nonce, 0); // the nonce was not lost
  });
}

test('a signer that is asked for somebody else refuses', async (t) => {
  const { sender } = await remote(t, { name: 'bob' });
  sender.take(1);
  assert.match((await sender.wait({ what: 'ended' })).why, /From address does not match/);
});

test('who has another certificate is not heard, and who shows another is not asked', async (t) => {
  for (const files of [['stranger.pem', 'stranger.key', 'ca.pem'], ['client.pem', 'client.key', 'stranger.pem']]) {
    const { signer, sender } = await remote(t, { files });
    sender.take(1);
    assert.ok((await sender.wait({ what: 'ended' })).why);
    assert.equal(signer.seen.length, 0);
  }
});
