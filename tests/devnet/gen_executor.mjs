// What tools/gen_executor runs: writes abi/executor/ from src/contracts/Executor.sol.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, compile } from './lib/compile.mjs';

const TREE = join(ROOT, '../..');
const CALLBACK = /^(executeOperation|onMorphoFlashLoan|uniswapV3\w+Callback)$/;
const USAGE = `usage: tools/gen_executor [--check] [--help]

Writes abi/executor/executor.json, creation.hex and runtime.hex, and the C of its code in decide,
from src/contracts/Executor.sol.

  --check   write nothing; name each file that is not as it would be written, and exit with 1
`;

/** The runtime code as C has it. */
function codeText(hex) {
  const bytes = hex.slice(2).match(/../g);
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => bytes.slice(16 * i, 16 * i + 16));
  return `/* Made by tools/gen_executor from src/contracts/Executor.sol; do not edit. */

#include "liqd/decide/executor_code.h"

/* clang-format off */
const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ] = {
${rows.map((row) => `    ${row.map((byte) => `0x${byte},`).join(' ')}`).join('\n')}
};
/* clang-format on */
`;
}

const headerText = (hex) => `/* Made by tools/gen_executor from src/contracts/Executor.sol; do not edit. */

#ifndef LIQD_DECIDE_EXECUTOR_CODE_H
#define LIQD_DECIDE_EXECUTOR_CODE_H

#include <stdint.h>

/* The code that stands on the chain where our executor is deployed. It has no immutables: this is
   all of it, but for its storage (abi/executor/README.md). */
#define LQ_EXECUTOR_CODE_SZ ${(hex.length - 2) / 2}u
extern const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ];

#endif
`;

/** {path: text} of the files; solc's ABI without what nobody calls by hand. */
async function executorFiles(say) {
  const { Executor: { abi, bytecode, runtime } } = await compile(['executor'], say);
  const entries = abi.filter(({ type, name }) => ['function', 'event', 'error'].includes(type) && !CALLBACK.test(name));
  const lines = (hex) => `${hex.slice(2).match(/.{1,100}/g).join('\n')}\n`;
  return {
    'abi/executor/executor.json': `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`,
    'abi/executor/creation.hex': lines(bytecode),
    'abi/executor/runtime.hex': lines(runtime),
    'include/liqd/decide/executor_code.h': headerText(runtime),
    'src/decide/executor_code.c': codeText(runtime),
  };
}

function current(name) {
  try {
    return readFileSync(join(TREE, name), 'utf8');
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
  if (values.check) console.error(`${name}: not what tools/gen_executor writes: run it`);
  else writeFileSync(join(TREE, name), text);
}
process.exit(values.check && stale.length > 0 ? 1 : 0);
