// Whatever clients answer to what is sent, in their own words, is understood, and the sender goes on.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { GWEI, basics, mineUntil, refuse, scratch, startChain, startSender, startStub } from './sender.mjs';

/* Of each class what geth, reth, Nethermind, erigon, Besu, Arbitrum, Bor, anvil and others say, with their codes. */
const WORDS = {
  KNOWN: [[-32000, 'already known'], [-32000, 'known transaction: 0xab'], [-32000, 'Known transaction'], [-32010, 'AlreadyKnown'],
    [-32000, 'ALREADY_EXISTS: existing txn with same hash'], [-32003, 'transaction already imported'], [-32010, 'Transaction with the same hash was already imported']],
  OCCUPIED: [[-32010, 'OwnNonceAlreadyUsed']],
  NONCE_LOW: [[-32000, 'nonce too low'], [-32000, 'nonce too low: next nonce 9, tx nonce 3'], [-32001, 'Nonce too low'],
    [-32010, 'OldNonce, Current nonce: 9, nonce of rejected tx: 3'], [-32000, 'invalid transaction nonce']],
  NONCE_HIGH: [[-32000, 'nonce too high'], [-32010, 'NonceGap'], [-32010, 'nonce too far in future'],
    [-32000, 'Transaction nonce is too distant from current sender nonce']],
  REPLACEMENT: [[-32000, 'replacement transaction underpriced'], [-32000, 'INTERNAL_ERROR: could not replace existing tx'],
    [-32010, 'Transaction gas price supplied is too low. There is another transaction with same nonce in the queue.'],
    [-32000, 'future transaction tries to replace pending']],
  UNDERPRICED: [[-32000, 'transaction underpriced'], [-32010, 'FeeTooLow'], [-32010, 'FeeTooLowToCompete'], [-32000, 'FEE_TOO_LOW: fee too low'],
    [-32000, 'gas price below minimum'], [-32000, 'max fee per gas less than block base fee'], [-32009, 'Gas price below configured minimum gas price']],
  POOL_FULL: [[-32003, 'txpool is full'], [-32000, 'INTERNAL_ERROR: pending sub-pool is full'], [-32000, 'account limit exceeded: pooled 16 txs'], [-32000, 'rejected']],
  FUNDS: [[-32000, 'insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1'], [-32000, 'insufficient funds for transfer'],
    [-32004, 'Upfront cost exceeds account balance'], [-32010, 'InsufficientFunds, Balance is 1 less than sending value + gas 2']],
  FEE_CAP: [[-32000, 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'], [-32000, 'Transaction fee cap exceeded']],
  MALFORMED: [[-32000, 'intrinsic gas too low'], [-32000, 'exceeds block gas limit'], [-32000, 'oversized data'], [-32000, 'invalid sender'],
    [-32000, 'invalid chain id for signer: have 1 want 2'], [-32000, 'transaction type not supported'],
    [-32000, 'max priority fee per gas higher than max fee per gas'], [-32000, 'rlp: value size exceeds available input length']],
  SEQUENCER: [[-32000, 'queue full'], [-32000, 'sequencer pending tx pool full, please try again'], [-32000, 'sender is over rate limit']],
  SYNCING: [[-32000, 'node is syncing'], [-32000, 'Initial sync is still in progress']],
  REVERT: [[3, 'execution reverted: nope'], [-32000, 'execution reverted']],
  UNKNOWN: [[-32000, 'something that nobody has heard of']],
};

const OVER = ['mined', 'reverted', 'cancelled', 'expired', 'refused'];

/** A sender whose node says `refusal` to the next transactions, and then passes them on. */
async function spoken(t) {
  const chain = await startChain(t, { automine: false });
  let refusal = null;
  const node = await startStub(t, chain, {
    eth_sendRawTransaction: (params, ask) => (refusal ? refuse(...refusal) : ask()),
  });
  const sender = startSender(t, { ...basics(chain, scratch(t)), endpoint: `node,rt,${node.url}`, 'resend-ms': 400 });
  await sender.wait({ what: 'ready' });
  return { chain, sender, say: (one) => { refusal = one; } };
}

for (const [name, words] of Object.entries(WORDS)) {
  test(`${name} is understood, and what comes next is mined`, async (t) => {
    const { chain, sender, say } = await spoken(t);
    let intent = 0;
    for (const refusal of words) {
      intent += 1;
      const from = sender.said.length;
      say(refusal);
      sender.take(intent, { blocks: 3, most: 500n * GWEI });
      const { id } = await sender.wait({ what: 'intent', engine: intent }, { from });
      const { hash } = await sender.wait({ what: 'attempt', intent: id }, { from });
      const answer = await sender.wait({ what: 'answer', hash }, { from });
      assert.equal(answer.class, name, refusal[1]);
      say(null);
      for (let i = 0; i < 40 && !sender.said.slice(from).some((line) => line.what === 'outcome' && OVER.includes(line.kind)); i += 1) {
        await pause(150);
        await chain.mine(1);
        if (sender.all('halt').at(-1)?.halted) sender.tell('resume');
      }
      assert.ok(sender.said.slice(from).some((line) => line.what === 'outcome' && OVER.includes(line.kind)), refusal[1]);
    }
    if (sender.all('halt').at(-1)?.halted) sender.tell('resume');
    const last = intent + 1;
    sender.take(last, { blocks: 30 });
    await mineUntil(chain, sender, { what: 'outcome', kind: 'mined', intent: last });
    const used = new Map(); // a nonce is never spent twice for different ends
    for (const { nonce, use, intent: of } of sender.all('attempt')) {
      if (use === 'cancel') continue;
      assert.ok(!used.has(nonce) || used.get(nonce) === of, `nonce ${nonce}`);
      used.set(nonce, of);
    }
  });
}

for (const dialect of ['geth', 'reth', 'nethermind', 'erigon', 'besu']) {
  test(`behind a strict ${dialect} a replacement pays enough`, async (t) => {
    const chain = await startChain(t);
    const strict = await startStrict({ upstream: chain.ws, dialect });
    t.after(() => strict.close());
    const sender = startSender(t, { ...basics(chain, scratch(t)), endpoint: [`node,rst,${strict.wsUrl}`] });
    await sender.wait({ what: 'ready' });
    sender.take(1, { tip: GWEI, most: 300n * GWEI, blocks: 9 });
    const first = await sender.wait({ what: 'attempt' });
    await sender.wait({ what: 'answer', class: 'OK' });
    sender.tell('drop', 1); // the cancellation has to replace it
    await chain.mine(1); // without it: what is dropped may have been mined in the block behind
    const cancel = await sender.wait({ what: 'attempt', use: 'cancel' });
    assert.equal((await sender.wait({ what: 'answer', hash: cancel.hash })).class, 'OK');
    const rpc = new (chain.rpc.constructor)(strict.url);
    await rpc.call('evm_mine');
    await sender.wait({ what: 'outcome', kind: 'cancelled' });
    assert.equal(cancel.nonce, first.nonce);
  });
}
