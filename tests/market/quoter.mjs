// Runs the program that keeps pools and quotes (quote.c) and speaks with it.
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

/** Starts `program`. ask(...lines) gives the answers, each a list of lines split into words. */
export function startQuoter(program) {
  const child = spawnGuarded(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  let lines = [];
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  const ended = exited.then((how) => { throw new Error(`the program ended with ${how}`); });
  ended.catch(() => {});
  child.stdin.on('error', () => {}); // that it has ended is told above
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== 'DONE') return lines.push(line.split(' '));
    waiting.shift()(lines);
    lines = [];
  });
  const ask = (...commands) => {
    const answers = commands.map(() => new Promise((resolve) => { waiting.push(resolve); }));
    child.stdin.write(commands.map((command) => `${command}\n`).join(''));
    return Promise.race([ended, Promise.all(answers)]);
  };
  return {
    ask,
    kill: () => child.kill('SIGKILL'),
    async stop() {
      child.stdin.end();
      const how = await exited;
      if (how !== 'code 0') throw new Error(`the program ended with ${how}`);
    },
  };
}
