// The strict proxy's words: each refusal in each client's, each provider's limits of eth_getLogs.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { concatHex, fromRlp, toRlp } from 'viem';
import { startStrict } from '../lib/strict_proxy.mjs';
import { dialectOf, dialects, logSources, refusalKinds } from '../lib/strict_dialects.mjs';
import { toHex } from '../lib/wire.mjs';
import { LOGGER_CODE, accounts, anvil, client, gwei, setCode, signed, word } from './proxy_support.mjs';

const LOGGER = '0x00000000000000000000000000000000000010c0';
const [a, b, poor] = accounts;

/* What the first pooled transaction of `a` (nonce 1, cap 100, tip 10; nonce 0 is mined) lets each
 * sending provoke, and the answer in geth's, reth's, Nethermind's, erigon's and Besu's words. */
const WORDS = {
  known: [() => signed(a, 1, gwei(100), gwei(10)), {
    geth: [-32000, /^already known$/], reth: [-32000, /^already known$/],
    nethermind: [-32010, /^AlreadyKnown$/], erigon: [-32000, /existing txn with same hash/],
    besu: [-32000, /^Known transaction$/],
  }],
  nonceLow: [() => signed(a, 0, gwei(100), gwei(20)), {
    geth: [-32000, /^nonce too low: next nonce 1, tx nonce 0$/], reth: [-32000, /^nonce too low: next nonce 1, tx nonce 0$/],
    nethermind: [-32010, /^OldNonce, Current nonce: 1, nonce of rejected tx: 0$/],
    erigon: [-32000, /nonce too low/], besu: [-32001, /^Nonce too low$/],
  }],
  replacement: [() => signed(a, 1, gwei(101), gwei(11)), {
    geth: [-32000, /^replacement transaction underpriced$/], reth: [-32000, /^replacement transaction underpriced$/],
    nethermind: [-32010, /^ReplacementNotAllowed$/], erigon: [-32000, /could not replace existing tx/],
    besu: [-32000, /^Replacement transaction underpriced$/],
  }],
  underpriced: [() => signed(b, 0, gwei(100), 0n), {
    geth: [-32000, /^transaction underpriced: gas tip cap 0, minimum needed 1$/], reth: [-32003, /priority fee below minimum/],
    nethermind: [-32010, /^FeeTooLow$/], erigon: [-32000, /^FEE_TOO_LOW: underpriced$/],
    besu: [-32009, /^Gas price below configured minimum gas price$/],
  }],
  funds: [() => signed(poor, 0, gwei(100), gwei(1), { value: 10n ** 23n }), {
    geth: [-32000, /^insufficient funds for gas \* price \+ value: balance \d+, tx cost \d+, overshot \d+$/],
    reth: [-32003, /^insufficient funds for gas \* price \+ value/], nethermind: [-32010, /^InsufficientFunds, /],
    erigon: [-32000, /insufficient funds/], besu: [-32004, /^Upfront cost exceeds account balance$/],
  }],
  feeCap: [() => signed(b, 0, gwei(1e6), gwei(1)), {
    geth: [-32000, /^tx fee \(21\.00 ether\) exceeds the configured cap \(1\.00 ether\)$/],
    reth: [-32000, /^tx fee \(21000000000000000000 wei\) exceeds the configured cap/],
    erigon: [-32000, /^tx fee \(21\.00 ether\)/], besu: [-32000, /^Transaction fee cap exceeded$/],
  }],
  intrinsic: [() => signed(b, 0, gwei(100), gwei(1), { gas: 20999n }), {
    geth: [-32000, /^intrinsic gas too low: gas 20999, minimum needed 21000$/], reth: [-32000, /^intrinsic gas too low$/],
    nethermind: [-32010, /intrinsic gas too low/], erigon: [-32000, /IntrinsicGas/],
    besu: [-32003, /^Intrinsic gas exceeds gas limit$/],
  }],
  gasLimit: [() => signed(b, 0, gwei(1), gwei(1), { gas: 60000001n }), {
    geth: [-32000, /^exceeds block gas limit$/], reth: [-32000, /^exceeds block gas limit$/],
    nethermind: [-32010, /^GasLimitExceeded, /], erigon: [-32000, /gas limit is too high/],
    besu: [-32005, /^Transaction gas limit exceeds block gas limit$/],
  }],
  tipAboveCap: [() => withTipAboveCap(), {
    geth: [-32000, /^max priority fee per gas higher than max fee per gas$/], reth: [-32003, /^max priority fee/],
    nethermind: [-32010, /InvalidMaxPriorityFeePerGas/], erigon: [-32000, /underpriced/],
    besu: [-32000, /^Max priority fee per gas exceeds max fee per gas$/],
  }],
  chain: [() => signed(b, 0, gwei(100), gwei(1), { chainId: 5 }), {
    geth: [-32000, /^invalid sender: invalid chain id for signer: have 5 want 31337$/], reth: [-32000, /^invalid chain ID$/],
    nethermind: [-32010, /InvalidTxChainId/], erigon: [-32000, /invalid sender/], besu: [-32000, /^Wrong chainId$/],
  }],
  unprotected: [() => b.signTransaction({ type: 'legacy', nonce: 0, to: a.address, gas: 21000n, gasPrice: gwei(9) }), {
    geth: [-32000, /^only replay-protected/], reth: [-32000, /^only replay-protected/],
    nethermind: [-32010, /^Invalid/], erigon: [-32000, /^only replay-protected/], besu: [-32000, /^ChainId is required$/],
  }],
  oversized: [() => signed(b, 0, gwei(1), gwei(1), { data: `0x${'00'.repeat(131072)}`, gas: 9000000n }), {
    geth: [-32000, /^oversized data: transaction size \d+, limit 131072$/], reth: [-32000, /^oversized data/],
    nethermind: [-32010, /^MaxTxSizeExceeded$/], erigon: [-32000, /oversized data/], besu: [-32602, /^Invalid transaction params/],
  }],
  malformed: [() => '0x02c0', {
    geth: [-32000, /^rlp: /], reth: [-32602, /^failed to decode signed transaction$/],
    nethermind: [-32602, /^Invalid RLP\.$/], erigon: [-32000, /^rlp: /], besu: [-32602, /^Invalid transaction params/],
  }],
};

