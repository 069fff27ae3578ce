// Each kind of fault of both proxies alone, on each wire: the follower's events are the chain in the end, it
// has counted what it saw, logged it without a flood, and taken no more memory and no more descriptors.
// $LIQD_TEST_FOLLOW names the program, $LIQD_TEST_WIRES the wires (one by the seed, all in a long run),
// $LIQD_TEST_RSS_MAX the megabytes that it may take. A line of what each fault left is printed.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeInTurn } from '../devnet/lib/closing.mjs';
import { FAULTS } from '../devnet/lib/fault_script.mjs';
import { startFault } from '../devnet/lib/fault_proxy.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { startFollower } from './follower.mjs';
import { Chain } from './growth.mjs';
import { logTexts } from './soak_report.mjs';
import { Stream } from './stream.mjs';
import { CHAIN_ID, FILTER, startChain } from './world.mjs';

const seed = Number(process.env.LIQD_TEST_SEED ?? Date.now() % 1e9);
console.log(`LIQD_TEST_SEED=${seed}`);
const ALL = ['ipc', 'ws', 'http'];
const WIRES = process.env.LIQD_TEST_WIRES?.split(',') ?? (process.env.LIQD_TEST_LONG === undefined ? [ALL[seed % 3]] : ALL);
const BLOCK_MS = 200;
const FAULT_MS = 3500; // longer than the follower's deadlines
const LEVEL_MS = 60_000;
const RSS_MAX_MB = Number(process.env.LIQD_TEST_RSS_MAX ?? 120);
const RATE = { burst: 50, perSecond: 10 }; // program.c's log

const LOST = /lost|cannot connect|failed|dropped|no answer/;

/* What is set for a fault, beside its defaults; which counters must have risen (any of those named) and what
 * must have been logged; nothing where it is no fault: what comes late, in pieces or in another order is still
 * right. `beside`: a sound node too, without which a chain that stands still is only that. */
const CASES = {
  latency: {},
  bandwidth: { set: { rate: 20000 } },
  slice: {},
  reorder: {},
  noise: { set: { chance: 0.2 }, counts: /garbage|down|BROKEN/, says: LOST },
  stall: { counts: /timeout|down/, says: /no answer in time|connection lost/ },
  cut: { counts: /down|BROKEN/, says: LOST },
  reset: { counts: /down|BROKEN/, says: LOST },
  swallow: { counts: /timeout/, says: /no answer in time/ },
  silent: { counts: /timeout/, says: /no answer in time/ },
  wrongId: { counts: /wrong_id|garbage|BROKEN/, says: /dropped|no answer/ },
  duplicate: { counts: /wrong_id|garbage|BROKEN/, says: /double answer|no answer/ },
  garbage: { counts: /garbage|timeout/, says: /no JSON|no answer/ },
  huge: { set: { bytes: 20_000_000 }, counts: /too_long/, says: LOST },
  nest: { set: { depth: 200_000 }, counts: /garbage|too_long/, says: /no JSON|no answer|connection lost/ },
  status: { counts: /BROKEN/, says: /HTTP status/, wires: ['http'] },
  headFreeze: { counts: /unwell/, beside: true, says: /unwell/ },
  headBack: { set: { depth: 12 }, counts: /unwell/, beside: true, says: /unwell/ },
  emptyLogs: { counts: /contradiction/, says: /not believed/ },
  rate: { strict: { rate: 1 }, counts: /RATE/, says: /unwell/ },
  logRows: { strict: { logRows: 1 }, counts: /ROWS/, says: /receipts instead/ },
};

const chain = await startChain();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-faults-'));
const grown = new Chain(chain, randomOf(seed), 64);
await grown.start();
let isGrowing = true;
const growth = (async () => {
  while (isGrowing) {
    await grown.mine(1);
    await sleep(BLOCK_MS);
  }
})();
after(async () => {
  isGrowing = false;
  await growth;
  await chain.stop();
  fs.rmSync(folder, { recursive: true });
});

const COUNTED = /^(down|wrong_id|garbage|too_long|timeout|stray|early|contradiction|unanswered|missed_head|redone|dropped|unwell)_cnt$/;

/** The counters of what went wrong that are not zero, as texts. */
function countsOf({ endpoints: { node: { classes, ...endpoint } }, ...stat }) {
  const all = [...Object.entries(endpoint), ...Object.entries(stat)].filter(([name, count]) => COUNTED.test(name) && count > 0);
  const names = all.map(([name, count]) => `${name.replace('_cnt', '')} ${count}`);
  return [...names, ...Object.entries(classes).filter(([name]) => name !== 'OK').map(([name, count]) => `${name} ${count}`)];
}

