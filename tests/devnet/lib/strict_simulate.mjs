// Runs transactions on top of the head without mining them, over eth_simulateV1.
import { toHex } from './wire.mjs';
import { callJson } from './strict_tx.mjs';

const PROBE = '0x00000000000000000000000000000000000c0de1';
const PROBE_SENDER = '0x00000000000000000000000000000000000c0de2';
const PROBE_CODE = '0x41315f5260205ff3'; // returns BALANCE(COINBASE)

/** What the next block will be: {number, time, baseFee, gasLimit, coinbase}. */
export async function nextBlock(upstream) {
  const block = await upstream.call('eth_getBlockByNumber', 'pending', false);
  return {
    number: Number(BigInt(block.number)), time: Number(BigInt(block.timestamp)),
    baseFee: BigInt(block.baseFeePerGas), gasLimit: BigInt(block.gasLimit), coinbase: block.miner,
  };
}

/** Runs txs in order in `block` on the state `at`; returns per transaction {ok, gasUsed, output, paid},
 *  where paid is what the block's producer got of it, fees and transfers, in wei. Throws where one of
 *  them cannot be in a block at all. eth_simulateV1 of anvil does not check nonces: the caller does. */
export async function simulate(upstream, txs, block, at = 'latest') {
  const probe = {
    from: PROBE_SENDER, to: PROBE, gas: '0x186a0',
    maxFeePerGas: toHex(block.baseFee), maxPriorityFeePerGas: '0x0', // it must not pay the producer
  };
  const [{ calls }] = await upstream.call('eth_simulateV1', {
    validation: true,
    blockStateCalls: [{
      blockOverrides: {
        number: toHex(block.number), time: toHex(block.time), baseFeePerGas: toHex(block.baseFee),
        gasLimit: toHex(block.gasLimit), feeRecipient: block.coinbase,
      },
      stateOverrides: { [PROBE]: { code: PROBE_CODE }, [PROBE_SENDER]: { balance: toHex(10n ** 24n) } },
      calls: [probe, ...txs.flatMap((tx) => [callJson(tx), probe])],
    }],
  }, at);
  return txs.map((tx, i) => {
    const call = calls[2 * i + 1];
    return {
      ok: call.status === '0x1', gasUsed: BigInt(call.gasUsed), output: call.returnData,
      paid: BigInt(calls[2 * i + 2].returnData) - BigInt(calls[2 * i].returnData),
    };
  });
}
