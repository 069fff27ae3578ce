// A running development chain: what `devnet up` keeps and what tests start in their own process.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireFreePort, requireFreeSocket, startAnvil } from './anvil.mjs';
import { DevnetError } from './errors.mjs';
import { freshen } from './freshen.mjs';
import { isAlive } from './guard.mjs';
import { preparedWorld } from './prepared.mjs';
import { Rpc } from './rpc.mjs';
import { PROTOCOLS } from './world.mjs';

const BASE_FEE = '0x3b9aca00';
const RECENT = 6; // blocks below the head with a state: readers begin a few blocks below it

async function makeReady(rpc, { state, dump }, blockTime) {
  await rpc.call('anvil_loadState', [dump]);
  const nowSec = Math.floor(Date.now() / 1000);
  await freshen(rpc, state, nowSec - RECENT);
  await rpc.call('anvil_mine', [`0x${RECENT.toString(16)}`, '0x1']);
  await rpc.call('evm_setTime', [nowSec]);
  await rpc.call('anvil_setNextBlockBaseFeePerGas', [BASE_FEE]);
  if (blockTime) await rpc.call('evm_setIntervalMining', [blockTime]);
  else await rpc.call('evm_setAutomine', [true]);
}

/** Removes the folders of processes that were killed. */
function removeStale(base) {
  for (const name of readdirSync(base)) {
    const pid = Number(/^liqd-devnet-(\d+)-/.exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
    } catch {
      // another user's, who will remove it
    }
  }
}

/** A folder for the sockets, named after this process. */
function makeFolder() {
  const base = tmpdir();
  try {
    removeStale(base);
    return mkdtempSync(join(base, `liqd-devnet-${process.pid}-`));
  } catch (error) {
    throw new DevnetError(`temporary folder ${base} (${error.code}): name another in $TMPDIR`);
  }
}

/**
 * Starts a chain: {port, ipc, borrowers, seed, blockTime (seconds; else a block for each transaction),
 * protocols, statesMax (see startAnvil)}, all optional. Returns {state, rpc, exited, stop}: state is what the state file says, exited
 * resolves to how anvil ended.
 */
export async function startDevnet(options = {}, say = () => {}) {
  const { port, blockTime, borrowers = 0, seed = 1, protocols = PROTOCOLS, statesMax } = options;
  // before the work of a minute
  if (port) await requireFreePort(port);
  if (options.ipc) await requireFreeSocket(options.ipc);
  const known = PROTOCOLS.filter((name) => protocols.includes(name));
  const world = await preparedWorld({ protocols: known, seed: String(seed), borrowers }, say);
  const folder = makeFolder();
  const ipc = options.ipc ?? join(folder, 'anvil.ipc');
  const removeFiles = () => [folder, ipc].forEach((path) => rmSync(path, { recursive: true, force: true }));
  process.once('exit', removeFiles); // anvil dies with this process, its files do not
  let anvil;
  const stop = async () => {
    await anvil?.stop();
    removeFiles();
    process.removeListener('exit', removeFiles);
  };
  try {
    anvil = await startAnvil({ port, ipc, noMining: true, statesMax, timestamp: Math.floor(Date.now() / 1000) - 60 });
    const rpc = new Rpc(anvil.http);
    await makeReady(rpc, world, blockTime);
    const [chainId, startBlock] = (await rpc.batch([['eth_chainId'], ['eth_blockNumber']])).map(Number);
    const endpoints = { http: anvil.http, ws: anvil.ws, ipc };
    const state = { chainId, startBlock, ...endpoints, control: join(folder, 'control.sock'), pids: { anvil: anvil.pid }, ...world.state };
    return { state, rpc, exited: anvil.exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
