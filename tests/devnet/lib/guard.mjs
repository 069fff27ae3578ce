// Starts processes that never outlive this one, not even after SIGKILL, and sees whether others live.
import { spawn } from 'node:child_process';

// setpriv makes the kernel kill the process when this one dies; the shell then sees whether it had died
// before that was arranged, so that no moment is left in which the process could be orphaned.
const GUARD = 'if [ "$PPID" = "$1" ]; then shift; exec "$@"; fi';

/** Like child_process.spawn; the child's pid is that of the command itself. */
export function spawnGuarded(command, args, options) {
  const guard = ['--pdeathsig', 'KILL', '--', 'sh', '-c', GUARD, 'sh', String(process.pid)];
  return spawn('setpriv', [...guard, command, ...args], options);
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
