// Work on a chain that is taken back.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const POOL_MS = 10_000;

/** What `work` returns; the chain is then as it was. */
export async function aside(rpc, work) {
  const snapshot = await rpc.call('evm_snapshot');
  try {
    return await work();
  } finally {
    // what was mined leaves anvil's pool a little later, and takes along what is sent with its nonce until then
    for (const end = Date.now() + POOL_MS; (await rpc.call('txpool_status')).pending !== '0x0'; await sleep(1)) {
      assert.ok(Date.now() < end, `what was mined is still in the pool after ${POOL_MS / 1000} s`);
    }
    await rpc.call('evm_revert', [snapshot]);
  }
}
