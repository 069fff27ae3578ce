import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench } from './executor_support.mjs';
import { latestSec } from './support.mjs';

const bench = await Bench.start();
const { state } = bench;

const ROUTES = {
  'one v3 pool': ['WETH', [[bench.v3('WETH', 'USDC', 500)]]],
  'one v2 pair': ['WETH', [[bench.v2('WETH', 'USDC')]]],
  'v3 > v3': ['WBTC', [[bench.v3('WBTC', 'WETH', 3000), bench.v3('WETH', 'USDC', 500)]]],
  'v3 > v2': ['WBTC', [[bench.v3('WBTC', 'WETH', 3000), bench.v2('WETH', 'USDC')]]],
  'v2 > v3': ['WBTC', [[bench.v2('WBTC', 'WETH'), bench.v3('WETH', 'USDC', 3000)]]],
  'v2 > v2': ['WBTC', [[bench.v2('WBTC', 'WETH'), bench.v2('WETH', 'USDC')]]],
  'a split over v3 and v2': ['WETH', [[bench.v3('WETH', 'USDC', 500)], [bench.v2('WETH', 'USDC')]]],
};
const flashPool = state.protocols['uniswap-v3'].pools.find(({ token0, token1 }) => [token0, token1].sort().join() === 'DAI,USDC');
const LOANS = {
  Aave: { kind: 'aave', lender: state.protocols['aave-v3.6'].pool },
  Morpho: { kind: 'morpho', lender: state.protocols.morpho.morpho },
  Uniswap: { kind: flashPool.token0 === 'USDC' ? 'token0' : 'token1', lender: flashPool.address, feePips: 500n },
};

for (const protocol of ['aave-v3.6', 'aave-v3.0.2', 'morpho']) {
  for (const [source, loan] of Object.entries(LOANS)) {
    for (const [name, [symbol, paths]] of Object.entries(ROUTES)) {
      test(`${protocol} with a loan of ${source} by ${name} gains what is computed`, () => bench.aside(async () => {
        const timeSec = (await latestSec(bench.rpc)) + 12;
        const { program, gain } = await bench.flashLiquidation({ protocol, symbol, loan, paths, timeSec });
        assert.ok(gain > 0n);
        const receipt = await bench.execute(program, { timeSec });
        assert.equal(receipt.status, '0x1');
        assert.equal(await bench.held(symbol), gain);
        assert.equal(await bench.held('USDC'), 0n);
      }));
    }
  }
}
