// Pools as the book has them beside what the contracts say of them.
import assert from 'node:assert/strict';
import { decodeFunctionResult, encodeFunctionData, parseAbi } from '../devnet/viem.mjs';

const ABI = parseAbi([
  'function slot0() view returns (uint160 sqrt, int24 tick, uint16, uint16, uint16, uint8, bool)',
  'function liquidity() view returns (uint128)',
  'function tickSpacing() view returns (int24)',
  'function tickBitmap(int16) view returns (uint256)',
  'function ticks(int24) view returns (uint128 gross, int128 net, uint256, uint256, int56, uint160, uint32, bool)',
  'function getReserves() view returns (uint112, uint112, uint32)',
]);
const USABLE = ['there is one', 'the pool has no liquidity'];
const TICK_MAX = 887272;
const BATCH = 500;

/** Answers of views [[address, name, args]] at a block, in the same order. */
async function viewsAt(rpc, hash, views) {
  const results = [];
  for (let i = 0; i < views.length; i += BATCH) {
    const some = views.slice(i, i + BATCH);
    const answers = await rpc.batch(some.map(([to, functionName, args = []]) =>
      ['eth_call', [{ to, data: encodeFunctionData({ abi: ABI, functionName, args }) }, { blockHash: hash }]]));
    results.push(...answers.map((data, k) => decodeFunctionResult({ abi: ABI, functionName: some[k][1], data })));
  }
  return results;
}

const whole = ({ sqrt, liquidity, tick, ticks }) => ({ sqrt, liquidity, tick, ticks });

async function compareV3(rpc, hash, ours, initialized) {
  const numbers = initialized ?? ours.ticks.map(({ tick }) => tick);
  const [slot0, liquidity, ...ticks] = await viewsAt(rpc, hash, [[ours.address, 'slot0'], [ours.address, 'liquidity'], ...numbers.map((tick) => [ours.address, 'ticks', [tick]])]);
  const theirs = { sqrt: slot0[0], liquidity, tick: slot0[1], ticks: ticks.map(([gross, net], i) => ({ tick: numbers[i], gross, net })) };
  assert.deepEqual(whole(ours), theirs, `pool ${ours.address} at block ${hash}`);
}

/** All initialized ticks by the pool's bitmap. */
async function initializedOf(rpc, hash, address) {
  const [spacing] = await viewsAt(rpc, hash, [[address, 'tickSpacing']]);
  const most = Math.floor(Math.floor(TICK_MAX / spacing) / 256) + 1;
  const words = Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
  const bitmap = await viewsAt(rpc, hash, words.map((word) => [address, 'tickBitmap', [word]]));
  return bitmap.flatMap((bits, i) => [...Array(256).keys()].filter((bit) => (bits >> BigInt(bit)) & 1n).map((bit) => (words[i] * 256 + bit) * spacing));
}

/** Throws where a pool that the book can use is not what its contract says; with `all`, to the last tick of its
 *  bitmap, and where one cannot be used. Returns how many were compared. */
export async function comparePools(rpc, { hash, pools }, all = false) {
  const usable = pools.filter(({ status }) => USABLE.includes(status));
  if (all) assert.deepEqual(pools.filter((pool) => !usable.includes(pool)), []);
  for (const pool of usable) {
    if (pool.sqrt > 0n) {
      await compareV3(rpc, hash, pool, all ? await initializedOf(rpc, hash, pool.address) : undefined);
    } else {
      const [[reserve0, reserve1]] = await viewsAt(rpc, hash, [[pool.address, 'getReserves']]);
      assert.deepEqual(pool.reserves, [reserve0, reserve1], `pool ${pool.address} at block ${hash}`);
    }
  }
  return usable.length;
}
