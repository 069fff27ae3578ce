// Compiles a test's own contracts with the development chain's solc, and keeps them in that chain's cache.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, cacheFolder, writeWhole } from '../devnet/lib/compile.mjs';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

const OUTPUT = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'];
const SETTINGS = { optimizer: { enabled: true, runs: 10_000 }, viaIR: true, evmVersion: 'cancun' };

async function solc(input) {
  const child = spawnGuarded(process.execPath, [join(ROOT, 'lib/compile_worker.mjs'), 'solc'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`solc ended with code ${code}`);
  return JSON.parse(Buffer.concat(chunks));
}

/** The contracts of a Solidity file of these names: {name: {abi, bytecode, code}}, code being what then stands there. */
export async function compileFile(url, names) {
  const path = fileURLToPath(url);
  const file = basename(path);
  const settings = { ...SETTINGS, outputSelection: { [file]: Object.fromEntries(names.map((name) => [name, OUTPUT])) } };
  const input = JSON.stringify({ language: 'Solidity', sources: { [file]: { content: readFileSync(path, 'utf8') } }, settings });
  const kept = join(cacheFolder(), `${file}-${createHash('sha256').update(input).digest('hex').slice(0, 32)}.json`);
  if (!existsSync(kept)) {
    const { errors = [], contracts } = await solc(input);
    const error = errors.find(({ severity }) => severity === 'error');
    if (error) throw new Error(error.formattedMessage);
    const made = Object.fromEntries(names.map((name) => {
      const { abi, evm } = contracts[file][name];
      return [name, { abi, bytecode: `0x${evm.bytecode.object}`, code: `0x${evm.deployedBytecode.object}` }];
    }));
    writeWhole(kept, JSON.stringify(made));
  }
  return JSON.parse(readFileSync(kept));
}

/** {abi, code}: what stands at an address that searches. */
export async function searchContract() {
  return (await compileFile(new URL('Search.sol', import.meta.url), ['Search'])).Search;
}
