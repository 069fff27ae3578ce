// What the tests of the chain layer stand on: an anvil with contracts that emit what they are told to,
// strict proxies before it, and fault proxies before those, one for each way to reach a node.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startAnvil } from '../devnet/lib/anvil.mjs';
import { closeInTurn } from '../devnet/lib/closing.mjs';
import { startFault } from '../devnet/lib/fault_proxy.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { connect } from '../devnet/lib/wire_client.mjs';
import { toHex } from '../devnet/lib/wire.mjs';
import { logLine } from './stream.mjs';

export const CHAIN_ID = 31337;
const GAS = toHex(200_000);
const FIRST_BLOCKS = 70; // a reorg of 64 blocks must not reach the set-up
const STATES_MAX = 200; // more than a reorg goes back

const byte = (n) => n.toString(16).padStart(2, '0');

/** Code that emits a log with `count` topics, the first words of the calldata, and the rest as data. */
function emitterCode(count) {
  const topics = Array.from({ length: count }, (_, i) => `60${byte(32 * (count - 1 - i))}51`).join('');
  const size = byte(32 * count);
  return `0x365f5f37${topics}60${size}360360${size}a${count}00`;
}

const emitterAt = (kind, count) => `0x00000000000000000000000000000000000${kind}0${count}00`;
export const word = (n) => `0x${BigInt(n).toString(16).padStart(64, '0')}`;

/** Contracts by their number of topics, 0 to 4; the filter watches those of 1 to 4 and three topics. */
export const WATCHED = [0, 1, 2, 3, 4].map((count) => emitterAt('a', count));
export const UNWATCHED = [0, 1, 2, 3, 4].map((count) => emitterAt('b', count));
export const FILTER = { addresses: WATCHED, topics: [word(0xa1), word(0xa2), word(0xa3)] };

export const isWatched = ({ address, topics }) =>
  FILTER.addresses.includes(address.toLowerCase()) && FILTER.topics.includes(topics[0]);

/** The transaction that makes the emitter with so many topics emit. */
const emitCall = (from, isOurs, topics, data) => ({
  from, to: (isOurs ? WATCHED : UNWATCHED)[topics.length], gas: GAS,
  data: `0x${[...topics.map((topic) => topic.slice(2)), data.slice(2)].join('')}`,
});

/** A transaction from one of the accounts that makes a random emitter emit a random log, watched or not. */
export function drawEmit({ uint, pick, float }, accounts) {
  const topics = Array.from({ length: uint(5) }, () => word(uint(1000)));
  if (topics.length) topics[0] = float() < 0.8 ? pick(FILTER.topics) : word(0xbad);
  const size = pick([0, 0, 32, 33, 96, 256, 1500]);
  const data = `0x${Array.from({ length: size }, () => byte(uint(256))).join('')}`;
  return emitCall(pick(accounts), float() < 0.8, topics, data);
}

/** Starts anvil with its emitters: {node (a client), url, pid, accounts, stop()}. */
export async function startChain() {
  const anvil = await startAnvil({ noMining: true, statesMax: STATES_MAX });
  const node = await connect(anvil.ws);
  for (const [count, address] of [...WATCHED.entries(), ...UNWATCHED.entries()]) {
    await node.call('anvil_setCode', address, emitterCode(count));
  }
  await node.call('anvil_mine', toHex(FIRST_BLOCKS));
  const accounts = await node.call('eth_accounts');
  const stop = () => closeInTurn(() => node.close(), () => anvil.stop());
  return { node, url: anvil.http, pid: anvil.pid, accounts, stop };
}

/** The blocks from..to as they are now: [{number, hash, parent, logs (texts of those watched)}]. */
export async function readBlocks(node, from, to) {
  const blocks = [];
  for (let number = from; number <= to; number += 1) {
    const { hash, parentHash } = await node.call('eth_getBlockByNumber', toHex(number), false);
    blocks.push({ number, hash, parent: parentHash, logs: [] });
  }
  if (!blocks.length) return blocks;
  const logs = await node.call('eth_getLogs', { fromBlock: toHex(from), toBlock: toHex(to) });
  for (const log of logs.filter(isWatched)) blocks[Number(log.blockNumber) - from].logs.push(logLine(log));
  return blocks;
}

/** Proxies before the chain: the endpoints {name, url, fault, strict} and close(). The second of the
 *  WebSockets reaches anvil itself, which never says `removed`, and so has no strict proxy. */
export async function startNodes({ url }, seed) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-chain-'));
  const parts = [];
  const strict = async (options) => {
    const proxy = await startStrict({ upstream: url, seed, ...options });
    parts.unshift(proxy);
    return proxy;
  };
  const fault = async (options) => {
    const proxy = await startFault({ seed, ...options });
    parts.unshift(proxy);
    return proxy;
  };
  const close = () => closeInTurn(...parts.map((part) => () => part.close()),
    () => fs.rmSync(folder, { recursive: true, force: true }));
  try {
    const ordered = await strict({ reorgOrder: 'in-order' });
    const geth = await strict({ reorgOrder: 'one-head', dialect: 'geth' });
    const shuffled = await strict({ reorgOrder: 'shuffled', dialect: 'nethermind' });
    const ipc = path.join(folder, 'node.ipc');
    const faults = [
      { name: 'ipc', strict: ordered, fault: await fault({ upstream: ordered.url, ipc }) },
      { name: 'geth', strict: geth, fault: await fault({ upstream: geth.url, seed: seed + 1 }) },
      { name: 'bare', fault: await fault({ upstream: url, seed: seed + 2 }) },
      { name: 'shuffled', strict: shuffled, fault: await fault({ upstream: shuffled.url, seed: seed + 3 }) },
      { name: 'http', strict: ordered, fault: await fault({ upstream: ordered.url, seed: seed + 4 }) },
    ];
    const urlOf = ({ name, fault: { wsUrl, url: httpUrl } }) => ({ ipc, http: httpUrl })[name] ?? wsUrl;
    const endpoints = faults.map((one) => ({ ...one, url: urlOf(one) }));
    return { endpoints, close };
  } catch (error) {
    await close();
    throw error;
  }
}
