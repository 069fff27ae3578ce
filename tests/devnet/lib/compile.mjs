// Compiles units, each in a process of its own, and keeps the output by content: the same compiler,
// settings and sources are compiled once on this machine.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DevnetError } from './errors.mjs';
import { spawnGuarded } from './guard.mjs';
import { withLock } from './lock.mjs';
import { UNITS } from './units.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKER = join(ROOT, 'lib/compile_worker.mjs');
// solc needs 0.3 to 1 GB, and the machines that run tests have few cores
const PROCESSES_MAX = 2;

/** Where compiled contracts and prepared states are kept: $LIQD_DEVNET_CACHE, or in the build folder. */
export function cacheFolder() {
  const folder = process.env.LIQD_DEVNET_CACHE ?? join(ROOT, '../../build/devnet-cache');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new DevnetError(`cache folder ${folder} (${error.code}): name another in $LIQD_DEVNET_CACHE`);
  }
  return folder;
}

/** Writes a file so that no reader ever sees a part of it. */
export function writeWhole(path, text) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function remap(name, remappings) {
  const prefix = Object.keys(remappings).find((key) => name.startsWith(key));
  return prefix ? remappings[prefix] + name.slice(prefix.length) : name;
}

/** Sources are of packages, liqd's own or stubs of this folder. */
function folderOf(name) {
  if (name.startsWith('@')) return 'node_modules';
  return name.startsWith('src/') ? '../..' : '';
}

function read(name, importer) {
  const path = join(ROOT, folderOf(name), name);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new DevnetError(`${path}: not there, and ${importer} needs it: run npm ci in tests/devnet`);
  }
}

/** All sources that the contracts import, as solc wants them, by the name each is imported under. */
function collectSources({ contracts, remappings = {} }) {
  const sources = {};
  const todo = Object.values(contracts).map((name) => ({ name, importer: 'lib/units.mjs' }));
  while (todo.length > 0) {
    const { name, importer } = todo.pop();
    if (sources[name]) continue;
    const content = read(remap(name, remappings), importer);
    sources[name] = { content };
    for (const [, wanted] of content.matchAll(/^\s*import\s[^;'"]*['"]([^'"]+)['"]/gm)) {
      const target = wanted.startsWith('.') ? posix.join(posix.dirname(name), wanted) : wanted;
      todo.push({ name: target, importer: name });
    }
  }
  return sources;
}

function solcInput(unit, changed = {}) {
  const outputSelection = {};
  for (const [name, source] of Object.entries(unit.contracts)) {
    const runtime = unit.runtime ? ['evm.deployedBytecode.object'] : [];
    outputSelection[source] = { [name]: ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences', ...runtime] };
  }
  const settings = { ...unit.settings, outputSelection };
  const sources = collectSources(unit);
  for (const [name, content] of Object.entries(changed)) sources[name] = { content };
  return JSON.stringify({ language: 'Solidity', sources, settings });
}

function compilerVersion(alias) {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules', alias, 'package.json'))).version;
}

async function runSolc(compiler, input) {
  const child = spawnGuarded(process.execPath, [WORKER, compiler], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stdin.on('error', () => {}); // the exit code tells
  child.stdin.end(input);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new DevnetError(`${compiler} ended with ${signal ?? `code ${code}`}: is there memory?`);
  return JSON.parse(Buffer.concat(chunks));
}

function pick(unit, output, name) {
  const errors = (output.errors ?? []).filter((entry) => entry.severity === 'error');
  if (errors.length > 0) throw new DevnetError(`${name}: ${errors[0].formattedMessage.split('\n').slice(0, 2).join(' ')}`);
  return Object.fromEntries(
    Object.entries(unit.contracts).map(([contract, source]) => {
      const { abi, evm } = output.contracts[source][contract];
      const { object, linkReferences } = evm.bytecode;
      const runtime = unit.runtime && { runtime: `0x${evm.deployedBytecode.object}` };
      return [contract, { abi, bytecode: `0x${object}`, linkReferences, ...runtime }];
    }),
  );
}

async function compileUnit(name, say) {
  const unit = UNITS[name];
  const input = solcInput(unit);
  const key = createHash('sha256').update(compilerVersion(unit.compiler)).update(input).digest('hex');
  const path = join(cacheFolder(), `${name}-${key.slice(0, 32)}.json`);
  if (!existsSync(path)) {
    await withLock(`${path}.lock`, async () => {
      if (existsSync(path)) return;
      say(`compiling ${name} with solc ${compilerVersion(unit.compiler)}`);
      const output = await runSolc(unit.compiler, input);
      writeWhole(path, JSON.stringify(pick(unit, output, name)));
    });
  }
  return JSON.parse(readFileSync(path));
}

/** The contracts of a unit with other sources {name: text} in place of its own, not optimised; kept nowhere. */
export async function compileChanged(name, changed) {
  const unit = { ...UNITS[name], settings: { ...UNITS[name].settings, optimizer: { enabled: false } } };
  return pick(unit, await runSolc(unit.compiler, solcInput(unit, changed)), name);
}

/** The contracts {name: {abi, bytecode, linkReferences}} of the named units; say(text) tells progress. */
export async function compile(names, say = () => {}) {
  const todo = [...names];
  const contracts = {};
  const work = async () => {
    while (todo.length > 0) Object.assign(contracts, await compileUnit(todo.shift(), say));
  };
  await Promise.all(Array.from({ length: PROCESSES_MAX }, work));
  return contracts;
}
