// The commands devnet strict, fault and relay: their words, and that nothing outlives them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkScript } from '../lib/fault_script.mjs';
import { toNumber } from '../lib/wire.mjs';
import { anvil, client, eventually, scratch } from './proxy_support.mjs';

const MAIN = fileURLToPath(new URL('../lib/main.mjs', import.meta.url));

/** Starts a command; resolves to what it said when it is ready, or how it ended. */
async function devnet(t, ...words) {
  const child = spawn(process.execPath, [MAIN, ...words]);
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code);
  let out = '';
  let complaint = '';
  child.stderr.on('data', (chunk) => { complaint += chunk; });
  const ready = new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (/^\{.*\}\n/.test(out)) resolve(JSON.parse(out));
    });
  });
  const said = await Promise.race([ready, exited.then(() => undefined)]);
  return { child, exited, said, get out() { return out; }, get complaint() { return complaint; } };
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('strict, relay and fault stand in a row and stop at SIGTERM', async (t) => {
  const { url } = await anvil(t);
  const ipc = path.join(scratch(t), 'strict.ipc');
  const strict = await devnet(t, 'strict', '--upstream', url, '--ipc', ipc, '--dialect', 'besu', '--block-time', '0.05');
  const relay = await devnet(t, 'relay', '--upstream', strict.said.http);
  const fault = await devnet(t, 'fault', '--upstream', strict.said.http, '--seed', '4', '--for', '0');
  assert.deepEqual(fault.said.script, []);
  const node = await client(t, fault.said.ws);
  assert.match(await node.call('web3_clientVersion'), /^besu\//);
  assert.ok(await eventually(async () => toNumber(await node.call('eth_blockNumber')) > 1));
  for (const { child, exited } of [fault, relay, strict]) {
    child.kill('SIGTERM');
    assert.equal(await exited, 143);
  }
  assert.ok(!fs.existsSync(ipc));
});

test('they end when the node before them does, with one line', async (t) => {
  const { url, kill } = await anvil(t);
  const strict = await devnet(t, 'strict', '--upstream', url);
  const relay = await devnet(t, 'relay', '--upstream', strict.said.http);
  kill();
  assert.deepEqual([await strict.exited, await relay.exited], [1, 1]);
  assert.match(strict.complaint, /^devnet: strict: http:\/\/127\.0\.0\.1:\d+ is gone: start it again, then this\n$/);
  assert.match(relay.complaint, /^devnet: relay: .* is gone/);
});

test('they end with their parent, even by SIGKILL', async (t) => {
  const { url } = await anvil(t);
  // a shell that starts the proxy, tells its pid and waits
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${MAIN}" strict --upstream ${url} & wait`]);
  let out = '';
  shell.stdout.on('data', (chunk) => { out += chunk; });
  assert.ok(await eventually(() => out.endsWith('\n')));
  const { pid } = JSON.parse(out);
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  assert.ok(isAlive(pid));
  shell.kill('SIGKILL');
  assert.ok(await eventually(() => !isAlive(pid)));
});

test('Ctrl-C ends them while they wait for a node that never answers', async (t) => {
  const held = [];
  const mute = net.createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.after(() => {
    mute.close();
    held.forEach((socket) => socket.destroy());
  });
  const upstream = `http://127.0.0.1:${mute.address().port}`;
  for (const name of ['strict', 'relay']) {
    const before = held.length;
    const child = spawn(process.execPath, [MAIN, name, '--upstream', upstream]);
    t.after(() => child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    assert.ok(await eventually(() => held.length > before));
    child.kill('SIGINT');
    assert.deepEqual(await exited, [130, null]);
  }
});

test('bad words end in one line and a code', async (t) => {
  const { url } = await anvil(t);
  const script = path.join(scratch(t), 'script.json');
  fs.writeFileSync(script, '[{"kind":"nosuch"}]');
  for (const [code, pattern, ...words] of [
    [2, /no node to stand before: name it with --upstream URL/, 'strict'],
    [2, /--upstream "https:\/\/example\.com": not an http/, 'fault', '--upstream', 'https://example.com'],
    [2, /--listen "70000": not a number from 0 to 65535/, 'relay', '--upstream', url, '--listen', '70000'],
    [2, /--min-tip "1\.5": not a number/, 'strict', '--upstream', url, '--min-tip', '1.5'],
    [2, /--automine and --block-time exclude each other/, 'strict', '--upstream', url, '--automine', '--block-time', '1'],
    [1, /no dialect parity: use one of geth, reth/, 'strict', '--upstream', url, '--dialect', 'parity'],
    [1, /no log limits named x/, 'strict', '--upstream', url, '--logs', 'x'],
    [1, /does not answer \(ECONNREFUSED\)/, 'strict', '--upstream', 'http://127.0.0.1:1'],
    [1, /port \d+ on 127\.0\.0\.1 is in use/, 'strict', '--upstream', url, '--listen', new URL(url).port],
    [1, /script .*script\.json, fault 0: no fault nosuch/, 'fault', '--upstream', url, '--script', script],
    [1, /script \/nosuch \(ENOENT\)/, 'fault', '--upstream', url, '--script', '/nosuch'],
    [1, /is no strict proxy/, 'relay', '--upstream', url],
  ]) {
    const ended = await devnet(t, ...words);
    assert.equal(await ended.exited, code, words.join(' '));
    assert.match(ended.complaint, pattern);
    assert.match(ended.complaint, /^devnet: [^\n]*\n$/);
  }
});

test('a script is told as it can be given again', async (t) => {
  const { url } = await anvil(t);
  const script = path.join(scratch(t), 'script.json');
  fs.writeFileSync(script, '[{"kind":"latency","ms":3},{"kind":"cut","at":5000,"for":10}]');
  const { said } = await devnet(t, 'fault', '--upstream', url, '--script', script);
  assert.deepEqual(checkScript(said.script), said.script);
  assert.equal(said.script[0].ms, 3);
});

test('the kinds of faults are told', async (t) => {
  const { out } = await devnet(t, 'fault', '--kinds');
  assert.match(out, /^latency ms=100 jitter=0: delays/);
});
