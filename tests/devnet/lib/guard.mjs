// Starts processes that never outlive this one, not even after SIGKILL, sees whether others live, and when this
// one should end.
import { spawn } from 'node:child_process';

// setpriv makes the kernel kill the process when this one dies; the shell then sees whether it had died
// before that was arranged, so that no moment is left in which the process could be orphaned.
const GUARD = 'if [ "$PPID" = "$1" ]; then shift; exec "$@"; fi';

/** Like child_process.spawn; the child's pid is that of the command itself. */
export function spawnGuarded(command, args, options) {
  const guard = ['--pdeathsig', 'KILL', '--', 'sh', '-c', GUARD, 'sh', String(process.pid)];
  return spawn('setpriv', [...guard, command, ...args], options);
}

const PARENT_POLL_MS = 200;
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/**
 * Exits at a signal or at the death of whoever started this process. Returns {hold, end}: after hold() it no
 * longer exits, but what hold() returned resolves to the exit code; end(code) is as a signal.
 */
export function watchEnding() {
  let act = (code) => process.exit(code);
  const end = (code) => act(code);
  for (const [name, number] of Object.entries(SIGNALS)) process.on(name, () => end(128 + number));
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(1), PARENT_POLL_MS).unref();
  return { hold: () => new Promise((resolve) => (act = resolve)), end };
}

/** Whether a process runs. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // it runs, under another user
  }
}

/** Calls `take` with each line of `stream` that has its end: what is killed may leave half of one. */
export function onLines(stream, take) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) take(line);
  });
}
