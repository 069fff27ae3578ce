// Compiles the searching contract with the development chain's solc, and keeps it in that chain's cache.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, cacheFolder, writeWhole } from '../devnet/lib/compile.mjs';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

const SOURCE = fileURLToPath(new URL('Search.sol', import.meta.url));
const SETTINGS = {
  optimizer: { enabled: true, runs: 10_000 }, viaIR: true, evmVersion: 'cancun',
  outputSelection: { '*': { Search: ['abi', 'evm.deployedBytecode.object'] } },
};

async function solc(input) {
  const child = spawnGuarded(process.execPath, [join(ROOT, 'lib/compile_worker.mjs'), 'solc'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`solc ended with code ${code}`);
  return JSON.parse(Buffer.concat(chunks));
}

/** {abi, code}: what stands at an address that searches. */
export async function searchContract() {
  const sources = { 'Search.sol': { content: readFileSync(SOURCE, 'utf8') } };
  const input = JSON.stringify({ language: 'Solidity', sources, settings: SETTINGS });
  const path = join(cacheFolder(), `search-${createHash('sha256').update(input).digest('hex').slice(0, 32)}.json`);
  if (!existsSync(path)) {
    const { errors = [], contracts } = await solc(input);
    const error = errors.find(({ severity }) => severity === 'error');
    if (error) throw new Error(error.formattedMessage);
    const { abi, evm } = contracts['Search.sol'].Search;
    writeWhole(path, JSON.stringify({ abi, code: `0x${evm.deployedBytecode.object}` }));
  }
  return JSON.parse(readFileSync(path));
}
