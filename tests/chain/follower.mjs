// Runs the follower, the program that prints the events of the chain layer, one a line.
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { spawnGuarded } from '../devnet/lib/guard.mjs';

const END_MS = 20_000;

/** Starts `program` with `args`; onLine(line) takes what it prints. Returns {errors (its lines on stderr),
 *  exited (a promise of its end, as text), stop(): the statistics that it prints at its end}. */
export function startFollower(program, args, onLine) {
  const child = spawnGuarded(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = [];
  let stat = null;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line.startsWith('{')) stat = JSON.parse(line);
    else onLine(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const closed = once(lines, 'close');
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  return {
    errors, exited, pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      const how = await exited;
      await closed;
      clearTimeout(timer);
      if (how !== 'code 0') throw new Error(`the follower ended with ${how}: ${errors.slice(-20).join('\n')}`);
      return stat;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
