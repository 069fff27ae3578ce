// The actions through the strict proxy, which sends for nobody: what has a key goes, what has none is refused.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { borrow, mine, reorg, repay, setBaseFee, setPrice } from '../lib/actions.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { startStrict } from '../lib/strict_proxy.mjs';
import { chain } from './support.mjs';

const { state } = await chain();
const strict = await startStrict({ upstream: state.http, automine: true });
after(() => strict.close());
const rpc = new Rpc(strict.url);

test('prices, blocks and base fees change through the strict proxy', async () => {
  assert.equal((await setPrice(rpc, state, 'WETH', '2600')).status, '0x1');
  assert.equal((await setPrice(rpc, state, 'WETH', '2601', 'transmit')).status, '0x1');
  const head = Number(await rpc.call('eth_blockNumber'));
  assert.equal(await mine(rpc, 450), head + 450);
  assert.equal(await reorg(rpc, state, 2), head + 450);
  await setBaseFee(rpc, '300');
  const { blockHash } = await setPrice(rpc, state, 'WETH', '2602', 'transmit');
  assert.equal(Number((await rpc.call('eth_getBlockByHash', [blockHash, false])).baseFeePerGas), 300e9);
  await setBaseFee(rpc, '1');
});

test('accounts with a key borrow and repay through the strict proxy', async () => {
  for (const where of [{}, { protocol: 'aave-v3.0.2' }, { protocol: 'morpho', market: 'WETH/USDC' }]) {
    assert.equal((await borrow(rpc, state, 'whale', 'USDC', '10', where)).status, '0x1');
    assert.equal((await repay(rpc, state, state.accounts.whale.address.toLowerCase(), 'USDC', '10', where)).status, '0x1');
  }
});

test('an account without a key is repaid for, but does not borrow there', async () => {
  const { address } = state.borrowers.find(({ protocol, kind }) => protocol === 'aave-v3.6' && kind === 'loop');
  const { reserves } = state.protocols['aave-v3.6'];
  const owed = async ({ variableDebtToken: to }) =>
    BigInt(await rpc.call('eth_call', [{ to, data: `0x70a08231${address.slice(2).padStart(64, '0')}` }, 'latest']));
  for (const [symbol, reserve] of Object.entries(reserves)) {
    if (!(await owed(reserve))) continue;
    const error = new RegExp(`borrow: ${address} has no key and only the chain itself sends for it: leave --endpoint out`);
    await assert.rejects(borrow(rpc, state, address, symbol, '0.000001'), error);
    await repay(rpc, state, address, symbol, 'max');
    assert.equal(await owed(reserve), 0n);
  }
});
