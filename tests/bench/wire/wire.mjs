// From wire to wire: a node of C, from right before it writes the log of a price to right after it has read the transaction
// that answers it. Of liqd, as `liqd run` on the real contracts behind that node, each time with another borrower who becomes
// liquidatable; of a program that answers with as many bytes and does nothing else; and of a minimal viem client. Each over
// WebSocket and IPC, asleep and spinning, and with the bare signature: all in one run, by turns, as ratios. --json writes them
// as tools/bench does, where a ratio is that of the time to the reference's.
//
//   tests/devnet/run-node tests/bench/wire/wire.mjs --liqd build/release/liqd --node build/release/tests/bench/liqd_bench_wire
//     [--count 200] [--pin 1] [--only ws-spin] [--realtime] [--json FILE] [--keep]
//
// There must be two cores, and nothing else should run on them, or --realtime gives all that is measured the same precedence.
// What is quoted in the manual is the calmest of several runs with --realtime.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sendPrice } from '../../devnet/lib/actions.mjs';
import { deployExecutor } from '../../devnet/lib/deploy_executor.mjs';
import { startDevnet } from '../../devnet/lib/devnet.mjs';
import { spawnGuarded } from '../../devnet/lib/guard.mjs';
import { liqdConfig } from '../../devnet/lib/liqd_config.mjs';
import { encodeFunctionData, keccak256, parseAbi, privateKeyToAccount, toHex } from '../../devnet/viem.mjs';
import { fundContract } from '../../sim/funds.mjs';

const { values } = parseArgs({
  options: {
    liqd: { type: 'string' }, node: { type: 'string' }, count: { type: 'string', default: '200' }, pin: { type: 'string', default: '1' },
    only: { type: 'string' }, realtime: { type: 'boolean', default: false }, json: { type: 'string' }, keep: { type: 'boolean', default: false },
  },
});
assert.ok(values.liqd && values.node, 'usage: wire.mjs --liqd PROGRAM --node PROGRAM [--count N] [--pin CPU] [--only WAY] [--realtime] [--json FILE] [--keep]');
const WAYS = ['ws-sleep', 'ws-spin', 'ipc-sleep', 'ipc-spin'].filter((way) => !values.only || way === values.only);
const OTHER = values.pin === '0' ? '1' : '0'; // the node's core
const ROUNDS = 7; // of liqd, echo and viem: what else the machine does is then the same for each
const PER_ROUND = Math.ceil(Number(values.count) / ROUNDS);
const WARM = { liqd: 1, echo: 5, viem: 150 }; // not counted, of each round: liqd stood still, viem's code is compiled while it runs
const STEPS = ROUNDS * (WARM.liqd + PER_ROUND);
const GAP_MS = 20; // between two logs of viem's. The echo's are as far apart as liqd's: what waits longer is colder, node and all
const CALM_MS = 60; // for what a block brings to be over
const WAIT_MS = 120_000;
const SECRET = 'a passphrase of the tests';
const HIGH = 2420; // dollars: borrowing ends 3 % above where liquidation begins
const STEP = 0.999;
const COLLATERAL = 600_000_000_000_000_000n; // so little that all of it may go at once
const THRESHOLD = 0.83;
const POOL_ABI = parseAbi(['function supply(address, uint256, address, uint16)', 'function borrow(address, uint256, uint256, uint16, address)']);
const hex = (n) => `0x${BigInt(n).toString(16)}`;
const accountOf = (name) => {
  const key = keccak256(toHex(`wire to wire: ${name}`));
  return { key, address: privateKeyToAccount(key).address };
};
const OWNER = accountOf('owner');
const SENDER = accountOf('sender');

let folder;
let runDir; // on a tmpfs, as its text demands
const at = (name) => path.join(folder, name);

/** The price before trigger number i, from 1; and what makes number i liquidatable halfway between. */
const priceOf = (i) => HIGH * STEP ** i;
const debtOf = (i) => BigInt(Math.floor(0.6 * THRESHOLD * ((priceOf(i) + priceOf(i - 1)) / 2) * 1e6));

function quantile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)];
}
const median = (list) => quantile(list, 0.5);

