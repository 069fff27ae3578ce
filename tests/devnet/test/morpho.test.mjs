import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeAbiParameters, encodeFunctionData, keccak256, parseAbi } from 'viem';
import { setPrice } from '../lib/actions.mjs';
import { ROOT } from '../lib/compile.mjs';
import { chain, eventsOf, latestSec, mineAt, read, readAt } from './support.mjs';

const WAD = 10n ** 18n;
const SCALE = 10n ** 36n;
const PARAMS = '(address, address, address, address, uint256)';
const MARKET = '(uint128, uint128, uint128, uint128, uint128, uint128)';
const LIQUIDATE = 'Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)';
const RATE_UPDATE = 'BorrowRateUpdate(bytes32 indexed id, uint256 avgBorrowRate, uint256 rateAtTarget)';
const VECTORS = join(process.env.LIQD_VECTORS ?? join(ROOT, '../../../shared/vectors'), 'evm_reference/morpho_adaptive_irm.json');

const devnet = await chain();
const { rpc, state } = devnet;
const { morpho, markets, adaptiveCurveIrmStub } = state.protocols.morpho;
const { keeper } = state.accounts;

const min = (a, b) => (a < b ? a : b);
const toAssetsUp = (shares, assets, total) => (shares * (assets + 1n) + total + 999_999n) / (total + 1_000_000n);
const toAssetsDown = (shares, assets, total) => (shares * (assets + 1n)) / (total + 1_000_000n);

function incentiveFactor(lltv) {
  return min((115n * WAD) / 100n, (WAD * WAD) / (WAD - ((3n * WAD) / 10n) * (WAD - lltv) / WAD));
}

/** A market's totals with the interest until timeSec. */
async function accrued({ id, params }, timeSec) {
  const totals = await read(rpc, morpho, `market(bytes32) view returns ${MARKET}`, [id]);
  const [supplied, supplyShares, borrowed, borrowShares, lastUpdate] = totals;
  const rate = await readAt(rpc, timeSec, params.irm, `borrowRateView(${PARAMS}, ${MARKET}) view returns (uint256)`, [Object.values(params), totals]);
  const first = rate * (BigInt(timeSec) - lastUpdate);
  const second = (first * first) / (2n * WAD);
  const growth = first + second + (second * first) / (3n * WAD);
  const interest = (borrowed * growth) / WAD;
  return { supplied: supplied + interest, supplyShares, borrowed: borrowed + interest, borrowShares };
}

async function findUnhealthy(name, timeSec) {
  const { id, params } = markets[name];
  const totals = await accrued(markets[name], timeSec);
  const price = await read(rpc, params.oracle, 'price() view returns (uint256)');
  for (const { address } of state.borrowers.filter(({ market }) => market === name)) {
    const [, shares, collateral] = await read(rpc, morpho, 'position(bytes32, address) view returns (uint256, uint128, uint128)', [id, address]);
    const most = (((collateral * price) / SCALE) * BigInt(params.lltv)) / WAD;
    if (toAssetsUp(shares, totals.borrowed, totals.borrowShares) > most) return { owner: address, shares, collateral, totals, price };
  }
  throw new Error(`nobody in ${name} is liquidatable: choose another price or seed`);
}

test('each oracle says the price of its collateral in its loan token', async () => {
  const price = (name) => read(rpc, markets[name].params.oracle, 'price() view returns (uint256)');
  assert.equal(await price('WETH/USDC'), 2500n * 10n ** 24n);
  assert.equal(await price('WBTC/USDC'), 60_000n * 10n ** 34n);
  assert.equal(await price('LINK/DAI'), 15n * SCALE);
  assert.equal(await price('wstETH/WETH'), (118n * SCALE) / 100n);
});

