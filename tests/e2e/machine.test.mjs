// A live daemon on a machine that fails it: clocks that jump, memory and descriptors that end, a log that is full. $LIQD is the
// program, $SHIM what is preloaded.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomOf } from '../devnet/lib/random.mjs';
import { MAY_ATTACH, attach } from './crash_kills.mjs';
import { startManager } from './manager.mjs';
import { Shim } from './shim.mjs';
import { checkKept, checkOnce, noncesOf, sendingOf, startStage } from './stage.mjs';

const WATCHDOG_MS = 20_000;
const SHORT_MS = 4_000;
const HOUR = 3_600;
const TIMEOUT = { timeout: 600_000 };
const LONG = Boolean(process.env.LIQD_TEST_LONG);
const SEED = Number(process.env.LIQD_TEST_SEED ?? 1);
console.log(`seed ${SEED}: repeat with LIQD_TEST_SEED=${SEED}`);

const stage = await startStage();
const { turn, ready, fall, countOf } = stage;

/** Why no process can have another clock; undefined: one can. */
function whyNoClocks() {
  try {
    execFileSync('unshare', ['--time', '--monotonic', '1000', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no time namespaces here';
  }
}

/** Why no running process can be traced; undefined: one can. */
const whyNoTracing = () => (MAY_ATTACH ? undefined : 'only root may trace what may not be dumped');

/** Until it has ended or is ready, on a chain that goes on. */
async function starts(daemon) {
  for (let i = 0; !daemon.ended && !/start: ready/.test(daemon.err); i += 1) {
    assert.ok(i < 600, daemon.tail());
    await turn();
  }
}

/** It ended by itself with an exit code, and says what was not there; lines of the log may come behind that. */
function checkRefused(daemon, what, pattern) {
  assert.match(daemon.ended, /^code [1-9]/, `${what}: ${daemon.tail()}`);
  assert.doesNotMatch(daemon.err, /bug|assert/i, what);
  assert.match(saidBy(daemon), pattern, `${what}: ${daemon.tail()}`);
}

const saidBy = (daemon) => daemon.err.split('\n').filter((line) => /^(liqd|prlimit)|shared librar/.test(line)).at(-1) ?? '';

test('the wall clock jumps by an hour, there and back: nothing is sent twice, nothing expires, nobody is thought dead', TIMEOUT, async (t) => {
  const { config, tap, folder } = await stage.fresh(t);
  const shim = new Shim(t, folder);
  const manager = await startManager(t, folder, { watchdogMs: WATCHDOG_MS });
  const daemon = stage.start(t, config, { before: shim.before, env: manager.env });
  await ready(daemon);
  const from = performance.now();
  const isStale = async () => (await daemon.ask()).limits.some(({ limit }) => limit === 'stale_head');
  for (const sec of [HOUR, -HOUR, 30 * 24 * HOUR, -2 * HOUR]) {
    await stage.sink(daemon, tap);
    shim.jump(sec); // with something under way
    await stage.until(daemon, 'all is mined', async () => await countOf() === await noncesOf(tap));
    if (sec > 0) {
      // heads look as old as that: nobody can tell a clock that is ahead from a node that is behind
      const sent = await noncesOf(tap);
      await stage.until(daemon, 'nothing is sent', isStale);
      for (let i = 0; i < 5; i += 1) await stage.fallMore();
      assert.equal(await noncesOf(tap), sent);
      shim.jump(0);
    }
  }
  shim.jump(0);
  await stage.until(daemon, 'it sends', async () => !await isStale());
  await stage.calm(daemon);
  await checkOnce(config, tap);
  await checkKept(config, tap);
  assert.equal(await noncesOf(tap), await countOf(), 'each nonce is mined');
  assert.ok(manager.silence(from) < WATCHDOG_MS, `${manager.silence(from)} ms without a sign of life`);
  const { senders: [sender], alarms } = await sendingOf(daemon);
  assert.equal(sender.halted, false, sender.why);
  assert.equal(alarms, 0);
  await daemon.stop(turn);
});

test('other monotonic clocks at each start: it goes on with what was under way', { ...TIMEOUT, skip: whyNoClocks() }, async (t) => {
  const { config, tap } = await stage.fresh(t);
  const up = Math.floor(Number(execFileSync('cut', ['-d.', '-f1', '/proc/uptime'])));
  // far ahead, as it is, and just begun
  for (const [monotonic, boottime] of [[10 ** 8, 10 ** 8], [0, 0], [5 - up, 5 - up]]) {
    const before = ['unshare', '--time', '--monotonic', String(monotonic), '--boottime', String(boottime)];
    const daemon = stage.start(t, config, { before });
    await ready(daemon);
    await stage.sink(daemon, tap);
    await daemon.kill();
    await tap.drained();
  }
  const daemon = stage.start(t, config);
  await ready(daemon);
  await stage.calm(daemon);
  await checkOnce(config, tap);
  await checkKept(config, tap);
  assert.equal((await sendingOf(daemon)).senders[0].halted, false);
  assert.match(daemon.out, / (mined|final) /);
  assert.doesNotMatch(daemon.out, /0x0{40}/, 'what was under way has its names');
  await daemon.stop(turn);
});

test('less address space than a start needs: it says so', TIMEOUT, async (t) => {
  for (const mib of LONG ? [32, 64, 96, 128, 192, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 10240] : [64, 256, 2048, 8192]) {
    const { config } = await stage.fresh(t);
    const daemon = stage.start(t, config, { before: ['prlimit', `--as=${mib * 2 ** 20}`] });
    await starts(daemon);
    if (daemon.ended) checkRefused(daemon, `${mib} MiB`, /memory|allocate|shared librar|mapped/i);
    t.diagnostic(`${mib} MiB: ${daemon.ended ?? 'it runs'}: ${saidBy(daemon)}`);
    await daemon.kill();
  }
});

test('an allocation of a start that fails, and all behind it: it says so, or runs', TIMEOUT, async (t) => {
  const random = randomOf(SEED).fork('allocations');
  const { config, folder } = await stage.fresh(t);
  const shim = new Shim(t, folder);
  const one = stage.start(t, config, { before: shim.before });
  shim.starve(Number.MAX_SAFE_INTEGER);
  await ready(one);
  const all = shim.count;
  await one.kill();
  const ends = new Map();
  const tries = LONG ? 400 : 16;
  for (let i = 0; i < tries; i += 1) {
    const left = Math.floor(((i + random.float()) * all) / tries); // in all parts of a start
    shim.starve(left);
    const daemon = stage.start(t, config, { before: shim.before });
    await starts(daemon);
    if (daemon.ended) checkRefused(daemon, `allocation ${left} of ${all}`, /memory|resource|allocate/i);
    const said = daemon.ended ? `${daemon.ended}: ${saidBy(daemon)}` : 'it runs';
    ends.set(said, (ends.get(said) ?? 0) + 1);
    await daemon.kill();
  }
  for (const [said, count] of ends) t.diagnostic(`${count} of ${all}: ${said.slice(0, 200)}`);
});

for (const who of ['libsqlite3', '']) {
  test(`no memory for ${who || 'anybody'} while it runs: nothing more is sent, what is under way is followed, and it goes on by itself`, TIMEOUT, async (t) => {
    const { config, tap, folder } = await stage.fresh(t);
    const shim = new Shim(t, folder);
    const daemon = stage.start(t, config, { before: shim.before });
    await ready(daemon);
    await fall();
    await stage.until(daemon, 'sent', () => tap.sent.length >= 5);
    shim.starve(0, who);
    await stage.until(daemon, 'the journal fails', () => /the journal is not written: nothing is sent/.test(daemon.err));
    const before = await noncesOf(tap);
    await fall('2000');
    for (let i = 0; i < 5; i += 1) await turn();
    assert.equal(await noncesOf(tap), before, 'no new nonce is used');
    assert.ok(shim.failed > 0);
    if (!who) assert.match((await daemon.ask())?.error ?? 'out of memory', /out of memory/);
    shim.feed();
    assert.equal((await sendingOf(daemon)).senders[0].mined, before, 'what was sent is known to be mined');
    await stage.until(daemon, 'more is sent', async () => await noncesOf(tap) > before);
    await stage.calm(daemon);
    await checkOnce(config, tap);
    await checkKept(config, tap);
    assert.equal((await sendingOf(daemon)).senders[0].halted, false);
    await daemon.stop(turn);
  });
}

test('few descriptors: it says so, or runs', TIMEOUT, async (t) => {
  for (const most of [4, 8, 12, 16, 24]) {
    const { config } = await stage.fresh(t);
    const daemon = stage.start(t, config, { before: ['prlimit', `--nofile=${most}:${most}`] });
    for (let i = 0; !daemon.ended && !/start: ready/.test(daemon.err) && i < 50; i += 1) await turn();
    if (daemon.ended) {
      assert.match(daemon.ended, /^code [1-9]/, `${most}: ${daemon.tail()}`);
      assert.match(daemon.err, /\S/, 'it says something');
    }
    t.diagnostic(`${most}: ${daemon.ended ?? 'it runs'}`);
    await daemon.kill();
  }
});

// the journal's disk stands still for so long at each of its writes, and says no error
const STALLED_US = 120_000_000;
const REVERTS = '0x60006000fd';

const stall = (daemon) => attach(daemon.pid, ['-o', '/dev/null', '-e', 'trace=fdatasync', '-e', `inject=fdatasync:delay_enter=${STALLED_US}`]);

test('a disk that stands still: it sends as long as the log has room, who watches it hears nothing, and nothing is lost', { ...TIMEOUT, skip: whyNoTracing() }, async (t) => {
  const { config, tap, folder } = await stage.fresh(t);
  const manager = await startManager(t, folder, { watchdogMs: SHORT_MS });
  const daemon = stage.start(t, config, { env: manager.env });
  await ready(daemon);
  const tracer = await stall(daemon);
  const from = performance.now();
  for (let i = 0; i < 2; i += 1) await stage.sink(daemon, tap);
  await stage.until(daemon, 'no sign of life', () => manager.silence(from) > 2 * SHORT_MS);
  assert.ok((await daemon.ask()).journal.waiting > 0);
  tracer.leave();
  await tracer.gone;
  const later = manager.said.length;
  await stage.until(daemon, 'a sign of life', () => manager.said.slice(later).some(({ text }) => /WATCHDOG=1/.test(text)));
  await stage.calm(daemon);
  await checkOnce(config, tap);
  await checkKept(config, tap);
  await daemon.stop(turn);
});

test('a log that fills up, since the disk stands still: nothing more is sent, what is under way is followed, and it goes on by itself', { ...TIMEOUT, skip: LONG ? whyNoTracing() : 'it takes a minute: LIQD_TEST_LONG' }, async (t) => {
  const { config, tap } = await stage.fresh(t, { wal: '1 MiB' });
  const { rpc, state: { executor } } = stage.scene;
  const daemon = stage.start(t, config);
  await ready(daemon);
  await stage.sink(daemon, tap);
  const before = await noncesOf(tap);
  const tracer = await stall(daemon);
  // what would revert is asked for again at each block, and told to the log, until that takes no more
  const code = await rpc.call('eth_getCode', [executor, 'latest']);
  await rpc.call('anvil_setCode', [executor, REVERTS]);
  await fall('1600');
  const journal = async () => (await daemon.ask()).journal;
  for (let i = 0; (await journal()).writing; i += 1) {
    assert.ok(i < 2_000, JSON.stringify(await journal()));
    const head = await stage.scene.mine();
    await daemon.until(`block ${head} is settled`, () => daemon.settled >= head);
  }
  assert.match((await journal()).why, /log is nearly full/);
  assert.equal((await sendingOf(daemon)).senders[0].mined, before, 'what was sent is known to be mined');
  await rpc.call('anvil_setCode', [executor, code]);
  for (let i = 0; i < 5; i += 1) await turn();
  assert.equal(await noncesOf(tap), before, 'no new nonce is used');
  tracer.leave();
  await tracer.gone;
  await stage.until(daemon, 'more is sent', async () => await noncesOf(tap) > before);
  await stage.calm(daemon);
  await checkOnce(config, tap);
  await checkKept(config, tap);
  await daemon.stop(turn);
});
