// Why a transaction of ours reverted.
import { hex } from './scene.mjs';

const call = ({ from, to, input, gas, value }) => ({ from, to, input, gas, value });

/**
 * What was wrong with the reverted `tx` (of eth_getTransactionByHash) that was decided behind block `ground`, `ours` the addresses
 * that send for us; undefined where it lost a race: alone behind that block, or behind a part of it, as a log tells of it before
 * the next one is there, it passes, and behind what others did since, be it a price, a liquidation, or time, it does not.
 */
export async function whyReverted(rpc, ours, tx, ground) {
  const number = Number(tx.blockNumber);
  const blocks = await Promise.all(Array.from({ length: number - ground + 1 }, (_, i) => rpc.call('eth_getBlockByNumber', [hex(ground + i), true])));
  const first = { time: hex(BigInt(blocks[0].timestamp) + 1n), calls: [] };
  const since = blocks.slice(1).map(({ timestamp, transactions }) => ({ time: timestamp, calls: transactions.filter(({ from }) => !ours.has(from)) }));
  since.at(-1).calls = since.at(-1).calls.filter(({ transactionIndex }) => Number(transactionIndex) < Number(tx.transactionIndex));
  const passes = async (list, base = ground) => {
    list.at(-1).calls.push(tx);
    const blockStateCalls = list.map(({ time, calls }) => ({ blockOverrides: { time, baseFeePerGas: '0x0' }, calls: calls.map(call) }));
    const results = await rpc.call('eth_simulateV1', [{ blockStateCalls }, hex(base)]);
    return results.at(-1).calls.at(-1);
  };
  const alone = await passes([first]);
  if (alone.status === '0x1') return (await passes(since)).status === '0x1' ? 'was in the way of others of ours' : undefined;
  const { timestamp, transactions } = blocks[0];
  for (let k = transactions.length - 1; k > 0; k -= 1) {
    const part = { time: timestamp, calls: transactions.slice(0, k) };
    if ((await passes([part, { time: first.time, calls: [] }], ground - 1)).status === '0x1') return undefined;
  }
  return `could never pass: ${JSON.stringify(alone)}`;
}
