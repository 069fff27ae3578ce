import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAnvil } from '../lib/anvil.mjs';
import { loadArtifacts } from '../lib/artifacts.mjs';
import { planBorrowers } from '../lib/borrowers.mjs';
import { GENESIS_SEC, deployWorld } from '../lib/deploy.mjs';
import { freshen } from '../lib/freshen.mjs';
import { preparedWorld } from '../lib/prepared.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { PROTOCOLS, TOKENS, startPrice } from '../lib/world.mjs';
import { WORLD, chain, read } from './support.mjs';

const DAY_SEC = 86_400;
const HEALTH = 'getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)';
const usd = ({ symbol, amount }) => Number((amount * startPrice(symbol)) / 10n ** BigInt(TOKENS[symbol].decimals)) / 1e8;
const sizeUsd = ({ supplies }) => supplies.reduce((sum, leg) => sum + usd(leg), 0);

/** The health factors of all borrowers on Aave, as numbers. */
async function healthFactors(rpc, state) {
  const all = state.borrowers.filter(({ protocol }) => protocol.startsWith('aave'));
  return Promise.all(all.map(async ({ address, protocol, kind }) => {
    const data = await read(rpc, state.protocols[protocol].pool, HEALTH, [address]);
    return { kind, address, health: Number(data[5]) / 1e18 };
  }));
}

test('a seed draws the same borrowers, another seed others', () => {
  const draw = (seed) => planBorrowers(seed, 50, PROTOCOLS);
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.deepEqual(planBorrowers(7, 10, ['uniswap-v3']), []);
  assert.deepEqual(planBorrowers(7, 0, PROTOCOLS), []);
});

test('a seed makes the same blocks, hash for hash', async () => {
  const artifacts = await loadArtifacts();
  const heads = [];
  for (let i = 0; i < 2; i += 1) {
    const anvil = await startAnvil({ timestamp: GENESIS_SEC, noMining: true });
    try {
      const rpc = new Rpc(anvil.http);
      await deployWorld(rpc, artifacts, { protocols: PROTOCOLS, seed: '5', borrowers: 10 });
      heads.push((await rpc.call('eth_getBlockByNumber', ['latest', false])).hash);
    } finally {
      await anvil.stop();
    }
  }
  assert.equal(heads[0], heads[1]);
});

test('a thousand borrowers are as varied as the issue asks', () => {
  const borrowers = planBorrowers(3, 1000, PROTOCOLS);
  const share = (kind) => borrowers.filter((one) => one.kind === kind).length / 1000;
  assert.ok(Math.abs(share('loop') - 0.3) < 0.05, `loops ${share('loop')}`);
  const counts = (field) => [...new Set(borrowers.map((one) => one[field].length))].sort();
  assert.deepEqual(counts('supplies'), [1, 2, 3, 4]);
  assert.deepEqual(counts('borrows'), [1, 2, 3]);
  assert.ok(borrowers.some(({ kind, emode }) => kind === 'emode' && emode === 1));
  assert.ok(borrowers.some(({ kind, emode }) => kind === 'emode' && emode === 2));
  assert.ok(borrowers.every((one) => one.borrows.every(({ amount }) => amount > 0n)));
  for (const one of borrowers) {
    if (one.kind === 'dust') assert.ok(sizeUsd(one) < 100);
    if (one.kind === 'whale') assert.ok(sizeUsd(one) > 1e6);
  }
  assert.equal(new Set(borrowers.map(({ address }) => address)).size, 1000);
});

test('on the chain health factors are as drawn, and nobody is liquidatable', async () => {
  const { rpc, state } = await chain();
  const all = await healthFactors(rpc, state);
  for (const { kind, health, address } of all) {
    assert.ok(health > 1 && health < 10.5, `${kind} ${address} at ${health}`);
    if (kind === 'loop') assert.ok(health > 1.0199 && health < 1.0601, `loop ${address} at ${health}`);
  }
  assert.ok(all.some(({ health }) => health < 1.001));
  assert.ok(all.some(({ health }) => health > 3));
});

test('some become liquidatable by interest alone', async () => {
  const { rpc, state } = await chain();
  await rpc.call('evm_increaseTime', [5 * DAY_SEC]);
  await rpc.call('evm_mine');
  const fallen = (await healthFactors(rpc, state)).filter(({ health }) => health < 1);
  assert.ok(fallen.some(({ kind }) => kind === 'interest'));
  assert.ok(fallen.every(({ kind }) => kind !== 'loop'));
});

test('a prepared state has the same health factors on whatever day it is started', async () => {
  const world = await preparedWorld({ protocols: PROTOCOLS, seed: String(WORLD.seed), borrowers: WORLD.borrowers });
  const seen = [];
  for (const days of [0, 400]) {
    const anvil = await startAnvil({ noMining: true });
    try {
      const rpc = new Rpc(anvil.http);
      await rpc.call('anvil_loadState', [world.dump]);
      await freshen(rpc, world.state, Math.floor(Date.now() / 1000) + days * DAY_SEC);
      seen.push(await healthFactors(rpc, world.state));
    } finally {
      await anvil.stop();
    }
  }
  assert.deepEqual(seen[0], seen[1]);
});
