// Backfill, mempool and reads against anvil behind strict proxies: what the program prints is what the
// node says when it is asked directly. $LIQD_TEST_ASK names the program.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { compile } from '../devnet/lib/compile.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { logLimitsOf, logSources } from '../devnet/lib/strict_dialects.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { toHex } from '../devnet/lib/wire.mjs';
import { connect } from '../devnet/lib/wire_client.mjs';
import { accounts, eventually, gwei, scratch, signed } from '../devnet/test/proxy_support.mjs';
import { startFollower } from './follower.mjs';
import { CHAIN_ID, FILTER, WATCHED, drawEmit, readBlocks, startChain } from './world.mjs';

const MULTICALL = '0xcA11bde05977b3631167028862bE2a173976CA11';
const ECHO = '0x00000000000000000000000000000000000ec400';
const ECHO_CODE = '0x365f5f37365ff3'; // returns its calldata
const REFUSER = '0x00000000000000000000000000000000000ec500';
const REFUSER_CODE = '0x365f5f37365ffd'; // reverts with its calldata
const BLOCKS = 160;

const chain = await startChain();
after(() => chain.stop());
const { node } = chain;
await node.call('anvil_setCode', ECHO, ECHO_CODE);
await node.call('anvil_setCode', REFUSER, REFUSER_CODE);
const random = randomOf(1);
for (let i = 0; i < BLOCKS; i += 1) {
  const count = i === 77 ? 60 : random.uint(10); // one block has more logs than some nodes give at once
  for (let k = 0; k < count; k += 1) await node.call('eth_sendTransaction', drawEmit(random, chain.accounts));
  await node.call('evm_mine');
}
const head = Number(await node.call('eth_blockNumber'));

async function strict(t, options = {}) {
  const proxy = await startStrict({ upstream: chain.url, ...options });
  t.after(() => proxy.close());
  return proxy;
}

const wordsOf = (name, values) => values.flatMap((value) => [name, value]);

/** Runs the program; resolves to its lines and the JSON object at its end once it has ended. */
function ask(mode, endpoints, args) {
  const lines = [];
  const given = endpoints.map((url, i) => `n${i},${/^http/.test(url) ? 'r' : 'rs'},${url}`);
  const program = startFollower(process.env.LIQD_TEST_ASK, ['--mode', mode, '--chain-id', CHAIN_ID,
    ...wordsOf('--endpoint', given), ...args].map(String), (line) => lines.push(line));
  return { lines, program };
}

async function askToEnd(mode, endpoints, args) {
  const { lines, program } = ask(mode, endpoints, args);
  assert.equal(await program.exited, 'code 0', program.errors.join('\n'));
  return { lines, stat: await program.stop(), errors: program.errors };
}

const filterWords = [...wordsOf('--address', FILTER.addresses), ...wordsOf('--topic', FILTER.topics)];

async function expectedLogs(from, to) {
  return (await readBlocks(node, from, to)).flatMap(({ logs }) => logs.map((text) => `LOG ${text}`));
}

for (const source of logSources) {
  for (const wire of ['wsUrl', 'url']) {
    test(`a backfill equals eth_getLogs where a node limits it like ${source}, ${wire}`, async (t) => {
      const { range, rows, silent } = logLimitsOf(source);
      const small = silent ? {} : { logRange: range === null && rows !== null ? undefined : 25, logRows: rows === null ? undefined : 30 };
      const proxy = await strict(t, { logs: source, ...small });
      const { lines, stat, errors } = await askToEnd('backfill', [proxy[wire]], ['--from', 1, '--to', head, '--range', 200, ...filterWords]);
      assert.equal(stat.done, 'OK', errors.join('\n'));
      const wanted = await expectedLogs(1, head);
      assert.ok(wanted.length > 300);
      assert.deepEqual(lines, wanted);
      assert.equal(stat.next_blk, head + 1);
    });
  }
}

test('a backfill over several nodes of which one limits and one refuses is whole', async (t) => {
  const limited = await strict(t, { logs: 'infura', logRange: 10, logRows: 20 });
  const slow = await strict(t, { rate: 5, retryAfter: 1 });
  const free = await strict(t);
  const { lines, stat } = await askToEnd('backfill', [limited.wsUrl, slow.url, free.url], ['--from', 1, '--to', head, '--range', 40, ...filterWords]);
  assert.equal(stat.done, 'OK');
  assert.deepEqual(lines, await expectedLogs(1, head));
});

