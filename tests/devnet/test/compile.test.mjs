import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadArtifacts } from '../lib/artifacts.mjs';
import { compile } from '../lib/compile.mjs';
import { withLock } from '../lib/lock.mjs';
import { preparedWorld } from '../lib/prepared.mjs';
import { UNITS } from '../lib/units.mjs';
import { PROTOCOLS } from '../lib/world.mjs';
import { WORLD } from './support.mjs';

const folder = mkdtempSync(join(tmpdir(), 'liqd-devnet-test-'));
after(() => rmSync(folder, { recursive: true }));

/** What work says when the cache is an empty folder of its own. */
async function inOwnCache(work) {
  const given = process.env.LIQD_DEVNET_CACHE;
  process.env.LIQD_DEVNET_CACHE = folder;
  try {
    return await work();
  } finally {
    if (given === undefined) delete process.env.LIQD_DEVNET_CACHE;
    else process.env.LIQD_DEVNET_CACHE = given;
  }
}

// ctest runs this file before the others: what it compiles and prepares is in the cache for them.
test('all contracts compile, and none is larger than a chain accepts', async () => {
  const artifacts = await loadArtifacts();
  for (const name of ['PoolInstance', 'Pool30', 'Morpho', 'FluxAggregator', 'AuthorizedForwarder', 'UniswapV2Router02']) {
    const { abi, bytecode } = artifacts(name);
    assert.ok(abi.length > 0, name);
    assert.ok(bytecode.length > 100 && bytecode.length < 2 * 49_152, name);
  }
});

test('the world of the tests is prepared once', async () => {
  const options = { protocols: PROTOCOLS, seed: String(WORLD.seed), borrowers: WORLD.borrowers };
  const first = await preparedWorld(options);
  const said = [];
  const second = await preparedWorld(options, (text) => said.push(text));
  assert.deepEqual(said, []);
  assert.deepEqual(second.state, first.state);
});

test('the same content is compiled once, other content again', async () => {
  const said = [];
  const build = () => inOwnCache(() => compile(['forwarder'], (text) => said.push(text)));
  const [first, second] = [await build(), await build()];
  assert.equal(said.length, 1);
  assert.deepEqual(second, first);
  const { optimizer } = UNITS.forwarder.settings;
  optimizer.runs = 1;
  const third = await build();
  assert.equal(said.length, 2);
  assert.notEqual(third.AuthorizedForwarder.bytecode, first.AuthorizedForwarder.bytecode);
});

test('two that want the same at once compile it once', async () => {
  UNITS.forwarder.settings.optimizer.runs = 2;
  const said = [];
  const build = () => compile(['forwarder'], (text) => said.push(text));
  await inOwnCache(() => Promise.all([build(), build()]));
  assert.equal(said.length, 1);
  assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.lock')), []);
});

test('the lock of a dead process is taken over', async () => {
  const path = join(folder, 'dead.lock');
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(path, String(child.pid));
  assert.equal(await withLock(path, () => 'done'), 'done');
  assert.ok(!existsSync(path));
});

test('a source that is missing is named, with the importer and the remedy', async () => {
  UNITS.forwarder.contracts.Missing = '@chainlink/contracts/src/v0.7/Missing.sol';
  await assert.rejects(inOwnCache(() => compile(['forwarder'])), /Missing\.sol: not there, and lib\/units\.mjs needs it: run npm ci/);
});
