import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench } from './executor_support.mjs';
import { chain, latestSec } from './support.mjs';

const bench = await Bench.on(await chain({ borrowers: 0 }));

for (const protocol of ['aave-v3.6', 'aave-v3.0.2', 'morpho']) {
  for (const [source, loan] of Object.entries(bench.loans())) {
    for (const [name, [symbol, paths]] of Object.entries(bench.routes())) {
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