test('a liquidation by hand seizes what the formulas say', async () => {
  const market = markets['WETH/USDC'];
  await setPrice(rpc, state, 'WETH', '2300');
  const timeSec = (await latestSec(rpc)) + 12;
  const { owner, shares, totals, price } = await findUnhealthy('WETH/USDC', timeSec);
  const factor = incentiveFactor(BigInt(market.params.lltv));
  const part = shares / 3n;
  const seized = ((toAssetsDown(part, totals.borrowed, totals.borrowShares) * factor) / WAD) * SCALE / price;
  const receipt = await mineAt(rpc, timeSec, keeper, morpho, `liquidate(${PARAMS}, address, uint256, uint256, bytes)`,
    [Object.values(market.params), owner, 0n, part, '0x']);
  assert.equal(receipt.status, '0x1');
  const [event] = eventsOf(receipt, LIQUIDATE, morpho);
  assert.equal(event.id, market.id);
  assert.equal(event.repaidAssets, toAssetsUp(part, totals.borrowed, totals.borrowShares));
  assert.equal(event.repaidShares, part);
  assert.equal(event.seizedAssets, seized);
  assert.equal(event.badDebtAssets, 0n);
});

test('a liquidation of all collateral leaves bad debt to the lenders', async () => {
  const market = markets['LINK/DAI'];
  await setPrice(rpc, state, 'LINK', '4');
  const timeSec = (await latestSec(rpc)) + 12;
  const { owner, collateral, shares } = await findUnhealthy('LINK/DAI', timeSec);
  const receipt = await mineAt(rpc, timeSec, keeper, morpho, `liquidate(${PARAMS}, address, uint256, uint256, bytes)`,
    [Object.values(market.params), owner, collateral, 0n, '0x']);
  const [event] = eventsOf(receipt, LIQUIDATE, morpho);
  assert.ok(event.badDebtAssets > 0n);
  assert.equal(event.repaidShares + event.badDebtShares, shares);
});

test('the adaptive rate model keeps a rate for its market and says so', async () => {
  const { id, params } = markets['WBTC/USDC'];
  const stored = () => read(rpc, adaptiveCurveIrmStub, 'rateAtTarget(bytes32) view returns (int256)', [id]);
  const before = await stored();
  const receipt = await mineAt(rpc, (await latestSec(rpc)) + 86_400, keeper, morpho, `accrueInterest(${PARAMS})`, [Object.values(params)]);
  const [event] = eventsOf(receipt, RATE_UPDATE, adaptiveCurveIrmStub);
  assert.equal(event.id, id);
  assert.equal(event.rateAtTarget, await stored());
  assert.ok(event.rateAtTarget < before, 'below its target utilization the rate falls');
});

// A call of the model as Morpho makes it, with the state and time of a row.
function simulation([start, supplied, borrowed, elapsed], name) {
  const { id, params } = markets[name];
  const timeSec = 2_000_000_000;
  const totals = [supplied, 0, borrowed, 0, timeSec - Number(elapsed), 0].map(BigInt);
  const abi = parseAbi([`function borrowRate(${PARAMS}, ${MARKET}) returns (uint256)`]);
  const call = { from: morpho, to: adaptiveCurveIrmStub, data: encodeFunctionData({ abi, args: [Object.values(params), totals] }) };
  // rateAtTarget is the stub's slot 0
  const slot = keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [id, 0n]));
  const stateDiff = { [slot]: `0x${BigInt(start).toString(16).padStart(64, '0')}` };
  const block = { blockOverrides: { time: `0x${timeSec.toString(16)}` }, stateOverrides: { [adaptiveCurveIrmStub]: { stateDiff } }, calls: [call] };
  return ['eth_simulateV1', [{ blockStateCalls: [block] }, 'latest']];
}

test('the adaptive rate stub equals the real model on its vectors', { skip: !existsSync(VECTORS) && `no ${VECTORS}` }, async () => {
  const { rows } = JSON.parse(readFileSync(VECTORS)).vectors.borrowRate;
  const answers = await rpc.batch(rows.map((row) => simulation(row, 'WBTC/USDC')));
  for (const [i, [{ calls }]] of answers.entries()) {
    const [, , , , average, end] = rows[i];
    assert.equal(String(BigInt(calls[0].returnData)), average, `row ${i}`);
    const [event] = eventsOf(calls[0], RATE_UPDATE, adaptiveCurveIrmStub);
    assert.equal(String(event.avgBorrowRate), average, `row ${i}`);
    assert.equal(String(event.rateAtTarget), end, `row ${i}`);
  }
});
