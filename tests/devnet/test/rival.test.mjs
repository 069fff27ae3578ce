import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFunctionData, parseAbi } from 'viem';
import { mine, setPrice } from '../lib/actions.mjs';
import { startRival } from '../lib/rival.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { sendSigned, waitMined } from '../lib/send.mjs';
import { startStrict } from '../lib/strict_proxy.mjs';
import { largest, readAccount } from './aave_support.mjs';
import { chain, eventsOf, latestSec } from './support.mjs';

const WAD = 10n ** 18n;
const GWEI = 10n ** 9n;
const WAIT_MS = 60_000;
const LIQUIDATION = 'LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)';
const CALL = parseAbi(['function liquidationCall(address, address, address, uint256, bool)']);

async function until(condition, what) {
  for (const end = Date.now() + WAIT_MS; !(await condition()); await sleep(20)) assert.ok(Date.now() < end, `not ${what}`);
}

test('the rival liquidates on every protocol until nobody is left', async () => {
  const { rpc, state } = await chain();
  const rival = startRival(rpc, state);
  await setPrice(rpc, state, 'WETH', '2250');
  const venues = ['aave-v3.6', 'aave-v3.0.2', 'morpho'].map((name) => state.protocols[name].pool ?? state.protocols[name].morpho);
  await until(() => venues.every((venue) => rival.sent.some((one) => one.venue === venue)), 'all protocols liquidated');
  await until(async () => {
    const before = rival.sent.length;
    await sleep(500);
    return rival.sent.length === before;
  }, 'done');
  await rival.stop();
  const receipts = await waitMined(rpc, rival.sent.map(({ hash }) => hash));
  assert.ok(receipts.length > 3);
  assert.ok(receipts.every(({ status, from }) => status === '0x1' && from === state.accounts.rival.address.toLowerCase()));
});

/** A borrower of Aave v3.6 outside e-modes that a fall of WETH makes liquidatable, and the call against it. */
async function prey({ rpc, state }) {
  const timeSec = await latestSec(rpc);
  for (const { address, protocol, emode } of state.borrowers) {
    if (protocol !== 'aave-v3.6' || emode) continue;
    const account = await readAccount({ rpc, state }, protocol, address, timeSec);
    if (account.health >= WAD || account.debtBase < 10n ** 10n) continue;
    const [collateral, debt] = [largest(account.legs, 'supplied'), largest(account.legs, 'owed')];
    return { owner: address, data: encodeFunctionData({ abi: CALL, args: [collateral.asset, debt.asset, address, 2n ** 256n - 1n, false] }) };
  }
  throw new Error('nobody is liquidatable: choose another price or seed');
}

async function winnerOf({ rpc, state }, owner, fromBlock) {
  const { pool } = state.protocols['aave-v3.6'];
  const logs = await rpc.call('eth_getLogs', [{ fromBlock, address: pool }]);
  const events = eventsOf({ logs }, LIQUIDATION, pool).filter(({ user }) => user.toLowerCase() === owner);
  return events[0].liquidator;
}

/** A race for one borrower in a block that is mined by hand; keeperTurn(hasRivalSent) resolves when the keeper acts. */
async function race(devnet, { keeperTurn, rivalMs, bidWei }) {
  const { rpc, state } = devnet;
  const { pool } = state.protocols['aave-v3.6'];
  await rpc.call('evm_setAutomine', [true]);
  await setPrice(rpc, state, 'WETH', '2250');
  await rpc.call('evm_setAutomine', [false]);
  const { owner, data } = await prey(devnet);
  const fromBlock = await rpc.call('eth_blockNumber');
  const rival = startRival(rpc, state, { delayMs: rivalMs, bidWei });
  const itsStrike = () => rival.sent.find((one) => one.owner.toLowerCase() === owner && one.venue === pool);
  await keeperTurn(itsStrike);
  await sendSigned(rpc, state.accounts.keeper.key, [{ to: pool, data, gas: 1_200_000n }]);
  await until(itsStrike, 'sent by the rival');
  const { hash } = itsStrike();
  await mine(rpc, 1);
  await rival.stop();
  const winner = await winnerOf(devnet, owner, `0x${(Number(fromBlock) + 1).toString(16)}`);
  return { winner, transaction: await rpc.call('eth_getTransactionByHash', [hash]) };
}

test('a rival that waits loses to a keeper that does not', async () => {
  const devnet = await chain();
  const { winner } = await race(devnet, { keeperTurn: () => sleep(1000), rivalMs: 3000 });
  assert.equal(winner, devnet.state.accounts.keeper.address);
});

test('a rival that does not wait wins against a keeper that does, with its bid as the tip', async () => {
  const devnet = await chain();
  const { winner, transaction } = await race(devnet, {
    keeperTurn: (hasRivalSent) => until(hasRivalSent, 'sent by the rival'),
    rivalMs: 0,
    bidWei: 7_000_000_000n,
  });
  assert.equal(winner, devnet.state.accounts.rival.address);
  assert.equal(BigInt(transaction.maxPriorityFeePerGas), 7_000_000_000n);
});

/** A race that only the tips decide: through the strict proxy, with the lower tip the earlier to arrive. */
async function raceOfTips({ bidWei, keeperWei }) {
  const devnet = await chain();
  const { rpc: direct, state } = devnet;
  await setPrice(direct, state, 'WETH', '2250');
  const { owner, data } = await prey(devnet);
  const fromBlock = await direct.call('eth_blockNumber');
  const strict = await startStrict({ upstream: state.http });
  const rpc = new Rpc(strict.url);
  const { pool } = state.protocols['aave-v3.6'];
  let rival;
  const turns = [
    async () => {
      rival = startRival(rpc, state, { bidWei });
      await until(() => rival.sent.some((one) => one.owner.toLowerCase() === owner && one.venue === pool), 'sent by the rival');
    },
    () => sendSigned(rpc, state.accounts.keeper.key, [{ to: pool, data, gas: 1_200_000n, tipWei: keeperWei }]),
  ];
  for (const turn of bidWei < keeperWei ? turns : turns.reverse()) await turn();
  await rival.stop();
  await rpc.call('evm_mine');
  await strict.close();
  return { state, winner: await winnerOf(devnet, owner, `0x${(Number(fromBlock) + 1).toString(16)}`) };
}

test('a rival that bids more wins on a real node though it comes later', async () => {
  const { winner, state } = await raceOfTips({ bidWei: 7n * GWEI, keeperWei: 3n * GWEI });
  assert.equal(winner, state.accounts.rival.address);
});

test('a rival that bids less loses on a real node though it comes earlier', async () => {
  const { winner, state } = await raceOfTips({ bidWei: 2n * GWEI, keeperWei: 3n * GWEI });
  assert.equal(winner, state.accounts.keeper.address);
});

test('a rival survives a node that refuses for a while', async () => {
  const { state } = await chain();
  const strict = await startStrict({ upstream: state.http, automine: true });
  await setPrice(new Rpc(strict.url), state, 'WETH', '2250');
  strict.set({ rate: 0 });
  const rival = startRival(new Rpc(strict.url), state);
  await sleep(200);
  assert.equal(rival.sent.length, 0);
  strict.set({ rate: 1e6 });
  await until(() => rival.sent.length > 0, 'sent by the rival');
  await rival.stop();
  await strict.close();
});

test('a rival on a chain that is gone ends with the reason', async () => {
  const devnet = await chain();
  const rival = startRival(devnet.rpc, devnet.state);
  await devnet.stop();
  await assert.rejects(rival.ended, /no node answers/);
});
