// What the tests share: chains that stop with their test file, reads at a chosen time, transactions.
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEventLog, decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import { startDevnet } from '../lib/devnet.mjs';
import { sendSigned, waitMined } from '../lib/send.mjs';

// One world for all, so that it is prepared once.
export const WORLD = { borrowers: 120, seed: 1 };

/** A chain of this world for the whole file. */
export async function chain(options = {}) {
  const devnet = await startDevnet({ ...WORLD, ...options });
  after(() => devnet.stop());
  return devnet;
}

/** What a view function says in a block at timeSec on top of the latest one: "balanceOf(address) view returns (uint256)". */
export async function readAt(rpc, timeSec, to, signature, args = []) {
  const abi = parseAbi([`function ${signature}`]);
  const data = encodeFunctionData({ abi, args });
  const result = await rpc.call('eth_call', [{ to, data }, 'latest', {}, { time: `0x${timeSec.toString(16)}` }]);
  return decodeFunctionResult({ abi, data: result });
}

export async function latestSec(rpc) {
  return Number((await rpc.call('eth_getBlockByNumber', ['latest', false])).timestamp);
}

/** readAt the latest block's time. */
export async function read(rpc, to, signature, args) {
  return readAt(rpc, await latestSec(rpc), to, signature, args);
}

/** Mines one transaction of an account {key} at timeSec; its receipt. */
export async function mineAt(rpc, timeSec, { key }, to, signature, args) {
  const abi = parseAbi([`function ${signature}`]);
  await rpc.call('evm_setNextBlockTimestamp', [timeSec]);
  const hashes = await sendSigned(rpc, key, [{ to, data: encodeFunctionData({ abi, args }), gas: 2_000_000n }]);
  const [receipt] = await waitMined(rpc, hashes);
  return receipt;
}

/** Runs work on the chain as it is now, and takes back what it did; what work returned. */
export async function aside(rpc, work) {
  const snapshot = await rpc.call('evm_snapshot');
  try {
    return await work();
  } finally {
    // a mined transaction leaves anvil's pool a little later, and takes along what is sent with its nonce until then
    while ((await rpc.call('txpool_status')).pending !== '0x0') await sleep(1);
    await rpc.call('evm_revert', [snapshot]);
  }
}

/** The arguments of a receipt's events of this kind: "Transfer(address indexed from, ...)". */
export function eventsOf({ logs }, signature, address) {
  const abi = parseAbi([`event ${signature}`]);
  return logs.flatMap((log) => {
    if (address && log.address.toLowerCase() !== address.toLowerCase()) return [];
    try {
      return [decodeEventLog({ abi, ...log }).args];
    } catch {
      return []; // another event
    }
  });
}

/** Whether a process is gone; a zombie is, that nobody has waited for. */
export function isGone(pid) {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
