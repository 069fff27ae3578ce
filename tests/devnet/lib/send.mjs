// Signed transactions to a running chain, and the wait for their receipts.
import { setTimeout as sleep } from 'node:timers/promises';
import { privateKeyToAccount } from 'viem/accounts';
import { DevnetError } from './errors.mjs';

const POLL_MS = 20;
const MINED_MS = 60_000;
const GWEI = 10n ** 9n;

/** Signs {to, data, gas, tipWei, value} with each call's place in the account's nonces and sends all; the hashes. */
export async function sendSigned(rpc, key, calls) {
  const account = privateKeyToAccount(key);
  const [chainId, nonce, block] = await rpc.batch([
    ['eth_chainId'],
    ['eth_getTransactionCount', [account.address, 'pending']],
    ['eth_getBlockByNumber', ['pending', false]], // its base fee may have been set, far from the latest one's
  ]);
  const hashes = [];
  for (const [i, { to, data, gas, tipWei = GWEI, value }] of calls.entries()) {
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: Number(chainId),
      nonce: Number(nonce) + i,
      to,
      data,
      value,
      gas,
      maxPriorityFeePerGas: tipWei,
      maxFeePerGas: tipWei + 2n * BigInt(block.baseFeePerGas),
    });
    hashes.push(await rpc.call('eth_sendRawTransaction', [raw]));
  }
  return hashes;
}

/** The receipts of transactions, once all are mined. */
export async function waitMined(rpc, hashes) {
  for (const end = Date.now() + MINED_MS; ; ) {
    const receipts = await rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
    const missing = receipts.findIndex((receipt) => !receipt);
    if (missing < 0) return receipts;
    if (Date.now() > end) {
      throw new DevnetError(`${hashes[missing]}: not mined after ${MINED_MS / 1000} s: mine a block with devnet mine 1`);
    }
    await sleep(POLL_MS);
  }
}

/** waitMined, and throws when one failed; what names the transactions in the message. */
export async function waitSuccess(rpc, hashes, what) {
  const receipts = await waitMined(rpc, hashes);
  const failed = receipts.find(({ status }) => status !== '0x1');
  if (failed) throw new DevnetError(`${what}: ${failed.transactionHash} reverted in block ${Number(failed.blockNumber)}`);
  return receipts;
}
