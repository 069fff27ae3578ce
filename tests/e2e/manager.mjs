// A service manager's end of sd_notify: a Unix datagram socket, which node has none of, and what a daemon told it.
import { once } from 'node:events';
import path from 'node:path';
import { spawnGuarded } from '../devnet/lib/guard.mjs';
import { undo } from '../devnet/test/proxy_support.mjs';

const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('', flush=True)
while True:
    print(s.recv(65536).decode().replace('\\n', '|'), flush=True)
`;

/** Listens in this folder: {env, said: [{at, text}]}; watchdogMs: what it wants a sign of life within. */
export async function startManager(t, folder, { watchdogMs }) {
  const file = path.join(folder, 'notify');
  const child = spawnGuarded('python3', ['-c', LISTEN, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  undo(t, async () => { child.kill(); await gone; });
  const said = [];
  let rest = '';
  const listens = once(child.stdout, 'data');
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    said.push(...lines.filter(Boolean).map((text) => ({ at: performance.now(), text })));
  });
  await listens;
  return {
    env: { NOTIFY_SOCKET: file, WATCHDOG_USEC: String(watchdogMs * 1000) },
    said,
    tells: (pattern) => said.some(({ text }) => pattern.test(text)),
    /** The longest time without a sign of life since `from`, in ms. */
    silence(from) {
      const times = [from, ...said.filter(({ at, text }) => at > from && /WATCHDOG=1/.test(text)).map(({ at }) => at), performance.now()];
      return Math.max(...times.slice(1).map((at, i) => at - times[i]));
    },
  };
}
