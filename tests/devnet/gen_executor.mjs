// What tools/gen_executor runs: writes abi/executor/ from src/contracts/Executor.sol.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, compile } from './lib/compile.mjs';

const FOLDER = join(ROOT, '../../abi/executor');
const CALLBACK = /^(executeOperation|onMorphoFlashLoan|uniswapV3\w+Callback)$/;
const USAGE = `usage: tools/gen_executor [--check] [--help]

Writes abi/executor/executor.json, creation.hex and runtime.hex from src/contracts/Executor.sol.

  --check   write nothing; name each file that is not as it would be written, and exit with 1
`;

/** {name: text} of the files; solc's ABI without what nobody calls by hand. */
async function executorFiles(say) {
  const { Executor: { abi, bytecode, runtime } } = await compile(['executor'], say);
  const entries = abi.filter(({ type, name }) => ['function', 'event', 'error'].includes(type) && !CALLBACK.test(name));
  const lines = (hex) => `${hex.slice(2).match(/.{1,100}/g).join('\n')}\n`;
  return {
    'executor.json': `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`,
    'creation.hex': lines(bytecode),
    'runtime.hex': lines(runtime),
  };
}

function current(name) {
  try {
    return readFileSync(join(FOLDER, name), 'utf8');
  } catch {
    return undefined;
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const files = Object.entries(await executorFiles((text) => console.error(text)));
const stale = files.filter(([name, text]) => current(name) !== text);
for (const [name, text] of stale) {
  if (values.check) console.error(`abi/executor/${name}: not what tools/gen_executor writes: run it`);
  else writeFileSync(join(FOLDER, name), text);
}
process.exit(values.check && stale.length > 0 ? 1 : 0);
