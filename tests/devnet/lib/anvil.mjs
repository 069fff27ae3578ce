// Starts anvil on loopback so that it never outlives this process, not even after SIGKILL.
import { once } from 'node:events';
import { existsSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DevnetError } from './errors.mjs';
import { spawnGuarded } from './guard.mjs';

const HOST = '127.0.0.1';
const START_MS = 30_000;
const STOP_MS = 3_000;
const SOCKET_PATH_MAX = 107; // sun_path of Linux

/** The anvil of the installed package, or $LIQD_ANVIL. */
export function anvilPath() {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  const packaged = new URL(`../node_modules/@foundry-rs/anvil-linux-${arch}/bin/anvil`, import.meta.url);
  const path = process.env.LIQD_ANVIL ?? fileURLToPath(packaged);
  if (!existsSync(path)) {
    throw new DevnetError(`no anvil at ${path}: name one in $LIQD_ANVIL (the package exists for x86-64 only)`);
  }
  return path;
}

/** Throws when a port is taken. */
export async function requireFreePort(port) {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new DevnetError(`port ${port} on ${HOST}: ${error.code === 'EADDRINUSE' ? 'in use' : error.message}: choose another with --port`);
  }
  server.close();
  await once(server, 'close');
}

/** Throws unless an IPC socket can stand here: nothing, or a socket that nobody listens on, is removed. */
export async function requireFreeSocket(path) {
  if (!existsSync(dirname(path))) throw new DevnetError(`${path}: its folder does not exist: choose another with --ipc`);
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX) throw new DevnetError(`${path}: longer than ${SOCKET_PATH_MAX} bytes: choose another with --ipc`);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new DevnetError(`${path}: exists and is no socket: choose another with --ipc`);
  const probe = connect(path);
  const isTaken = await once(probe, 'connect').then(() => true, () => false);
  probe.destroy();
  if (isTaken) throw new DevnetError(`${path}: in use: choose another with --ipc`);
  rmSync(path);
}

function anvilArguments({ port = 0, ipc, loadState, timestamp, noMining, statesMax }) {
  const args = ['--host', HOST, '--port', String(port), '--gas-limit', '60000000'];
  // by arrival: the other order, by the fee cap, is none that real nodes have (the strict proxy has theirs)
  args.push('--order', 'fifo');
  // without --no-request-size-limit a batch of a few hundred deployments is refused
  args.push('--no-request-size-limit', '--auto-impersonate', '--block-base-fee-per-gas', '1000000000');
  if (ipc) args.push('--ipc', ipc);
  if (loadState) args.push('--load-state', loadState);
  if (timestamp) args.push('--timestamp', String(timestamp));
  if (noMining) args.push('--no-mining');
  // beyond a few hundred blocks anvil keeps states on disk, and what it reads back to go on from has no code
  if (statesMax) args.push('--prune-history', String(statesMax));
  return args;
}

function waitForPort(child, lines) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DevnetError(`anvil is not up after ${START_MS / 1000} s: is the machine overloaded?`)), START_MS);
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('error', (error) => reject(new DevnetError(`setpriv cannot be started (${error.code}): install util-linux`)));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const why = complaint.trim().split('\n')[0] || signal || `code ${code}`;
      reject(new DevnetError(`anvil ended at its start: ${why}`));
    });
    lines.on('line', (line) => {
      const match = /^Listening on \S+:(\d+)$/.exec(line);
      if (!match) return;
      clearTimeout(timer);
      lines.close();
      child.stdout.resume(); // it writes a line for each request, and would stop at a full pipe
      resolve(Number(match[1]));
    });
  });
}

async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/**
 * Starts anvil: {port, ipc, loadState, timestamp, noMining, statesMax}, all optional; port 0 takes a free
 * one. A chain of many blocks that goes back some of them needs statesMax: so many states are kept, in memory.
 * Returns {pid, port, http, ws, ipc, exited, stop}: exited resolves to how anvil ended, stop ends it.
 */
export async function startAnvil(options = {}) {
  const child = spawnGuarded(anvilPath(), anvilArguments(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? `code ${code}`);
  exited.catch(() => {}); // a failed spawn is reported by waitForPort
  const stop = () => stopChild(child);
  try {
    const port = await waitForPort(child, lines);
    const http = `http://${HOST}:${port}`;
    return { pid: child.pid, port, http, ws: `ws://${HOST}:${port}`, ipc: options.ipc, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
