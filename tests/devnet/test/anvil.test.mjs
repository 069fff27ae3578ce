import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireFreePort, startAnvil } from '../lib/anvil.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { RpcError } from '../lib/wire.mjs';
import { isGone } from './support.mjs';

const folder = mkdtempSync(join(tmpdir(), 'liqd-devnet-test-'));
after(() => rmSync(folder, { recursive: true }));

const ANVIL_MODULE = new URL('../lib/anvil.mjs', import.meta.url);
const STARTER = `import { startAnvil } from '${ANVIL_MODULE}';
console.log((await startAnvil()).pid);
setInterval(() => {}, 1000);`;

async function waitUntilGone(pid) {
  for (const end = Date.now() + 5000; !isGone(pid); await sleep(10)) assert.ok(Date.now() < end, `${pid} still runs`);
}

test('anvil starts on loopback and stops', async () => {
  const anvil = await startAnvil({ ipc: join(folder, 'one.ipc') });
  const rpc = new Rpc(anvil.http);
  assert.equal(await rpc.call('eth_chainId'), '0x7a69');
  assert.match(anvil.http, /^http:\/\/127\.0\.0\.1:\d+$/);
  const socket = connect(anvil.ipc);
  socket.write('{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}\n');
  const [answer] = await once(socket, 'data');
  assert.equal(JSON.parse(answer).result, '0x0');
  socket.destroy();
  await anvil.stop();
  assert.ok(isGone(anvil.pid));
  await assert.rejects(rpc.call('eth_chainId'), /no node answers at .*ECONNREFUSED.*: start one with devnet up/);
});

test('anvil dies with the process that started it, even by SIGKILL', async () => {
  const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(starter.stdout, 'data');
  const pid = Number(line);
  assert.equal(readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), 'anvil');
  starter.kill('SIGKILL');
  await waitUntilGone(pid);
});

test('a death of anvil is seen', async () => {
  const anvil = await startAnvil();
  process.kill(anvil.pid, 'SIGKILL');
  assert.equal(await anvil.exited, 'SIGKILL');
  await anvil.stop(); // has nothing left to do
});

test('a long chain with statesMax goes back to blocks whose contracts still have code', async () => {
  const anvil = await startAnvil({ noMining: true, statesMax: 100 });
  after(() => anvil.stop());
  const rpc = new Rpc(anvil.http);
  const contract = '0x00000000000000000000000000000000000c0de0';
  await rpc.call('anvil_setCode', [contract, '0x5f5ff3']);
  for (let i = 0; i < 1200; i += 1) await rpc.call('evm_mine');
  await rpc.call('anvil_rollback', [64]);
  assert.equal(await rpc.call('eth_getCode', [contract, 'latest']), '0x5f5ff3');
});

test('a port in use is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address();
  await assert.rejects(requireFreePort(port), new RegExp(`^Error: port ${port} on 127\\.0\\.0\\.1: in use: choose another with --port`));
  await assert.rejects(startAnvil({ port }), /^Error: anvil ended at its start: /);
});

test('a missing anvil is named', async () => {
  process.env.LIQD_ANVIL = '/nowhere/anvil';
  try {
    await assert.rejects(startAnvil(), /no anvil at \/nowhere\/anvil: name one in \$LIQD_ANVIL/);
  } finally {
    delete process.env.LIQD_ANVIL;
  }
});

test('calls, batches and their errors come back in order', async () => {
  const anvil = await startAnvil();
  after(() => anvil.stop());
  const rpc = new Rpc(anvil.http);
  assert.deepEqual(await rpc.batch([]), []);
  assert.deepEqual(await rpc.batch([['eth_chainId'], ['eth_blockNumber'], ['net_version']]), ['0x7a69', '0x0', '31337']);
  const [good, bad] = await rpc.settle([['eth_chainId'], ['no_such_method']]);
  assert.equal(good.result, '0x7a69');
  assert.equal(bad.error.code, -32601);
  await assert.rejects(rpc.batch([['eth_chainId'], ['no_such_method']]), RpcError);
  await assert.rejects(rpc.call('no_such_method'), /^Error: no_such_method: /);
  assert.ok(existsSync(`/proc/${anvil.pid}`));
});
