import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from '../lib/compile.mjs';

test('abi/executor and the code of a dry run are what the source compiles to', async () => {
  await promisify(execFile)(process.execPath, [join(ROOT, 'gen_executor.mjs'), '--check']);
});
