// Checks the executor with forge: fuzz tests and invariants. The contract is compiled apart, as it is deployed;
// what is compiled stays in the development chain's cache.
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadArtifacts } from '../devnet/lib/artifacts.mjs';
import { cacheFolder } from '../devnet/lib/compile.mjs';
import { spawnGuarded } from '../devnet/lib/guard.mjs';
import { withLock } from '../devnet/lib/lock.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DEVNET = fileURLToPath(new URL('../devnet', import.meta.url));
const RUNS = { brief: { fuzz: 100, sequences: 40, calls: 50 }, long: { fuzz: 5_000, sequences: 200, calls: 200 } };

/** Where forge is, or undefined: the package exists for x86-64 only. */
export function forgePath() {
  const path = process.env.LIQD_FORGE ?? join(DEVNET, 'node_modules/@foundry-rs/forge-linux-amd64/bin/forge');
  return existsSync(path) ? path : undefined;
}

/** The environment in which forge runs: the real contracts' bytecode, and whatever is in MORE. */
export async function forgeEnvironment(more = {}) {
  const artifact = await loadArtifacts((text) => console.log(text));
  const cache = join(cacheFolder(), 'forge');
  return {
    PATH: process.env.PATH,
    HOME: cache, // whatever the user's own forge is told does not count here
    NO_COLOR: '1',
    FOUNDRY_SOLC: join(HERE, 'solc'),
    FOUNDRY_OUT: join(cache, 'out'),
    FOUNDRY_CACHE_PATH: join(cache, 'cache'),
    LIQD_EXECUTOR: artifact('Executor').bytecode,
    LIQD_UNISWAP_V3_FACTORY: artifact('UniswapV3Factory').bytecode,
    LIQD_UNISWAP_V2_FACTORY: artifact('UniswapV2Factory').bytecode,
    LIQD_MORPHO: artifact('Morpho').bytecode,
    ...more,
  };
}

/** Runs forge; {code, text}, or, with show, its output as it comes and the code alone. */
export async function forge(args, env, show = true) {
  // forge would try again what failed in earlier runs, of other versions too; here the seed tells what is tried
  const failed = mkdtempSync(join(tmpdir(), 'liqd-forge-'));
  const stdio = ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'];
  try {
    const child = spawnGuarded(forgePath(), [...args, '--root', HERE], {
      env: { ...env, FOUNDRY_FUZZ_FAILURE_PERSIST_DIR: failed, FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: failed },
      stdio,
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
    const [code, signal] = await once(child, 'close');
    if (signal) throw new Error(`forge ended with ${signal}`);
    return { code, text };
  } finally {
    rmSync(failed, { recursive: true, force: true });
  }
}

/** Compiles the tests, once for several that start together. */
export async function build(env) {
  return withLock(join(cacheFolder(), 'forge.lock'), () => forge(['build'], env));
}

export function testArguments({ seed, long, match }) {
  const { fuzz, sequences, calls } = RUNS[long ? 'long' : 'brief'];
  const env = { FOUNDRY_FUZZ_RUNS: String(fuzz), FOUNDRY_INVARIANT_RUNS: String(sequences), FOUNDRY_INVARIANT_DEPTH: String(calls) };
  return { env, args: ['test', '--fuzz-seed', String(seed), ...(match ? ['--match-test', match] : [])] };
}

async function main() {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, match: { type: 'string' }, verbose: { type: 'boolean' } } });
  if (!forgePath()) {
    console.log('skipped: there is no forge for this machine; $LIQD_FORGE names one');
    return 77;
  }
  const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
  console.log(`seed ${seed}: repeat with LIQD_TEST_SEED=${seed}`);
  const { env, args } = testArguments({ seed, long: process.env.LIQD_TEST_LONG, match: values.match });
  const environment = await forgeEnvironment(env);
  const built = await build(environment);
  if (built.code !== 0) return built.code;
  return (await forge([...args, ...(values.verbose ? ['-vvvv'] : [])], environment)).code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
