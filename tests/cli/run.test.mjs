// liqd run --dry-run and liqd replay as a user runs them, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mine, reorg, setPrice } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';

const { state, rpc } = await chain({ borrowers: 40 });
await mine(rpc, 6); // anvil has no states of the set-up

const WAIT_MS = 120_000;

/** Starts liqd; `run` resolves to its code and what it wrote; `until` to the match of a pattern in what it says. */
function start(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  let ended = false;
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const run = once(child, 'close').then(([code, signal]) => { ended = true; return { code, signal, ...said }; });
  const until = async (pattern, meanwhile = () => sleep(20)) => {
    const end = Date.now() + WAIT_MS;
    while (!pattern.test(said.err)) {
      assert.ok(!ended && Date.now() < end, `${pattern} did not come: ${said.err.slice(-4000)}`);
      await meanwhile();
    }
  };
  return { child, run, until };
}
const liqd = (...args) => start(...args).run;

function config(folder, options = {}, change = (text) => text) {
  const file = path.join(folder, 'liqd.yaml');
  fs.writeFileSync(file, change(liqdConfig(state, options)), { mode: 0o600 });
  return file;
}

/** The decisions among lines of a log, each without its time. */
const decisions = (text) => text.split('\n').filter((line) => line.includes(' module=engine ')).map((line) => line.replace(/^time=\S+ /, ''));

/** A run that ends by a signal when `work` is done. */
async function dryRun(file, args, work) {
  const daemon = start('run', '--dry-run', '--config', file, ...args);
  try {
    await daemon.until(/following the chain|a snapshot is taken up/);
    await work(daemon);
  } finally {
    daemon.child.kill('SIGTERM');
  }
  const ended = await daemon.run;
  assert.equal(ended.code, 0, ended.err);
  return ended;
}

const trusted = (market) => new RegExp(`msg=trust market=${market} trust=trusted`);