// ---- reads

const bytes = (count) => `0x${Array.from({ length: count }, () => random.uint(256).toString(16).padStart(2, '0')).join('')}`;
const READS = Array.from({ length: 40 }, (_, i) => ({ to: i % 7 === 3 ? REFUSER : ECHO, data: bytes(4 + random.uint(300)) }));
READS.push({ to: WATCHED[1], data: '0x' }, { to: '0x00000000000000000000000000000000000eeeee', data: '0x12345678' });

/** What eth_call says of each, as the program prints it. */
async function direct(block) {
  const results = [];
  for (const call of READS) {
    try {
      results.push(`RESULT 1 ${await node.call('eth_call', call, block)}`);
    } catch (error) {
      results.push(`RESULT 0 ${error.data ?? '0x'}`);
    }
  }
  return results;
}

async function placeMulticall() {
  const { Multicall3Stub } = await compile(['stubs']);
  const hash = await node.call('eth_sendTransaction', { from: chain.accounts[0], data: Multicall3Stub.bytecode, gas: toHex(3_000_000) });
  await node.call('evm_mine');
  const { contractAddress } = await node.call('eth_getTransactionReceipt', hash);
  await node.call('anvil_setCode', MULTICALL, await node.call('eth_getCode', contractAddress, 'latest'));
  await node.call('evm_mine');
}

for (const way of ['a batch', 'Multicall3']) {
  test(`reads through ${way} equal eth_call at the same block`, async (t) => {
    if (way === 'Multicall3') await placeMulticall();
    const { number, hash } = await node.call('eth_getBlockByNumber', 'latest', false);
    const { ipc, url } = await strict(t, { ipc: path.join(scratch(t), 'node.ipc') });
    const calls = wordsOf('--call', READS.map(({ to, data }) => `${to},${data}`));
    const where = ['--from', Number(number), '--hash', hash, ...(way === 'Multicall3' ? ['--multicall', MULTICALL] : [])];
    for (const endpoint of [ipc, url]) {
      const { lines } = await askToEnd('reads', [endpoint], [...where, ...calls]);
      assert.deepEqual(lines, ['READ OK', ...await direct(number)]);
    }
  });
}

test('a read at a block that a reorg took away has no results', async (t) => {
  const { hash, number } = await node.call('eth_getBlockByNumber', 'latest', false);
  await node.call('anvil_rollback', 1);
  await node.call('eth_sendTransaction', drawEmit(random, chain.accounts));
  await node.call('evm_mine');
  const { url } = await strict(t);
  const { lines } = await askToEnd('reads', [url], ['--from', Number(number), '--hash', hash, '--call', `${ECHO},0x1234`]);
  assert.deepEqual(lines, ['READ NOT_FOUND']);
});

// ---- mempool

for (const full of [0, 1]) {
  test(`each pending transaction is given once, from ${full ? 'whole transactions' : 'hashes'} of two nodes`, async (t) => {
    const { ipc, wsUrl, url } = await strict(t, { ipc: path.join(scratch(t), 'node.ipc') });
    const { lines, program } = ask('mempool', [ipc, wsUrl, url], ['--full', full]);
    t.after(() => program.kill());
    assert.ok(await eventually(() => program.errors.filter((line) => /connected/.test(line)).length === 2));
    const { call, close } = await connect(url);
    t.after(close);
    const nonces = await Promise.all(accounts.map(({ address }) => call('eth_getTransactionCount', address, 'latest').then(Number)));
    await new Promise((resolve) => setTimeout(resolve, 300)); // the subscriptions are asked for behind the chain id
    const hashes = [];
    for (let i = 0; i < 30; i += 1) {
      const at = i % 10;
      const raw = await signed(accounts[at], nonces[at], gwei(100), gwei(1), { data: bytes(i * 10), gas: 100_000n });
      nonces[at] += 1;
      hashes.push(await call('eth_sendRawTransaction', raw));
    }
    assert.ok(await eventually(() => lines.length >= hashes.length), `${lines.length} of ${hashes.length}: ${program.errors.join('\n')}`);
    const stat = await program.stop();
    assert.deepEqual(lines.map((line) => line.split(' ')[1]).sort(), [...hashes].sort());
    assert.ok(stat.double_cnt > 0, JSON.stringify(stat));
    assert.equal(stat.given_cnt, hashes.length);
  });
}