/** viem refuses to sign such a one; the fields are swapped behind its back. */
async function withTipAboveCap() {
  const raw = await signed(b, 0, gwei(2), gwei(1));
  const fields = fromRlp(`0x${raw.slice(4)}`, 'hex');
  [fields[2], fields[3]] = [fields[3], fields[2]];
  return concatHex(['0x02', toRlp(fields)]);
}

for (const dialect of dialects) {
  test(`${dialect} refuses in its own words`, async (t) => {
    const { url } = await anvil(t);
    const proxy = await startStrict({ upstream: url, dialect });
    t.after(() => proxy.close());
    const node = await client(t, proxy.wsUrl);
    const send = async (raw) => node.call('eth_sendRawTransaction', await raw);
    await send(signed(a, 0, gwei(100), gwei(10)));
    await node.call('evm_mine');
    await send(signed(a, 1, gwei(100), gwei(10)));
    for (const [kind, [transaction, words]] of Object.entries(WORDS)) {
      const expected = words[dialect];
      const answer = await send(transaction()).catch((error) => error);
      if (!expected) {
        assert.match(answer, /^0x/, `${dialect} takes ${kind}`);
        continue;
      }
      assert.equal(answer.code, expected[0], `${kind}: ${answer.message ?? answer}`);
      assert.match(answer.message, expected[1], kind);
    }
  });
}

test('a nonce too far ahead and too many from one account', async (t) => {
  const { url } = await anvil(t);
  const expected = {
    geth: [null, /^account limit exceeded: pooled 64 txs$/], reth: [null, /^txpool is full$/],
    besu: [/^Transaction nonce is too distant from current sender nonce$/, null],
    nethermind: [/^nonce too far in future$/, null], erigon: [null, /queued sub-pool is full$/],
  };
  for (const dialect of dialects) {
    const proxy = await startStrict({ upstream: url, dialect });
    const node = await client(t, proxy.wsUrl);
    const send = async (nonce) => node.call('eth_sendRawTransaction', await signed(a, nonce, gwei(10), gwei(1)));
    const [far, full] = expected[dialect];
    if (far) await assert.rejects(send(1025), { message: far }, dialect);
    else await send(1025);
    for (let i = 1; full && i < dialectOf(dialect).limits.accountMax; i += 1) await send(i);
    if (full) await assert.rejects(send(500), { message: full }, dialect);
    await node.close();
    await proxy.close();
  }
});