async function until(condition, what) {
  for (const end = Date.now() + LEVEL_MS; Date.now() < end;) {
    if (condition()) return;
    await sleep(10);
  }
  assert.fail(`not after ${LEVEL_MS} ms: ${what()}`);
}

/** A follower behind a fault proxy behind a strict proxy: {stream, follower, fault, strict, isLevel, close}. */
async function startOne(kind, wire, beside) {
  const strict = await startStrict({ upstream: chain.url });
  const fault = await startFault({ upstream: strict.url, ipc: path.join(folder, `${kind}.ipc`) });
  const url = { ipc: fault.ipc, ws: fault.wsUrl, http: fault.url }[wire];
  const stream = new Stream((hash) => grown.truthOf(hash));
  let failure = null;
  const follower = startFollower(process.env.LIQD_TEST_FOLLOW, ['--endpoint', `node,${wire === 'http' ? 'r' : 'rs'},${url}`,
    ...(beside ? ['--endpoint', `other,rs,${strict.wsUrl}`] : []),
    ...FILTER.addresses.flatMap((address) => ['--address', address]), ...FILTER.topics.flatMap((topic) => ['--topic', topic]),
    '--chain-id', CHAIN_ID, '--block-ms', BLOCK_MS, '--from', grown.head].map(String), (line) => {
    try {
      if (!failure) stream.feed(line);
    } catch (error) {
      failure = error;
    }
  });
  const check = () => {
    if (failure) throw failure;
    return true;
  };
  const isLevel = () => check() && stream.blocks.filter(({ isAnchored }) => isAnchored).at(-1)?.number >= grown.head - 2;
  const close = () => closeInTurn(() => follower.kill(), () => fault.close(), () => strict.close());
  return { stream, follower, fault, strict, isLevel, check, close };
}

const describe = (stream) => `at ${stream.top?.number} of ${grown.head}, settled: ${stream.isSettled}`;

async function runOne(t, kind, wire) {
  const { set, strict: limits, counts, says, beside } = CASES[kind];
  const one = await startOne(kind, wire, beside);
  t.after(one.close);
  const started = Date.now();
  await until(one.isLevel, () => `the start: ${describe(one.stream)}: ${one.follower.errors.join('\n')}`);
  await sleep(300);
  const before = one.follower.measure();
  const anchored = one.stream.counts.BLOCK;
  if (limits) {
    one.strict.set(limits);
    await sleep(FAULT_MS);
    one.strict.set(Object.fromEntries(Object.keys(limits).map((name) => [name, null])));
  } else {
    one.fault.inject({ kind, for: FAULT_MS, ...set });
    await sleep(FAULT_MS);
  }
  await until(one.isLevel, () => `recovery: ${describe(one.stream)}: ${one.follower.errors.slice(-10).join('\n')}`);
  await sleep(800);
  await until(one.isLevel, () => `recovery: ${describe(one.stream)}`);
  const now = one.follower.measure();
  const { errors } = one.follower;
  const stat = await one.follower.stop();
  one.check();
  const counted = countsOf(stat);
  const seconds = (Date.now() - started) / 1000;
  console.log(`# ${kind.padEnd(10)} ${wire.padEnd(4)} ${String(one.fault.counts[kind]?.hits ?? '-').padStart(5)} hits, ${errors.length} lines, ${before.rss.toFixed(0)}–${now.rss.toFixed(0)} MB, ${before.fds}–${now.fds} fds, ${seconds.toFixed(0)} s: ${counted.join(', ')}; ${logTexts(errors).map(([text, count]) => `${count}× ${text}`).join(', ')}`);
  assert.ok(one.stream.counts.BLOCK > anchored);
  if (!limits) assert.ok(one.fault.counts[kind].hits > 0, 'the fault changed nothing');
  if (counts) {
    assert.match(counted.join(' '), counts);
    assert.ok(errors.some((line) => says.test(line)), `not logged: ${errors.join('\n')}`);
  }
  for (const [text, count] of logTexts(errors)) assert.ok(count <= RATE.burst + RATE.perSecond * seconds, `${count} lines: ${text}`);
  assert.ok(now.rss <= RSS_MAX_MB, `${now.rss} MB`);
  assert.ok(now.fds <= before.fds + 1, `${before.fds} descriptors became ${now.fds}`);
}

test('there is a case for each kind', () => {
  assert.deepEqual(Object.keys(FAULTS).filter((kind) => !Object.hasOwn(CASES, kind)), []);
});

for (const wire of WIRES) {
  test(`the follower bears, counts and logs each fault over ${wire}`, { concurrency: 4 }, async (t) => {
    const kinds = Object.keys(CASES).filter((kind) => (CASES[kind].wires ?? ALL).includes(wire) && !(kind === 'reorder' && wire === 'http'));
    await Promise.all(kinds.map((kind) => t.test(kind, (each) => runOne(each, kind, wire))));
  });
}