test('what a dry run would take is replayed from its recording, to the byte', { timeout: 10 * 60_000 }, async (t) => {
  const folder = scratch(t);
  const [snapshot, kept, events] = ['book.snapshot', 'limits.memory', 'day.events'].map((name) => path.join(folder, name));
  const memory = `${kept}.dry`; // a live run has its own
  const file = config(folder, { snapshot, memory: kept }, (text) => `${text}\nlog: {rate: 0}\n`);
  t.after(() => setPrice(rpc, state, 'WETH', '2500'));

  // a market is trusted when it has been audited enough, which the snapshot keeps
  const first = await dryRun(file, [], async ({ until }) => {
    await until(trusted('aave_v36'), () => mine(rpc, 1));
  });
  assert.match(first.out, /^candidates +\d+$/m);
  assert.equal(fs.statSync(memory).mode & 0o777, 0o600);

  const second = await dryRun(file, ['--record', events], async ({ until }) => {
    await setPrice(rpc, state, 'WETH', '2000');
    await until(/ msg=take /);
    await until(/reason=taken/, async () => { // nobody else takes them; what comes too late is asked for anew
      await mine(rpc, 1);
      await sleep(1000);
    });
    await setPrice(rpc, state, 'WETH', '1800');
    await until(/the chain was reorganised/, async () => { // one that it has not seen is none
      await mine(rpc, 1);
      await sleep(200);
      await reorg(rpc, state, 1);
      await sleep(200);
    });
    await setPrice(rpc, state, 'WETH', '2500');
    await until(/reason=healed/);
  });
  assert.match(second.err, /the recording is complete/);
  assert.match(second.err, / msg=take intent=\d+ market=\w+ account=0x[0-9a-fA-F]{40} steps=\d profit_usd=[\d.]+ gas=\d+ /);
  const [, taken] = second.out.match(/would have been taken +(\d+)/);
  assert.ok(Number(taken) > 0);
  assert.equal(fs.statSync(events).mode & 0o777, 0o600);
  assert.ok(!fs.readFileSync(events).includes(state.ipc), 'a node is in the recording');

  const same = await liqd('replay', events);
  assert.equal(same.code, 0, same.err);
  assert.match(same.out, /\d+ events, \d+ actions, all the same\n/);
  assert.deepEqual(decisions(same.out), decisions(second.err));
  const [decided] = second.out.match(/^candidates[^]*?(?=^won )/m);
  assert.ok(same.out.endsWith(decided), 'the same is summed up');
  const json = await liqd('replay', '--json', events);
  assert.equal(json.code, 0, json.err);
  const lines = json.out.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.at(-1).same, true);
  assert.equal(lines.filter(({ msg }) => msg === 'take').length, Number(taken));
  assert.equal(lines.at(-1).take_cnt, Number(taken));

  await t.test('a flipped bit is found, and where', async () => {
    const bytes = fs.readFileSync(events);
    const bad = path.join(folder, 'bad.events');
    bytes[bytes.length - 1000] ^= 4;
    fs.writeFileSync(bad, bytes);
    const { code, err, out } = await liqd('replay', bad);
    assert.equal(code, 1);
    assert.match(err, /bad\.events": .*byte \d+/);
    assert.match(err, /: \d+ events are good/);
    assert.match(err, /every action before that is the same/);
    assert.match(out, /\d+ events, \d+ actions\n/);
  });

  await t.test('one that was cut off is replayed up to there', async () => {
    const bytes = fs.readFileSync(events);
    const bad = path.join(folder, 'cut.events');
    fs.writeFileSync(bad, bytes.subarray(0, bytes.length - 10));
    const { code, err } = await liqd('replay', bad);
    assert.equal(code, 1);
    assert.match(err, /byte \d+/);
    assert.match(err, /every action before that is the same/);
  });

  await t.test('one that exists is not overwritten', async () => {
    const size = fs.statSync(events).size;
    const { code, err } = await liqd('run', '--dry-run', '--once', '--config', file, '--record', events);
    assert.equal(code, 1, err);
    assert.match(err, /day\.events/);
    assert.equal(fs.statSync(events).size, size);
  });

  await t.test('a memory that is damaged is refused', async () => {
    const bytes = fs.readFileSync(memory);
    const bad = Buffer.from(bytes);
    bad[bad.length - 1] ^= 1;
    fs.writeFileSync(memory, bad);
    const { code, err } = await liqd('run', '--dry-run', '--once', '--config', file);
    assert.equal(code, 1, err);
    assert.match(err, /limits\.memory\.dry": is damaged: limits would count from nothing, .*; restore it, or move it away/);
    assert.deepEqual(fs.readFileSync(memory), bad);
    fs.writeFileSync(memory, bytes);
  });

  await t.test('once, it looks and ends', async () => {
    const recording = path.join(folder, 'once.events');
    const { code, err, out } = await liqd('run', '--dry-run', '--once', '--config', file, '--record', recording);
    assert.equal(code, 0, err);
    assert.match(out, /^candidates/m);
    assert.equal((await liqd('replay', recording)).code, 0);
  });

  await t.test('with record.dir each run begins a recording there, and the oldest go', async () => {
    const dir = path.join(folder, 'recordings');
    const rotating = path.join(folder, 'rotating.yaml');
    fs.writeFileSync(rotating, `include: [${JSON.stringify(file)}]\nrecord: {dir: ${JSON.stringify(dir)}, keep: 2}\n`);
    const seen = [];
    for (let i = 0; i < 3; i++) {
      const { code, err } = await liqd('run', '--dry-run', '--once', '--config', rotating);
      assert.equal(code, 0, err);
      assert.match(err, /msg="the recording is complete" file=\S+recordings events=\d+ parts=1 /);
      const files = fs.readdirSync(dir).filter((name) => name.endsWith('.liqdlog')).sort();
      assert.equal(files.length, Math.min(i + 1, 2));
      assert.match(files.at(-1), /^\d+-\d{8}T\d{6}\.\d{6}Z-000000\.liqdlog$/);
      assert.ok(!seen.includes(files.at(-1)));
      seen.push(files.at(-1));
      assert.deepEqual(files, seen.slice(-2));
      assert.equal((await liqd('replay', path.join(dir, files.at(-1)))).code, 0);
    }
    const one = path.join(folder, 'one.events');
    assert.equal((await liqd('run', '--dry-run', '--once', '--config', rotating, '--record', one)).code, 0);
    assert.ok(fs.existsSync(one));
    assert.equal(fs.readdirSync(dir).filter((name) => name.endsWith('.liqdlog')).length, 2);
  });
});

test('where the recording cannot be written further that is said, and the run goes on', async (t) => {
  const folder = scratch(t);
  const events = path.join(folder, 'day.events');
  const file = config(folder);
  // no file beyond so many blocks: the recording is the only one
  const child = spawn('sh', ['-c', 'ulimit -f 40; exec "$0" "$@"', process.env.LIQD, 'run', '--dry-run', '--config', file, '--record', events], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let err = '';
  let out = '';
  child.stderr.on('data', (chunk) => { err += chunk; });
  child.stdout.on('data', (chunk) => { out += chunk; });
  const end = Date.now() + WAIT_MS;
  while (!err.includes('the recording has ended early')) {
    assert.ok(Date.now() < end && child.exitCode === null, err);
    await mine(rpc, 1);
  }
  assert.match(err, /level=error module=record msg="the recording has ended early: it holds what came before" file=\S+ events=\d+ why="File too large"/);
  await mine(rpc, 2);
  await sleep(500);
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  const [code] = await ended;
  assert.equal(code, 0, err);
  assert.match(out, /^candidates/m);
  const replayed = await liqd('replay', events);
  assert.match(replayed.out, /\d+ events, \d+ actions/);
  assert.doesNotMatch(replayed.err, /differs/);
});

test('where the inventory has more digits than its token that is said', async (t) => {
  const file = config(scratch(t), {}, (text) => text.replace(/( {2}usdc:\n {4}token: .*\n {4}amount: )"\d+"/, '$1"0.0000001"'));
  const { code, err } = await liqd('run', '--dry-run', '--once', '--config', file);
  assert.equal(code, 78, err);
  assert.match(err, /inventory\.usdc\.amount: "0\.0000001"/);
});
