// Prepared states: a deployed world, dumped, kept by the content of everything that made it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startAnvil } from './anvil.mjs';
import { loadArtifacts } from './artifacts.mjs';
import { ROOT, cacheFolder, writeWhole } from './compile.mjs';
import { GENESIS_SEC, deployWorld } from './deploy.mjs';
import { withLock } from './lock.mjs';
import { Rpc } from './rpc.mjs';

const WORLDS_MAX = 16;

/** A hash over our own sources, the packages' versions and what was asked for. */
function keyOf(options) {
  const hash = createHash('sha256').update(JSON.stringify(options));
  for (const folder of ['lib', 'stubs']) {
    for (const file of readdirSync(join(ROOT, folder)).sort()) {
      hash.update(file).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex').slice(0, 32);
}

/** Removes all but the newest worlds: each change of our sources makes new ones, of megabytes. */
function prune() {
  const worlds = readdirSync(cacheFolder()).filter((name) => /^world-.*\.json$/.test(name));
  const byAge = worlds.map((name) => join(cacheFolder(), name)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  byAge.slice(WORLDS_MAX).forEach((path) => rmSync(path, { force: true }));
}

async function prepare(options, path, say) {
  const artifacts = await loadArtifacts(say);
  say(`deploying ${options.protocols.join(', ')} with ${options.borrowers} borrowers`);
  const anvil = await startAnvil({ timestamp: GENESIS_SEC, noMining: true });
  try {
    const rpc = new Rpc(anvil.http);
    const state = await deployWorld(rpc, artifacts, options);
    const dump = await rpc.call('anvil_dumpState');
    writeWhole(path, JSON.stringify({ state, dump }));
    prune();
  } finally {
    await anvil.stop();
  }
}

/** The {state, dump} of a world {protocols, seed, borrowers}, made now if it is not in the cache. */
export async function preparedWorld(options, say = () => {}) {
  const path = join(cacheFolder(), `world-${keyOf(options)}.json`);
  if (!existsSync(path)) {
    await withLock(`${path}.lock`, async () => {
      if (!existsSync(path)) await prepare(options, path, say);
    });
  }
  return JSON.parse(readFileSync(path));
}
