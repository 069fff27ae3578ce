// Runs the follower, the program that prints the events of the chain layer, one a line.
import fs from 'node:fs';
import { once } from 'node:events';
import { onLines, spawnGuarded } from '../devnet/lib/guard.mjs';

const END_MS = 20_000;

/** What a process takes: {rss (MB), fds, cpu (seconds, its own and the kernel's for it)}. */
export function measure(pid) {
  const [, kb] = /^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime, of 10 ms each on Linux
  return { rss: Number(kb) / 1024, fds: fs.readdirSync(`/proc/${pid}/fd`).length, cpu: ticks / 100 };
}

/** Starts `program` with `args`; onLine(line) takes what it prints. Returns {errors (its lines on stderr),
 *  exited (a promise of its end, as text), measure(): {rss (MB), fds, cpu (seconds)} of now,
 *  stop(): the statistics that it prints at its end}. */
export function startFollower(program, args, onLine) {
  const child = spawnGuarded(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = [];
  let stat = null;
  onLines(child.stdout, (line) => {
    if (line.startsWith('{')) stat = JSON.parse(line);
    else onLine(line);
  });
  onLines(child.stderr, (line) => errors.push(line));
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  return {
    errors, exited, pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      const how = await exited;
      clearTimeout(timer);
      if (how !== 'code 0') throw new Error(`the follower ended with ${how}: ${errors.slice(-20).join('\n')}`);
      return stat;
    },
    measure: () => measure(child.pid),
    kill: () => child.kill('SIGKILL'),
  };
}
