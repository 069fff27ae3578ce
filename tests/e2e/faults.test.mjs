// A live daemon and what can go wrong around it: disks, nodes, keys, fees, reorgs, limits of the system. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAnvil } from '../devnet/lib/anvil.mjs';
import { startFault } from '../devnet/lib/fault_proxy.mjs';
import { undo } from '../devnet/test/proxy_support.mjs';
import { accountOf, tablesOf } from './daemon.mjs';
import { hex } from './scene.mjs';
import { checkKept, disk, noncesOf, sendingOf, startStage, whyNoMounts } from './stage.mjs';
import { readRaw } from './tap.mjs';

const GWEI = 10n ** 9n;
const EXIT = { again: 75, config: 78 };
const DEPTHS = process.env.LIQD_TEST_LONG ? [1, 2, 3, 5, 10, 16, 32, 64] : [1, 3, 16, 64]; // the last is the engine's window

const stage = await startStage();
const { scene, main, turn, ready, fall, countOf } = stage;
const fresh = (...args) => stage.fresh(...args);
const start = (...args) => stage.start(...args);

test('two processes that start at once with one key: exactly one runs', { timeout: 300_000 }, async (t) => {
  const { config } = await fresh(t);
  const daemons = Array.from({ length: 4 }, () => start(t, config));
  const ends = (one) => one.ended !== undefined;
  for (let i = 0; daemons.filter(ends).length < 3 || !daemons.some((one) => /start: ready/.test(one.err)); i += 1) {
    assert.ok(i < 300, daemons.map((one) => one.tail()).join('\n'));
    await turn();
  }
  const refused = daemons.filter(ends);
  assert.equal(refused.length, 3);
  for (const one of refused) {
    assert.equal(one.ended, `code ${EXIT.again}`, one.tail());
    assert.match(one.err, /is used by process \d+|another process/);
  }
});

test('a foreign transaction on our nonce halts the sender within a block, and status says so', { timeout: 300_000 }, async (t) => {
  const { config, tap } = await fresh(t);
  const daemon = start(t, config);
  await ready(daemon);
  await scene.rpc.call('eth_sendTransaction', [{ from: main.address, to: accountOf('stranger').address, value: '0x1' }]);
  const head = await scene.mine();
  await daemon.until('the halt', async () => (await sendingOf(daemon)).senders[0].halted);
  assert.equal(await scene.head(), head, 'no further block was needed');
  assert.match((await sendingOf(daemon)).senders[0].why, /somebody else use the key/);
  await fall();
  for (let i = 0; i < 4; i += 1) await turn();
  assert.equal(tap.sent.length, 0, 'nothing is sent while it is halted');
  await daemon.ask('resume');
  await daemon.until('sent', () => tap.sent.length > 0, { meanwhile: turn });
  assert.equal((await readRaw(tap.sent[0].raw)).nonce, 1);
});

test('base fee x 100: nothing is ever signed above the cap', { timeout: 300_000 }, async (t) => {
  const cap = 50n * GWEI;
  const { config, tap } = await fresh(t, { extra: { send: { max_fee: '50 gwei' } } });
  const daemon = start(t, config);
  await ready(daemon);
  await fall();
  await daemon.until('sent', () => tap.sent.length > 0, { meanwhile: turn });
  for (const fee of [1n, 100n, 49n, 300n].map((one) => one * GWEI)) {
    await scene.rpc.call('anvil_setNextBlockBaseFeePerGas', [hex(fee)]);
    await turn();
    await fall('2200');
  }
  for (let i = 0; i < 10; i += 1) await turn();
  for (const { raw } of tap.sent) {
    const { fee, tip, nonce } = await readRaw(raw);
    assert.ok(fee <= cap && tip <= fee, `nonce ${nonce}: ${fee}`);
  }
  assert.ok(!daemon.ended, daemon.tail());
});

