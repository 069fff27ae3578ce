// A liquidation on Aave by hand: what the formulas of the version say before, what the events say after.
import assert from 'node:assert/strict';
import { setPrice } from '../lib/actions.mjs';
import { eventsOf, latestSec, mineAt, readAt } from './support.mjs';

const WAD = 10n ** 18n;
const CLOSE_HEALTH = (95n * WAD) / 100n;
const SMALL_BASE = 2000n * 10n ** 8n;
const LIQUIDATION = 'LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)';
const UINT_MAX = 2n ** 256n - 1n;

const ceilDiv = (a, b) => (a + b - 1n) / b;
const percentMul = (value, bps) => (value * bps + 5000n) / 10000n;
const percentDiv = (value, bps) => (value * 10000n + bps / 2n) / bps;

/** All of an account that a liquidation depends on, in a block at timeSec. */
export async function readAccount({ rpc, state }, protocol, owner, timeSec) {
  const { pool, dataProvider, oracle, reserves } = state.protocols[protocol];
  const view = (to, signature, args) => readAt(rpc, timeSec, to, signature, args);
  const [collateralBase, debtBase, , , , health] = await view(
    pool, 'getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)', [owner]);
  const legs = await Promise.all(Object.entries(reserves).map(async ([symbol, { asset, aToken, variableDebtToken }]) => {
    const [supplied, owed, price, config] = await Promise.all([
      view(aToken, 'balanceOf(address) view returns (uint256)', [owner]),
      view(variableDebtToken, 'balanceOf(address) view returns (uint256)', [owner]),
      view(oracle, 'getAssetPrice(address) view returns (uint256)', [asset]),
      view(dataProvider, 'getReserveConfigurationData(address) view returns (uint256, uint256, uint256, uint256, uint256, bool, bool, bool, bool, bool)', [asset]),
    ]);
    const fee = await view(dataProvider, 'getLiquidationProtocolFee(address) view returns (uint256)', [asset]);
    return { symbol, asset, aToken, variableDebtToken, supplied, owed, price, unit: 10n ** config[0], bonus: config[3], fee };
  }));
  return { collateralBase, debtBase, health, legs };
}

/** How much of a debt may be repaid at once. */
function closable(protocol, account, debt, collateral) {
  if (protocol === 'aave-v3.0.2') return account.health > CLOSE_HEALTH ? percentMul(debt.owed, 5000n) : debt.owed;
  const collateralBase = (collateral.supplied * collateral.price) / collateral.unit;
  const debtBase = ceilDiv(debt.owed * debt.price, debt.unit);
  if (collateralBase < SMALL_BASE || debtBase < SMALL_BASE || account.health <= CLOSE_HEALTH) return debt.owed;
  const half = percentMul(account.debtBase, 5000n);
  return debtBase > half ? (half * debt.unit) / debt.price : debt.owed;
}

/** The {repaid, seized} of a liquidation, the largest possible one by default: seized is without the protocol's fee. */
export function expectedLiquidation(protocol, account, debt, collateral, wanted = UINT_MAX) {
  const { bonus } = collateral;
  const most = closable(protocol, account, debt, collateral);
  let repaid = wanted < most ? wanted : most;
  const base = (debt.price * repaid * collateral.unit) / (collateral.price * debt.unit);
  let seized = percentMul(base, bonus);
  if (seized > collateral.supplied) {
    seized = collateral.supplied;
    const value = (collateral.price * seized * debt.unit) / (debt.price * collateral.unit);
    repaid = protocol === 'aave-v3.0.2' ? percentDiv(value, bonus) : ceilDiv(value * 10000n, bonus);
  }
  const bonusPart = seized - percentDiv(seized, bonus);
  return { repaid, seized: seized - percentMul(bonusPart, collateral.fee) };
}

/** What an account holds ("supplied") or owes ("owed") of a reserve, in USD with 8 decimals; and the most of it. */
export const valueOf = (leg, amount) => (leg[amount] * leg.price) / leg.unit;
export const largest = (legs, amount) =>
  legs.reduce((best, leg) => (valueOf(leg, amount) > valueOf(best, amount) ? leg : best));

/** The borrower of a kind outside e-modes, whose bonus is another, that half or all can be repaid of. */
async function findLiquidatable(devnet, protocol, isWanted, timeSec) {
  for (const { address, protocol: of, emode, kind } of devnet.state.borrowers) {
    if (of !== protocol || emode || !['plain', 'whale'].includes(kind)) continue;
    const account = await readAccount(devnet, protocol, address, timeSec);
    if (account.health < WAD && account.health > CLOSE_HEALTH && isWanted(account)) return { owner: address, account };
  }
  throw new Error(`no borrower of ${protocol} is liquidatable so: choose other prices or another seed`);
}

/** Liquidates a wanted borrower after a fall of prices, and compares events and balances with the formulas. */
export async function liquidateByHand(devnet, protocol, isWanted = () => true) {
  const { rpc, state } = devnet;
  const { keeper } = state.accounts;
  await setPrice(rpc, state, 'WETH', '2380');
  await setPrice(rpc, state, 'WBTC', '57000');
  const timeSec = (await latestSec(rpc)) + 12;
  const { owner, account } = await findLiquidatable(devnet, protocol, isWanted, timeSec);
  const debt = largest(account.legs, 'owed');
  const collateral = largest(account.legs, 'supplied');
  const expected = expectedLiquidation(protocol, account, debt, collateral);
  const held = ({ asset }) => readAt(rpc, timeSec, asset, 'balanceOf(address) view returns (uint256)', [keeper.address]);
  const [debtBefore, collateralBefore] = [await held(debt), await held(collateral)];
  const { pool } = state.protocols[protocol];
  const receipt = await mineAt(rpc, timeSec, keeper, pool, 'liquidationCall(address, address, address, uint256, bool)',
    [collateral.asset, debt.asset, owner, UINT_MAX, false]);
  assert.equal(receipt.status, '0x1');
  const [event] = eventsOf(receipt, LIQUIDATION, pool);
  assert.equal(event.user.toLowerCase(), owner.toLowerCase());
  assert.equal(event.debtToCover, expected.repaid);
  assert.equal(event.liquidatedCollateralAmount, expected.seized);
  assert.equal(debtBefore - (await held(debt)), expected.repaid);
  assert.equal((await held(collateral)) - collateralBefore, expected.seized);
  const after = await readAccount(devnet, protocol, owner, timeSec);
  assert.ok(after.debtBase < account.debtBase);
  return { account, after, receipt, debt, collateral };
}
