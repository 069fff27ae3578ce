// What tools/gen_executor runs: writes abi/executor/ from src/contracts/Executor.sol.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, compile } from './lib/compile.mjs';

const FOLDER = join(ROOT, '../..');
const CALLBACK = /^(executeOperation|onMorphoFlashLoan|uniswapV3\w+Callback)$/;
const USAGE = `usage: tools/gen_executor [--check] [--help]

Writes abi/executor/executor.json, creation.hex and runtime.hex from src/contracts/Executor.sol, and the code that a
dry run puts in by override as include/liqd/decide/executor_code.h and src/decide/executor_code.c.

  --check   write nothing; name each file that is not as it would be written, and exit with 1
`;

const WRITTEN = '/* Written by tools/gen_executor from src/contracts/Executor.sol: edit that and run it again. */';

const bytesOf = (hex) => hex.match(/../g).map((byte) => `0x${byte},`);
const linesOf = (bytes) => Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => `    ${bytes.slice(16 * i, 16 * i + 16).join(' ')}`);

/** The code as a C header and its source. */
function executorSources(creation, runtime) {
  const bytes = bytesOf(runtime.slice(2));
  if (!creation.endsWith(runtime.slice(2))) throw new Error('the creation code does not end with the runtime code');
  const prefix = bytesOf(creation.slice(2, creation.length - runtime.length + 2));
  return {
    'include/liqd/decide/executor_code.h': `${WRITTEN}
#ifndef LIQD_DECIDE_EXECUTOR_CODE_H
#define LIQD_DECIDE_EXECUTOR_CODE_H

#include <stdint.h>

/* What stands on the chain where the executor is deployed; it has no immutables. */
#define LQ_EXECUTOR_CODE_SZ ${bytes.length}u
extern const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ];

/* What deploys it: these bytes, the code, and the owner's address as a word. */
#define LQ_EXECUTOR_PREFIX_SZ ${prefix.length}u
extern const uint8_t lq_executor_prefix[LQ_EXECUTOR_PREFIX_SZ];

#endif
`,
    'src/decide/executor_code.c': `${WRITTEN}
#include "liqd/decide/executor_code.h"

/* clang-format off */
const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ] = {
${linesOf(bytes).join('\n')}
};

const uint8_t lq_executor_prefix[LQ_EXECUTOR_PREFIX_SZ] = {
${linesOf(prefix).join('\n')}
};
/* clang-format on */
`,
  };
}

/** {path: text} of the files; solc's ABI without what nobody calls by hand. */
async function executorFiles(say) {
  const { Executor: { abi, bytecode, runtime } } = await compile(['executor'], say);
  const entries = abi.filter(({ type, name }) => ['function', 'event', 'error'].includes(type) && !CALLBACK.test(name));
  const lines = (hex) => `${hex.slice(2).match(/.{1,100}/g).join('\n')}\n`;
  return {
    'abi/executor/executor.json': `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`,
    'abi/executor/creation.hex': lines(bytecode),
    'abi/executor/runtime.hex': lines(runtime),
    ...executorSources(bytecode, runtime),
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
  if (values.check) console.error(`${name}: not what tools/gen_executor writes: run it`);
  else writeFileSync(join(FOLDER, name), text);
}
process.exit(values.check && stale.length > 0 ? 1 : 0);
