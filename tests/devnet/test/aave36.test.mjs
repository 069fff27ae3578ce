import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMODES, RESERVES } from '../lib/world.mjs';
import { largest, liquidateByHand, valueOf } from './aave_support.mjs';
import { chain, read } from './support.mjs';

const USD = 10n ** 8n;
const devnet = await chain();
const { rpc, state } = devnet;
const market = state.protocols['aave-v3.6'];

test('the pool is version 3.6 and has all reserves with their parameters', async () => {
  assert.equal(await read(rpc, market.pool, 'POOL_REVISION() view returns (uint256)'), 10n);
  const decimals = new Set();
  for (const [symbol, reserve] of Object.entries(RESERVES)) {
    const { asset } = market.reserves[symbol];
    const config = await read(rpc, market.dataProvider,
      'getReserveConfigurationData(address) view returns (uint256, uint256, uint256, uint256, uint256, bool, bool, bool, bool, bool)', [asset]);
    assert.deepEqual(config.slice(1, 4).map(Number), [reserve.ltv, reserve.threshold, reserve.bonus], symbol);
    decimals.add(Number(config[0]));
  }
  assert.deepEqual([...decimals].sort((a, b) => a - b), [6, 8, 18]);
});

test('the e-mode categories have their parameters', async () => {
  for (const [id, { ltv, threshold, bonus }] of Object.entries(EMODES)) {
    const config = await read(rpc, market.pool, 'getEModeCategoryCollateralConfig(uint8) view returns (uint16, uint16, uint16)', [Number(id)]);
    assert.deepEqual([...config], [ltv, threshold, bonus]);
  }
});

test('wstETH is priced as its ratio times the price of ETH', async () => {
  const { source, rateProviderStub } = state.tokens.wstETH;
  const ratio = await read(rpc, rateProviderStub, 'stEthPerToken() view returns (uint256)');
  const ether = await read(rpc, state.feeds.WETH.proxy, 'latestAnswer() view returns (int256)');
  const price = await read(rpc, market.oracle, 'getAssetPrice(address) view returns (uint256)', [state.tokens.wstETH.address]);
  assert.equal(price, (ether * ratio) / 10n ** 18n);
  assert.equal(await read(rpc, market.oracle, 'getSourceOfAsset(address) view returns (address)', [state.tokens.wstETH.address]), source);
});

test('a liquidation by hand of a large position repays half of the account, as the formulas say', async () => {
  const isLarge = ({ legs, debtBase }) => {
    const debt = valueOf(largest(legs, 'owed'), 'owed');
    return debt > 5000n * USD && 2n * debt > debtBase && valueOf(largest(legs, 'supplied'), 'supplied') > 5000n * USD;
  };
  const { after, debt } = await liquidateByHand(devnet, 'aave-v3.6', isLarge);
  assert.ok(after.legs.find(({ symbol }) => symbol === debt.symbol).owed > 0n);
});

test('a liquidation by hand of a small position repays all of its largest debt', async () => {
  const { after, debt } = await liquidateByHand(devnet, 'aave-v3.6', ({ debtBase }) => debtBase < 1900n * USD);
  assert.equal(after.legs.find(({ symbol }) => symbol === debt.symbol).owed, 0n);
});
