import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toUnits } from '../lib/world.mjs';
import { chain, eventsOf, latestSec, mineAt, read } from './support.mjs';

const DEADLINE = 2n ** 64n;
const V3_SWAP = 'Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)';

const { rpc, state } = await chain();
const { keeper } = state.accounts;
const held = (symbol) => read(rpc, state.tokens[symbol].address, 'balanceOf(address) view returns (uint256)', [keeper.address]);
const tokenOf = (symbol) => state.tokens[symbol].address;

/** How much of a token a swap brings, by the balances around it. */
async function gained(symbol, swap) {
  const before = await held(symbol);
  const receipt = await mineAt(rpc, (await latestSec(rpc)) + 1, keeper, ...swap);
  assert.equal(receipt.status, '0x1');
  return { receipt, amount: (await held(symbol)) - before };
}

for (const { address, token0, token1, fee } of state.protocols['uniswap-v3'].pools) {
  test(`v3 ${token0}/${token1} at ${fee}: the quote equals the swap`, async () => {
    const { quoter, router } = state.protocols['uniswap-v3'];
    const amountIn = toUnits('3.25', state.tokens[token0].decimals);
    const pair = [tokenOf(token0), tokenOf(token1)];
    const [quote] = await read(rpc, quoter,
      'quoteExactInputSingle((address, address, uint256, uint24, uint160)) returns (uint256, uint160, uint32, uint256)', [[...pair, amountIn, fee, 0n]]);
    const { receipt, amount } = await gained(token1, [router,
      'exactInputSingle((address, address, uint24, address, uint256, uint256, uint256, uint160)) returns (uint256)',
      [[...pair, fee, keeper.address, DEADLINE, amountIn, 0n, 0n]]]);
    assert.ok(quote > 0n);
    assert.equal(amount, quote);
    const [event] = eventsOf(receipt, V3_SWAP, address);
    assert.equal(event.amount0, amountIn);
    assert.equal(event.amount1, -quote);
  });
}

for (const { address, token0, token1 } of state.protocols['uniswap-v2'].pairs) {
  test(`v2 ${token0}/${token1}: the quote equals the swap and the formula`, async () => {
    const { router } = state.protocols['uniswap-v2'];
    const amountIn = toUnits('1.5', state.tokens[token0].decimals);
    const path = [tokenOf(token0), tokenOf(token1)];
    const [reserve0, reserve1] = await read(rpc, address, 'getReserves() view returns (uint112, uint112, uint32)');
    const formula = (amountIn * 997n * reserve1) / (reserve0 * 1000n + amountIn * 997n);
    const [, quote] = await read(rpc, router, 'getAmountsOut(uint256, address[]) view returns (uint256[])', [amountIn, path]);
    const { amount } = await gained(token1, [router,
      'swapExactTokensForTokens(uint256, uint256, address[], address, uint256) returns (uint256[])', [amountIn, 0n, path, keeper.address, DEADLINE]]);
    assert.equal(quote, formula);
    assert.equal(amount, quote);
  });
}

test('the pools start at the prices of the feeds', async () => {
  const { quoter } = state.protocols['uniswap-v3'];
  const [out] = await read(rpc, quoter,
    'quoteExactInputSingle((address, address, uint256, uint24, uint160)) returns (uint256, uint160, uint32, uint256)',
    [[tokenOf('USDC'), tokenOf('DAI'), 10n ** 6n, 500, 0n]]);
  assert.ok(out > 998n * 10n ** 15n && out < 1001n * 10n ** 15n, String(out));
});