test('on demand each refusal is given in each dialect', async (t) => {
  const { url } = await anvil(t);
  for (const dialect of dialects) {
    const proxy = await startStrict({ upstream: url, dialect });
    const node = await client(t, proxy.url);
    for (const refuse of refusalKinds) {
      proxy.set({ refuse });
      const answer = await node.call('eth_sendRawTransaction', '0x').catch((error) => error);
      assert.ok(answer.message.length > 3 && !/undefined|NaN/.test(answer.message), `${dialect} ${refuse}`);
    }
    proxy.set({ refuse: 'syncing' });
    await assert.rejects(node.call('eth_sendRawTransaction', '0x'), { message: /sync/ });
    proxy.set({ refuse: null });
    await proxy.close();
  }
});

/* Limits of 4 blocks and 6 logs, on 8 blocks of 2 logs each: the words for a range and for rows. */
const LOG_WORDS = {
  geth: [-32000, /^exceed maximum block range: 4$/, -32003, /^response too large$/],
  reth: [-32602, /^query exceeds max block range 4$/, -32602, /^query exceeds max results 6, retry with the range 2-4$/],
  erigon: [-32000, /^query block range exceeds server limit, narrow your filter: 4$/,
    -32000, /^query returns too many logs, narrow your filter: 6$/],
  nethermind: [-32005, /max range: 4$/, -32005, /^Too many logs requested\. Max logs per response is 6\.$/],
  besu: [-32005, /^Requested range exceeds maximum RPC range limit$/, -32005, /^Requested range exceeds/],
  infura: [-32005, /^range 7 exceeds limit of 4$/,
    -32005, /^query returned more than 6 results\. Try with this block range \[0x2, 0x4\]\.$/],
  alchemy: [-32602, /^Log response size exceeded.*this block range should work: \[0x2, 0x5\]$/,
    -32602, /^Log response size exceeded.*this block range should work: \[0x2, 0x4\]$/],
  quicknode: [-32614, /^eth_getLogs is limited to a 4 range$/, -32614, /^eth_getLogs is limited to a 4 range$/],
  toowide: [-32000, /^too wide blocks range, the limit is 4$/, -32000, /^request timed out$/],
  toolarge: [-32000, /^block range too large, max range: 4$/, -32000, /^request timed out$/],
};

async function withLogs(t) {
  const { url } = await anvil(t);
  const proxy = await startStrict({ upstream: url });
  t.after(() => proxy.close());
  const node = await client(t, proxy.wsUrl);
  await setCode(node, LOGGER, LOGGER_CODE);
  for (let i = 0; i < 8; i += 1) {
    for (const [k, account] of [a, b].entries()) {
      const raw = await signed(account, i, gwei(10), gwei(1), { to: LOGGER, data: word(k), gas: 60000n });
      await node.call('eth_sendRawTransaction', raw);
    }
    await node.call('evm_mine');
  }
  const logs = (fromBlock, toBlock, more = {}) =>
    node.call('eth_getLogs', { fromBlock: toHex(fromBlock), toBlock: typeof toBlock === 'string' ? toBlock : toHex(toBlock), ...more });
  return { proxy, node, logs };
}

test('eth_getLogs keeps to the limits of each source, in its words', async (t) => {
  const { proxy, node, logs } = await withLogs(t);
  for (const source of logSources.filter((name) => name in LOG_WORDS)) {
    const [rangeCode, rangeText, rowsCode, rowsText] = LOG_WORDS[source];
    proxy.set({ logs: source, logRange: 4, logRows: 6 });
    await assert.rejects(logs(2, 8), { code: rangeCode, message: rangeText }, source);
    await assert.rejects(logs(2, 5), { code: rowsCode, message: rowsText }, source);
    assert.equal((await logs(2, 4)).length, 6, source);
    assert.equal((await logs(2, 5, { topics: [word(1)] })).length, 4, source);
  }
  proxy.set({ logs: 'truncating', logRange: undefined, logRows: 6 });
  assert.equal((await logs(1, 3)).length, 6);
  assert.equal((await logs(1, 8)).length, 6); // and not a word about the ten others
  proxy.set({ logs: 'geth', logRange: undefined, logRows: 1 });
  const { hash } = await node.call('eth_getBlockByNumber', '0x3', false);
  await assert.rejects(node.call('eth_getLogs', { blockHash: hash }), { message: 'response too large' });
});

test('beyond the head geth answers nothing and reth an error', async (t) => {
  const { proxy, logs } = await withLogs(t);
  assert.deepEqual(await logs(9, 20), []);
  assert.equal((await logs(8, 20)).length, 2);
  assert.equal((await logs(8, 'latest')).length, 2);
  proxy.set({ logs: 'reth' });
  await assert.rejects(logs(9, 20), { message: /^block range extends beyond current head block/ });
  await assert.rejects(logs(5, 4), { message: 'invalid block range params' });
});
