// A process around one solc: the compiler named by the argument, standard JSON in and out.
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const solc = createRequire(import.meta.url)(process.argv[2]);
const output = Buffer.from(solc.compile(readFileSync(0, 'utf8')));
for (let done = 0; done < output.length; ) {
  done += writeSync(1, output, done);
}
process.exit(0); // old compilers leave handlers behind that would keep the process