/** A program whose lines are heard; `until` waits for a pattern. */
class Program {
  lines = [];
  constructor(command, args) {
    this.child = spawnGuarded(command, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    this.done = once(this.child, 'close').then(([code]) => { this.ended = true; return code; });
  }

  async until(pattern, { meanwhile = () => sleep(5), from = 0, ms = WAIT_MS } = {}) {
    for (const end = Date.now() + ms; ; await meanwhile()) {
      const found = this.lines.slice(from).map((line) => pattern.exec(line)).find(Boolean);
      if (found) return found;
      assert.ok(!this.ended && Date.now() < end, `${pattern} did not come: ${this.lines.slice(-30).join('\n')}`);
    }
  }

  async stop() {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await this.done;
    clearTimeout(late);
  }
}

/** One of those that are measured, on one core or on any. */
function measured(command, args, cpu) {
  const pinned = cpu === undefined ? [command, ...args] : ['taskset', '-c', cpu, command, ...args];
  const [first, ...rest] = values.realtime ? ['chrt', '-r', '10', ...pinned] : pinned;
  return new Program(first, rest);
}

/** Mines a block with a price of ether. */
async function setPrice({ rpc, state }, price) {
  await sendPrice(rpc, state, 'WETH', price.toFixed(8));
  await rpc.call('evm_mine');
}

/** Borrowers of ether's price, each a step nearer to liquidation than the next. */
async function openLadder({ rpc, state }, count) {
  const { pool } = state.protocols['aave-v3.6'];
  const { whale } = state.accounts;
  const data = (functionName, args) => encodeFunctionData({ abi: POOL_ABI, functionName, args });
  const gas = hex(1_200_000);
  await rpc.call('evm_setAutomine', [false]);
  for (let i = 1; i <= count; i += 1) {
    const { address } = accountOf(`borrower ${i}`);
    await rpc.call('anvil_setBalance', [address, hex(10n ** 20n)]);
    await rpc.call('eth_sendTransaction', [{ from: whale.address, to: pool, gas, data: data('supply', [state.tokens.WETH.address, COLLATERAL, address, 0]) }]);
    await rpc.call('evm_mine');
    await rpc.call('eth_sendTransaction', [{ from: address, to: pool, gas, data: data('borrow', [state.tokens.USDC.address, debtOf(i), 2n, 0, address]) }]);
    if (i % 20 === 0) await rpc.call('evm_mine');
  }
  await rpc.call('evm_mine');
}

async function makeKeystore() {
  fs.writeFileSync(at('pass'), SECRET, { mode: 0o600 });
  fs.writeFileSync(at('key'), SENDER.key, { mode: 0o600 });
  const made = new Program(values.liqd, ['keys', 'import', '--out', at('key.json'), '--key-file', at('key'), '--passphrase-file', at('pass')]);
  assert.equal(await made.done, 0, made.lines.join('\n'));
}

function configure(state, url, spin) {
  const limits = 'limits:\n  gas_hour: 0 ETH\n  gas_day: 0 ETH\n  gap: 0\n  loss_day: 0\n';
  const text = `${liqdConfig(state, { url, snapshot: at('book.snapshot'), memory: at('limits.memory') }).replace('limits:\n', limits)}
senders:
  main:
    keystore: "${at('key.json')}"
    passphrase_file: "${at('pass')}"
journal:
  file: "${at('journal.db')}"
  run_dir: "${runDir}"
control:
  socket: "${at('s')}"
send: {simulate: false, gas_margin: 10000}
log: {rate: 0}
cpu: {spin: ${spin}, pin: ${spin ? values.pin : -1}}
`;
  fs.writeFileSync(at('liqd.yaml'), text, { mode: 0o600 });
  return at('liqd.yaml');
}

/** Starts the node at a place; [program, place, what a client is told]. */
async function startNode(way, args) {
  const place = way.startsWith('ws') ? 'ws:0' : `ipc:${at(`${args[0]}.sock`)}`;
  if (!way.startsWith('ws')) fs.rmSync(place.slice(4), { force: true });
  const node = measured(values.node, [args[0], place, ...args.slice(1)], OTHER);
  const [, where] = await node.until(/^listening (.*)$/);
  return [node, where, where.startsWith('ws') ? `ws://127.0.0.1:${where.slice(3)}` : where.slice(4)];
}

const figures = (lines) => lines.flatMap((line) => {
  const found = /^answered ([\d.]+) us (\d+) bytes/.exec(line);
  return found ? [{ us: Number(found[1]), bytes: Number(found[2]) }] : [];
});

/** What liqd says that each stage of it took. */
async function askStages() {
  const status = new Program(values.liqd, ['status', '--json', '--config', at('liqd.yaml')]);
  await status.done;
  return JSON.parse(status.lines.join('\n')).stages;
}

const logOf = (node) => node.lines.findLast((line) => line.startsWith('log ')).slice(4);

/** Has PEERS measured while liqd stands still. */
async function standStill({ rpc }, liqd, peers) {
  liqd.child.kill('SIGSTOP');
  try {
    await peers();
  } finally {
    liqd.child.kill('SIGCONT');
  }
  await sleep(CALM_MS);
  await rpc.call('evm_mine');
  await sleep(5 * CALM_MS);
}

/** What liqd takes for each of the ladder. */
async function runLiqd(devnet, way, peers) {
  const { rpc, state } = devnet;
  const [node, , url] = await startNode(way, ['proxy', state.ipc]);
  const liqd = measured(values.liqd, ['run', '--config', configure(state, url, way.endsWith('spin'))]);
  const often = async () => { await sleep(400); await rpc.call('evm_mine'); };
  const again = () => {
    let cnt = 0;
    return async () => { await sleep(5); if ((cnt += 1) % 200 === 0) await rpc.call('evm_mine'); };
  };
  const apart = [];
  let stages;
  let before = 0;
  try {
    await liqd.until(/start: ready/, { meanwhile: often });
    await liqd.until(/market=aave_v36 trust=trusted/, { meanwhile: often });
    for (let i = 1; i <= STEPS; i += 1) {
      const [heard, said, began] = [node.lines.length, liqd.lines.length, performance.now()];
      await setPrice(devnet, priceOf(i));
      const [, un] = await node.until(/^(un)?answered/, { from: heard });
      await sleep(CALM_MS);
      await rpc.call('evm_mine');
      if (!un) await liqd.until(/ mined {6}/, { from: said, meanwhile: again() }); // the block may have come before it
      await sleep(CALM_MS);
      apart.push(performance.now() - began);
      if (i % (WARM.liqd + PER_ROUND)) continue;
      fs.writeFileSync(at('log.json'), logOf(node));
      const got = figures(node.lines);
      const round = { got: got.slice(before + WARM.liqd), gapMs: Math.round(median(apart)) };
      before = got.length;
      await standStill(devnet, liqd, () => peers(round));
    }
    stages = await askStages();
  } finally {
    await liqd.stop();
    fs.writeFileSync(at(`liqd-${way}.log`), liqd.lines.join('\n'));
    await node.stop();
  }
  return { stages, missed: node.lines.filter((line) => line === 'unanswered').length };
}

/** What a peer takes for the same log every gapMs, in one round. */
async function runPeer(way, warm, gapMs, start) {
  const [node, where, url] = await startNode(way, ['play', at('log.json'), PER_ROUND + warm, gapMs]);
  const peer = start(where, url);
  try {
    await node.done;
  } finally {
    peer.child.kill('SIGKILL');
    await peer.done;
  }
  const got = figures(node.lines);
  assert.ok(got.length > warm, `the peer did not answer: ${peer.lines.slice(-10).join('\n')}`);
  return got.slice(warm);
}

const runEcho = (way, { got, gapMs }) => runPeer(way, WARM.echo, gapMs, (where) => {
  const bytes = median(got.map((one) => one.bytes));
  const how = way.endsWith('spin') ? 'spin' : 'sleep';
  const echo = ['echo', where, at('log.json'), bytes, how];
  return measured(values.node, echo, how === 'spin' ? values.pin : undefined);
});
const runViem = (way) => runPeer(way, WARM.viem, GAP_MS, (where, url) => measured(process.execPath, [new URL('./peer_viem.mjs', import.meta.url).pathname, url]));

async function runSign() {
  const program = measured(values.node, ['sign'], values.pin);
  await program.done;
  return program.lines.map((line) => line.match(/[\d.]+/g).map(Number)).map(([sign, recover]) => ({ sign, recover }));
}

const spread = (list) => ({ p50: quantile(list, 0.5), p90: quantile(list, 0.9), p99: quantile(list, 0.99), count: list.length });
const show = (name, { p50, p90, count }) => `  ${name.padEnd(8)} p50 ${p50.toFixed(1).padStart(8)} us  p90 ${p90.toFixed(1).padStart(8)} us  of ${count}`;

async function measure(devnet, way) {
  const us = (list) => list.map((one) => one.us);
  const rounds = [];
  const { missed, stages } = await runLiqd(devnet, way, async (round) => {
    assert.ok(round.got.length, `${way}: liqd answered nothing: see ${folder}`);
    const [echo, viem, signs] = [us(await runEcho(way, round)), us(await runViem(way)), await runSign()];
    rounds.push({ liqd: us(round.got), echo, viem, sign: signs.map((one) => one.sign), recover: signs.map((one) => one.recover), bytes: round.got[0].bytes });
  });
  const [liqd, echo, viem, sign, recover] = ['liqd', 'echo', 'viem', 'sign', 'recover'].map((name) => spread(rounds.flatMap((one) => one[name])));
  // the machine is not as fast in one round as in another: each is compared with itself
  const besides = rounds.map((one) => median(one.liqd) / (median(one.echo) + 1.25 * median(one.sign)));
  const faster = median(rounds.map((one) => median(one.viem) / median(one.liqd)));
  const beside = median(besides);
  const target = way.endsWith('spin') ? 10 : 8;
  console.log(`${way}: ${rounds[0].bytes} bytes sent, ${missed} unanswered`);
  for (const [name, one] of Object.entries({ liqd, echo, viem })) console.log(show(name, one));
  console.log(`  liqd's stages: ${stages.map(({ stage, p50_ns: ns }) => `${stage} ${(ns / 1e3).toFixed(1)}`).join(', ')} us; their sum / bare signature ${(stages.reduce((sum, { p50_ns: ns }) => sum + ns / 1e3, 0) / sign.p50).toFixed(2)}`);
  console.log(`  bare signature ${sign.p50.toFixed(1)} us, recovery, which comes behind the write, ${recover.p50.toFixed(1)} us`);
  console.log(`  viem / liqd ${faster.toFixed(2)} (target ${target}${faster >= target ? '' : ': missed'}); liqd / (echo + 1.25 signatures) ${beside.toFixed(2)}`
    + `${way.endsWith('spin') ? ` (target 1.00${beside <= 1 ? '' : ': missed'})` : ''}, by rounds ${besides.map((one) => one.toFixed(2)).join(' ')}`);
  return casesOf(way, { liqd, echo, viem, faster, beside, target, stages, sign });
}

/** As tools/bench writes them. */
function casesOf(way, { liqd, echo, viem, faster, beside, target, stages, sign }) {
  const one = (name, { p50, p99 }, reference = null, against = null, ratio = null, limit = null) => ({
    name: `wire/${way}/${name}`, unit: 'us', p50, p99, reference, reference_p50: against, ratio, target: limit,
  });
  return [
    one('signed', liqd, 'viem', viem.p50, 1 / faster, 1 / target),
    one('signed beside its floor', liqd, 'echo and 1.25 signatures', echo.p50 + 1.25 * sign.p50, beside, way.endsWith('spin') ? 1 : null),
    one('echo', echo),
    ...stages.map(({ stage, p50_ns: p50, p99_ns: p99 }) => one(stage, { p50: p50 / 1e3, p99: p99 / 1e3 })),
  ];
}

/** A chain of its own for each: what went before is neither in its book nor in its journal. */
async function run(way) {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-wire-'));
  runDir = fs.mkdtempSync('/dev/shm/liqd-wire-');
  const devnet = await startDevnet({ borrowers: 0, statesMax: 2000 });
  try {
    const { rpc, state } = devnet;
    for (const { address } of [OWNER, SENDER]) await rpc.call('anvil_setBalance', [address, hex(10n ** 22n)]);
    state.executor = (await deployExecutor(rpc, OWNER, [SENDER.address])).address;
    await fundContract(devnet, state.executor);
    await openLadder(devnet, STEPS);
    await setPrice(devnet, priceOf(0));
    await makeKeystore();
    return await measure(devnet, way);
  } finally {
    await devnet.stop();
    fs.rmSync(runDir, { recursive: true, force: true });
    if (values.keep) console.log(folder);
    else fs.rmSync(folder, { recursive: true, force: true });
  }
}

const results = [];
for (const way of WAYS) results.push(...await run(way));
if (values.json) fs.writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
