// Private relays and builders: what they are given lands, what they do not do is noticed, and nobody waits for them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Rpc } from '../devnet/lib/rpc.mjs';
import { startRelay } from '../devnet/lib/relay_stub.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { CONTRACT, GWEI, accountOf, basics, keyOf, scratch, startChain, startSender, until } from './sender.mjs';
import { startStubRelay } from './stub_relay.mjs';

/** A chain behind the strict proxy, whose blocks the relay stub lands bundles in. */
async function relayed(t) {
  const chain = await startChain(t);
  const strict = await startStrict({ upstream: chain.ws });
  t.after(() => strict.close());
  const relay = await startRelay({ upstream: strict.wsUrl });
  t.after(() => relay.close());
  const node = new Rpc(strict.url);
  return {
    ...chain, relay, strict,
    mine: async (cnt = 1) => { for (let i = 0; i < cnt; i += 1) await node.call('evm_mine'); },
  };
}

const privately = (chain, folder, relays) => ({
  ...basics(chain, folder), endpoint: `node,rs,${chain.strict ? chain.strict.wsUrl : chain.ws}`,
  relay: relays, 'relay-key': keyOf('relay'), 'resend-ms': 60000,
});

for (const kind of ['private', 'bundle']) {
  test(`what goes the ${kind} way lands, signed, and nobody else sees it`, async (t) => {
    const chain = await relayed(t);
    const sender = startSender(t, privately(chain, scratch(t), `${kind},relay,${chain.relay.url},1`));
    await sender.wait({ what: 'ready' });
    sender.take(1, { blocks: 5 });
    const attempt = await sender.wait({ what: 'attempt' });
    await until(() => sender.all('answer').length === (kind === 'bundle' ? 3 : 1));
    for (const answer of sender.all('answer')) assert.equal(answer.class, 'OK', answer.text);
    assert.equal(Number((await chain.rpc.call('txpool_status')).pending), 0);
    await chain.mine(1);
    const receipt = await sender.wait({ what: 'receipt' });
    assert.equal(receipt.hash, attempt.hash);
    await sender.wait({ what: 'outcome', kind: 'mined' });
    await chain.mine(4);
    assert.equal((await sender.stat()).relay.silent, 0);
  });
}

test('a drop is a cancellation there', async (t) => {
  const chain = await relayed(t);
  const relays = [`bundle,builder,${chain.relay.url},1`, `private,relay,${chain.relay.url},1`];
  const sender = startSender(t, privately(chain, scratch(t), relays));
  await sender.wait({ what: 'ready' });
  sender.take(1, { blocks: 5 });
  await until(() => sender.all('answer').length === 4);
  sender.tell('drop', 1);
  await pause(500);
  await chain.mine(2);
  await pause(300);
  assert.equal(sender.all('receipt').filter(({ ok }) => ok).length, 0);
});

test('bundles go for each of the next blocks, under a name of each', async (t) => {
  const chain = await startChain(t);
  const relay = await startStubRelay(t, 'silent');
  const sender = startSender(t, { ...privately(chain, scratch(t), `bundle,builder,${relay.url},1`), 'bump-blk': 0 });
  await sender.wait({ what: 'ready' });
  sender.take(1, { blocks: 6 });
  await until(() => relay.seen.length === 3);
  await chain.mine(1);
  await until(() => relay.seen.length === 4);
  await chain.mine(1);
  await until(() => relay.seen.length === 5);
  const blocks = relay.seen.map(({ params: [{ blockNumber }] }) => Number(blockNumber));
  assert.deepEqual(blocks.sort((a, b) => a - b), [3, 4, 5, 6, 7]); // each on a connection of its own
  const names = new Set(relay.seen.map(({ params: [{ replacementUuid }] }) => replacementUuid));
  assert.equal(names.size, 5);
  for (const { signer } of relay.seen) assert.equal(signer, accountOf('relay').address);
});

test('who takes them and never has one mined is counted, and named after three', async (t) => {
  const chain = await startChain(t);
  const relay = await startStubRelay(t, 'silent');
  const other = await startStubRelay(t, 'silent');
  const relays = [`bundle,builder,${relay.url},1`, `private,quiet,${other.url},0`];
  const sender = startSender(t, privately(chain, scratch(t), relays));
  await sender.wait({ what: 'ready' });
  for (let i = 1; i <= 3; i += 1) {
    sender.take(i, { blocks: 1 });
    await sender.wait({ what: 'attempt', intent: i });
    await until(() => sender.all('answer').length === 2 * i);
    for (let k = 0; k < 4; k += 1) {
      await chain.mine(1);
      await pause(120);
    }
    await sender.wait({ what: 'outcome', intent: i, kind: 'expired' });
  }
  const stat = await sender.stat();
  assert.deepEqual([stat.builder.silent, stat.builder.row], [3, 3]);
  assert.deepEqual([stat.quiet.silent, stat.quiet.row], [3, 3]);
  const said = sender.errors.filter((line) => line.includes('none of them is mined'));
  assert.equal(said.length, 2);
  assert.ok(said.some((line) => line.includes('way=builder')) && said.some((line) => line.includes('way=quiet')));
  const nonces = new Set(sender.all('attempt').map(({ nonce }) => nonce));
  assert.equal(nonces.size, 1); // what expired in private gives its nonce back
});

for (const how of ['hang', 'slow', 'lie', 'page', 'bomb', 'huge', 'refuse']) {
  test(`a relay that does "${how}" does not hold the public way up`, async (t) => {
    const chain = await startChain(t);
    const relay = await startStubRelay(t, how);
    const sender = startSender(t, {
      ...privately(chain, scratch(t), [`private,relay,${relay.url},1`, `bundle,builder,${relay.url},1`]),
      endpoint: `node,rst,${chain.ws}`,
    });
    await sender.wait({ what: 'ready' });
    for (let i = 1; i <= 3; i += 1) {
      sender.take(i);
      await sender.wait({ what: 'outcome', intent: i, kind: 'mined' });
      if (how === 'hang') assert.equal(sender.all('answer').filter(({ way }) => way !== 'node').length, 0);
    }
    assert.equal((await sender.stat()).written.cnt, 3);
    await until(() => sender.all('answer').some(({ way }) => way === 'relay'));
    const { class: said, accepted, text } = sender.all('answer').find(({ way }) => way === 'relay');
    const classes = { hang: 'TIMEOUT', slow: 'OK', lie: 'OK', page: 'BROKEN', bomb: 'BROKEN', huge: 'BROKEN', refuse: 'FUNDS' };
    assert.equal(said, classes[how], text);
    assert.equal(accepted, how === 'slow' ? 1 : 0);
    assert.ok(sender.all('halt').length === 0);
    assert.ok(!sender.errors.some((line) => line.includes('key-of-ours')));
  });
}

test('nothing is left to chance: a transaction of value is what it is', async (t) => {
  const chain = await startChain(t);
  const sender = startSender(t, { ...basics(chain, scratch(t)), executor: CONTRACT });
  await sender.wait({ what: 'ready' });
  sender.take(1, { value: GWEI });
  const receipt = await sender.wait({ what: 'receipt' });
  assert.equal(receipt.paid, String(GWEI));
  const mined = await sender.wait({ what: 'outcome', kind: 'mined' });
  assert.equal(mined.bid, String(GWEI));
});