test('one of two nodes lies, cuts, delays and repeats: the other is enough', { timeout: 300_000 }, async (t) => {
  const proxy = await startFault({ upstream: scene.state.ws, seed: 3, seconds: 120 });
  undo(t, () => proxy.close());
  const { config, tap } = await fresh(t, { nodes: { broken: proxy.wsUrl } });
  const daemon = start(t, config);
  await ready(daemon);
  await fall();
  const many = async () => await countOf() >= 5;
  for (let i = 0; !await many(); i += 1) { assert.ok(i < 60, daemon.tail()); await turn(); }
  assert.ok(tap.sent.length >= 5);
  assert.ok(!daemon.ended, daemon.tail());
  t.diagnostic(JSON.stringify(proxy.counts));
});

test('a node that stands still is left, and works again', { timeout: 300_000 }, async (t) => {
  const { config, tap } = await fresh(t);
  const daemon = start(t, config);
  await ready(daemon);
  const pid = scene.state.pids.anvil;
  process.kill(pid, 'SIGSTOP');
  await sleep(3_000);
  process.kill(pid, 'SIGCONT');
  assert.ok(!daemon.ended, daemon.tail());
  await fall();
  await daemon.until('sent', () => tap.sent.length > 0, { meanwhile: turn });
});

test('a full disk: nothing more is sent, what is under way is followed, and it goes on by itself', { timeout: 300_000, skip: whyNoMounts() }, async (t) => {
  const { at, fill, empty } = disk(t, '8M');
  const { config, tap } = await fresh(t, { journal: path.join(at, 'journal.db') });
  const daemon = start(t, config);
  await ready(daemon);
  await fall();
  await daemon.until('sent', () => tap.sent.length >= 5, { meanwhile: turn });
  fill();
  await daemon.until('the journal fails', async () => !(await daemon.ask()).journal.writing, { meanwhile: turn });
  const nonces = () => noncesOf(tap);
  const before = await nonces();
  await fall('2000');
  for (let i = 0; i < 5; i += 1) await turn();
  assert.equal(await nonces(), before, 'no new nonce is used');
  assert.equal(await countOf(), before, 'what was sent was mined');
  const status = await daemon.ask();
  assert.equal(status.sending.senders[0].mined, before, 'and is known to be');
  assert.match(status.journal.why, /full|space/i);
  empty();
  await daemon.until('more is sent', async () => await nonces() > before, { meanwhile: turn });
  await checkKept(config, tap);
});

