// Signed transactions as the strict node sees them.
import { keccak256, parseTransaction, recoverTransactionAddress } from 'viem';
import { toHex } from './wire.mjs';
import { Refusal } from './strict_dialects.mjs';

const TYPES = { legacy: 0, eip2930: 1, eip1559: 2, eip7702: 4 };
const SIZE_MAX = 131072; // bytes; geth's txMaxSize

function parse(raw) {
  try {
    return parseTransaction(raw);
  } catch (error) {
    // viem checks this one while it parses
    if (error.name === 'TipAboveFeeCapError') throw new Refusal('tipAboveCap', {});
    throw new Refusal('malformed', { detail: error.shortMessage ?? error.message });
  }
}

/** Decodes raw bytes as 0x hex into {hash, raw, from, to, nonce, gas, feeCap, tip, value, data,
 *  accessList, type, r, s, v}; throws Refusal where a node would not even look at the state. */
export async function decodeTx(raw, chainId) {
  const parsed = parse(raw);
  if (!(parsed.type in TYPES)) throw new Refusal('type', { type: parsed.type });
  if (parsed.r === undefined) throw new Refusal('signature', { detail: 'unsigned' });
  if ((raw.length - 2) / 2 > SIZE_MAX) {
    throw new Refusal('oversized', { size: (raw.length - 2) / 2, limit: SIZE_MAX });
  }
  if (parsed.chainId === undefined) throw new Refusal('unprotected', {});
  if (parsed.chainId !== chainId) throw new Refusal('chain', { have: parsed.chainId, want: chainId });
  let from;
  try {
    from = await recoverTransactionAddress({ serializedTransaction: raw });
  } catch (error) {
    throw new Refusal('signature', { detail: error.message.split('\n')[0] });
  }
  const feeCap = parsed.maxFeePerGas ?? parsed.gasPrice ?? 0n;
  return {
    hash: keccak256(raw), raw, from: from.toLowerCase(), to: parsed.to?.toLowerCase() ?? null,
    nonce: parsed.nonce ?? 0, gas: parsed.gas ?? 0n, feeCap,
    tip: parsed.type === 'eip1559' || parsed.type === 'eip7702' ? parsed.maxPriorityFeePerGas ?? 0n : feeCap,
    value: parsed.value ?? 0n, data: parsed.data ?? '0x', accessList: parsed.accessList ?? [],
    authorizationList: parsed.authorizationList ?? [], type: TYPES[parsed.type],
    chainId, r: parsed.r, s: parsed.s, v: parsed.type === 'legacy' ? parsed.v : BigInt(parsed.yParity),
  };
}

/** The least gas that pays for the transaction's bytes. EIP-2028, EIP-2930, EIP-3860, EIP-7623, EIP-7702. */
export function intrinsicGas(tx) {
  const bytes = Buffer.from(tx.data.slice(2), 'hex');
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros += 1;
  const tokens = zeros + 4 * (bytes.length - zeros);
  const keys = tx.accessList.reduce((sum, entry) => sum + entry.storageKeys.length, 0);
  const creation = tx.to === null ? 32000 + 2 * Math.ceil(bytes.length / 32) : 0;
  const gas = 21000 + 4 * tokens + creation + 2400 * tx.accessList.length + 1900 * keys
    + 25000 * tx.authorizationList.length;
  return BigInt(Math.max(gas, 21000 + 10 * tokens));
}

/** What the sender must own. */
export const costOf = (tx) => tx.gas * tx.feeCap + tx.value;

/** What the block's producer earns per gas, negative where the fee cap does not reach the base fee. */
export function effectiveTip(tx, baseFee) {
  const room = tx.feeCap - baseFee;
  return room < tx.tip ? room : tx.tip;
}

/** The transaction as eth_getTransactionByHash shows it before it is in a block. */
export function pendingJson(tx) {
  const fees = tx.type === 2 || tx.type === 4
    ? { maxFeePerGas: toHex(tx.feeCap), maxPriorityFeePerGas: toHex(tx.tip) } : {};
  return {
    blockHash: null, blockNumber: null, transactionIndex: null, hash: tx.hash, from: tx.from,
    to: tx.to, nonce: toHex(tx.nonce), gas: toHex(tx.gas), gasPrice: toHex(tx.feeCap), ...fees,
    value: toHex(tx.value), input: tx.data, type: toHex(tx.type), chainId: toHex(tx.chainId),
    ...(tx.type ? { accessList: tx.accessList, yParity: toHex(tx.v) } : {}), v: toHex(tx.v), r: toHex(tx.r), s: toHex(tx.s),
  };
}

/** The transaction as a call of eth_simulateV1. */
export function callJson(tx) {
  const fees = tx.type === 2 || tx.type === 4
    ? { maxFeePerGas: toHex(tx.feeCap), maxPriorityFeePerGas: toHex(tx.tip) }
    : { gasPrice: toHex(tx.feeCap) };
  return {
    from: tx.from, ...(tx.to ? { to: tx.to } : {}), nonce: toHex(tx.nonce), gas: toHex(tx.gas), ...fees,
    value: toHex(tx.value), input: tx.data, ...(tx.accessList.length ? { accessList: tx.accessList } : {}),
  };
}
