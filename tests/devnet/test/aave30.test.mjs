import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMODES } from '../lib/world.mjs';
import { liquidateByHand } from './aave_support.mjs';
import { chain, read } from './support.mjs';

const devnet = await chain();
const { rpc, state } = devnet;
const market = state.protocols['aave-v3.0.2'];

test('the pool is version 3.0.2, in which an asset belongs to one e-mode', async () => {
  assert.equal(await read(rpc, market.pool, 'POOL_REVISION() view returns (uint256)'), 1n);
  for (const [id, { collateral }] of Object.entries(EMODES)) {
    for (const symbol of collateral) {
      const mode = await read(rpc, market.dataProvider, 'getReserveEModeCategory(address) view returns (uint256)', [market.reserves[symbol].asset]);
      assert.equal(mode, BigInt(id), symbol);
    }
  }
});

test('a liquidation by hand repays and seizes what the formulas of v3.0.2 say', async () => {
  await liquidateByHand(devnet, 'aave-v3.0.2');
});