for (const [call, first] of [['fdatasync', 12], ['pwrite64', 120]]) {
  test(`EIO of ${call}: nothing more is sent`, { timeout: 300_000 }, async (t) => {
    const { config, tap } = await fresh(t);
    // behind what a start writes
    const daemon = start(t, config, { before: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${first}+`] });
    await ready(daemon);
    await fall();
    const failing = async () => !(await daemon.ask()).journal.writing;
    let price = 2290;
    for (let i = 0; !await failing(); i += 1) {
      assert.ok(i < 60, `the journal does not fail: ${daemon.tail()}`);
      await fall(String(price -= 15));
    }
    const sent = new Set(tap.sent.map(({ hash }) => hash)).size;
    await fall('1900');
    for (let i = 0; i < 5; i += 1) await turn();
    const later = [...new Set(tap.sent.map(({ raw }) => raw))].slice(sent);
    for (const raw of later) assert.ok((await readRaw(raw)).to === main.address.toLowerCase(), 'nothing but what ends what was begun');
    await daemon.kill();
    await tap.drained();
    await checkKept(config, tap);
  });
}

test('bits that flip in the journal between two runs are noticed, or do no harm', { timeout: 600_000 }, async (t) => {
  const { config, tap } = await fresh(t);
  const daemon = start(t, config);
  await ready(daemon);
  await fall();
  await daemon.until('mined', async () => await countOf() >= 5, { meanwhile: turn });
  await daemon.kill();
  const whole = fs.readFileSync(config.journal);
  const tail = fs.existsSync(`${config.journal}-wal`) && fs.readFileSync(`${config.journal}-wal`);
  let noticed = 0;
  for (let i = 0; i < 12; i += 1) {
    const bytes = Buffer.from(whole);
    const at = Math.floor((whole.length * (i + 0.37)) / 12);
    bytes[at] ^= 1 << (i % 8);
    fs.writeFileSync(config.journal, bytes);
    if (tail) fs.writeFileSync(`${config.journal}-wal`, tail);
    fs.rmSync(`${config.journal}-shm`, { force: true });
    const next = start(t, config);
    const end = Date.now() + 60_000;
    while (!next.ended && !/start: ready/.test(next.err)) { assert.ok(Date.now() < end, next.tail()); await turn(); }
    if (next.ended) {
      assert.doesNotMatch(next.ended, /SIG/, next.tail());
      assert.match(next.err, /journal/);
      noticed += 1;
    } else {
      assert.ok((await sendingOf(next)).senders[0].next_nonce >= 5, `byte ${at}: a nonce is lost`);
    }
    await next.kill();
  }
  t.diagnostic(`${noticed} of 12 noticed`);
  assert.ok(tap.sent.length >= 5);
});

test('a node of another chain is refused', { timeout: 120_000 }, async (t) => {
  const other = await startAnvil();
  undo(t, () => other.stop());
  const { config } = await fresh(t, { nodes: { devnet: other.ws } });
  const text = fs.readFileSync(config.file, 'utf8').replace(/id: 31337/, 'id: 1');
  fs.writeFileSync(config.file, text);
  const daemon = start(t, config);
  const end = Date.now() + 40_000;
  while (!daemon.ended && Date.now() < end && !/chain/.test(daemon.err.replace(/.*snapshot.*/g, ''))) await sleep(50);
  assert.doesNotMatch(daemon.err, /start: ready/);
  assert.match(daemon.err, /chain/);
});

// the last: what anvil has reorganised it cannot revert
test('reorgs of our own mined transactions, of each depth', { timeout: 600_000 }, async (t) => {
  const { config, tap } = await fresh(t, { extra: { send: { confirmations: Math.max(...DEPTHS) } } });
  const daemon = start(t, config);
  await ready(daemon);
  for (const depth of DEPTHS) {
    const before = await countOf();
    await stage.sink(daemon, tap);
    await stage.until(daemon, 'mined', async () => await countOf() > before);
    const mined = await countOf();
    const receipts = await scene.rpc.batch(tap.sent.map(({ hash }) => ['eth_getTransactionReceipt', [hash]]));
    const at = Math.max(...receipts.filter(Boolean).map(({ blockNumber }) => Number(blockNumber)));
    const head = await scene.mine(Math.max(at + depth - 1 - await scene.head(), 0));
    await daemon.until(`block ${head} is known`, () => daemon.settled >= head);
    await scene.rpc.call('anvil_reorg', [head - at + 1, []]);
    const left = await countOf();
    assert.ok(left < mined, 'the reorg takes some of ours back');
    for (let i = 0; i < 100 && (i < 4 || await countOf() < mined); i += 1) await turn();
    t.diagnostic(`depth ${head - at + 1}: ${before} transactions, ${mined} mined, ${left} left, ${await countOf()} in the end`);
    assert.ok(await countOf() >= mined, 'what was taken back is mined again, or its nonce is by a cancellation');
    assert.ok(!daemon.ended, daemon.tail());
  }
  await stage.calm(daemon);
  const { senders: [sender] } = await sendingOf(daemon);
  assert.equal(sender.halted, false, sender.why);
  assert.equal(sender.next_nonce, await countOf());
  const { attempts } = await tablesOf(config);
  const known = new Set([...attempts.map(({ hash }) => hash)]);
  for (const { hash } of tap.sent) assert.ok(known.has(hash), hash);
  const nonces = new Set(attempts.map(({ nonce }) => nonce));
  assert.equal(nonces.size, await countOf(), 'each nonce is used, by ours');
});
