import assert from 'node:assert/strict';
import { test } from 'node:test';
import { borrow, mine, reorg, repay, sendPrice, setBaseFee, setPrice } from '../lib/actions.mjs';
import { chain, eventsOf, read } from './support.mjs';

const ANSWER = 'AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)';
const TRANSMISSION = 'NewTransmission(uint32 indexed aggregatorRoundId, int192 answer, address transmitter, uint32 observationsTimestamp, int192[] observations, bytes observers, int192 juelsPerFeeCoin, bytes32 configDigest, uint40 epochAndRound)';

const { rpc, state } = await chain();
const feed = state.feeds.WETH;
const RECENT = 6; // blocks that were mined behind the rounds, a second or two apart
const latestAnswer = () => read(rpc, feed.proxy, 'latestAnswer() view returns (int256)');
const head = async () => Number(await rpc.call('eth_blockNumber'));

test('after the start every feed has a fresh answer', async () => {
  const { number, timestamp } = await rpc.call('eth_getBlockByNumber', ['latest', false]);
  const rounds = await rpc.call('eth_getBlockByNumber', [`0x${(Number(number) - RECENT).toString(16)}`, false]);
  for (const { proxy } of Object.values(state.feeds)) {
    const [, answer, , updatedAt] = await read(rpc, proxy, 'latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)');
    assert.ok(answer > 0n);
    assert.equal(updatedAt, BigInt(rounds.timestamp));
  }
  assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60, 'the chain has the time of day');
});

test('a price by feed is announced by the aggregator and read through the proxy', async () => {
  const receipt = await setPrice(rpc, state, 'WETH', '2125', 'feed');
  const [event] = eventsOf(receipt, ANSWER, feed.fluxAggregator);
  assert.equal(event.current, 2125n * 10n ** 8n);
  assert.equal(await latestAnswer(), event.current);
  assert.equal(eventsOf(receipt, ANSWER, feed.proxy).length, 0);
});

test('a price by transmit goes through the forwarder to the OCR2 stub', async () => {
  await setPrice(rpc, state, 'WETH', '2126', 'transmit');
  const receipt = await setPrice(rpc, state, 'WETH', '2127.5', 'transmit');
  assert.equal(receipt.to.toLowerCase(), state.forwarder.toLowerCase());
  const [event] = eventsOf(receipt, ANSWER, feed.ocr2AggregatorStub);
  const [transmission] = eventsOf(receipt, TRANSMISSION, feed.ocr2AggregatorStub);
  assert.equal(event.current, 212_750_000_000n);
  assert.equal(transmission.answer, event.current);
  assert.deepEqual(transmission.observations, Array(4).fill(event.current));
  assert.equal(await latestAnswer(), event.current);
});

test('changing the way of a price never shows another price between', async () => {
  await setPrice(rpc, state, 'WETH', '2000', 'feed');
  const from = await head();
  await setPrice(rpc, state, 'WETH', '2001', 'transmit');
  for (let number = from; number < (await head()); number += 1) {
    const answer = await rpc.call('eth_call', [{ to: feed.proxy, data: '0x50d25bcd' }, `0x${number.toString(16)}`]);
    assert.equal(BigInt(answer), 2000n * 10n ** 8n, `block ${number}`);
  }
});

test('a price is pending until a block is mined', async () => {
  await rpc.call('evm_setAutomine', [false]);
  const before = await latestAnswer();
  const hash = await sendPrice(rpc, state, 'WETH', '1990', 'transmit');
  assert.equal(await latestAnswer(), before);
  assert.equal((await rpc.call('eth_getTransactionByHash', [hash])).blockNumber, null);
  await mine(rpc, 1);
  assert.equal(await latestAnswer(), 1990n * 10n ** 8n);
  await rpc.call('evm_setAutomine', [true]);
});

test('prices of tokens without a feed and of unknown ones are refused', async () => {
  await assert.rejects(setPrice(rpc, state, 'wstETH', '1'), /wstETH has no feed of its own: it follows WETH/);
  await assert.rejects(setPrice(rpc, state, 'DOGE', '1'), /unknown token "DOGE": known are WETH,/);
  await assert.rejects(setPrice(rpc, state, 'WETH', '-1'), /"-1" is not a number/);
  await assert.rejects(setPrice(rpc, state, 'WETH', '1', 'pigeon'), /known are feed, transmit/);
  for (const price of ['0', '10000000001', '9'.repeat(90)]) {
    await assert.rejects(setPrice(rpc, state, 'WETH', price, 'transmit'), /"\d+" is not from 0\.00000001 to 10000000000/);
  }
  await setPrice(rpc, state, 'LINK', '10000000000');
  await setPrice(rpc, state, 'LINK', '0.00000001');
  await assert.rejects(borrow(rpc, state, 'whale', 'USDC', '9'.repeat(90)), /the amount: "9+" is not from 0 to 10+$/);
});

test('mine, reorg and basefee change the chain', async () => {
  const start = await head();
  assert.equal(await mine(rpc, 5), start + 5);
  const old = await rpc.call('eth_getBlockByNumber', [`0x${(start + 5).toString(16)}`, false]);
  assert.equal(await reorg(rpc, state, 2), start + 5);
  const replaced = await rpc.call('eth_getBlockByNumber', [`0x${(start + 5).toString(16)}`, false]);
  assert.notEqual(replaced.hash, old.hash);
  await setBaseFee(rpc, '37.5');
  await mine(rpc, 1);
  assert.equal(Number((await rpc.call('eth_getBlockByNumber', ['latest', false])).baseFeePerGas), 37.5e9);
});

test('a reorg goes down to the set-up and no deeper', async () => {
  const depth = (await head()) - state.startBlock;
  await assert.rejects(reorg(rpc, state, depth + 1), new RegExp(`reorg ${depth + 1}: ${depth} blocks stand on the set-up`));
  const { hash } = await rpc.call('eth_getBlockByNumber', [`0x${(state.startBlock + 1).toString(16)}`, false]);
  await reorg(rpc, state, depth);
  const now = await rpc.call('eth_getBlockByNumber', [`0x${(state.startBlock + 1).toString(16)}`, false]);
  assert.notEqual(now.hash, hash);
});

test('prices and positions change at any base fee', async () => {
  const [borrower] = state.borrowers;
  const where = { protocol: borrower.protocol, market: borrower.market };
  const symbol = state.protocols.morpho.markets[borrower.market]?.loan ?? 'USDC';
  for (const gwei of ['7', '0', '1000000']) {
    for (const change of [
      () => setPrice(rpc, state, 'WETH', '2600'),
      () => setPrice(rpc, state, 'WETH', '2600', 'transmit'),
      () => borrow(rpc, state, 'whale', 'USDC', '10'),
      () => borrow(rpc, state, borrower.address, symbol, '0.0001', where),
      () => repay(rpc, state, 'whale', 'USDC', '10'),
    ]) {
      await setBaseFee(rpc, gwei);
      const { blockNumber } = await change();
      assert.ok(blockNumber);
    }
  }
  await assert.rejects(setBaseFee(rpc, '1000000.1'), /the base fee: "1000000\.1" is not from 0 to 1000000/);
  await setBaseFee(rpc, '1');
});

test('borrow and repay change a debt on Aave', async () => {
  const { variableDebtToken } = state.protocols['aave-v3.6'].reserves.DAI;
  const owed = () => read(rpc, variableDebtToken, 'balanceOf(address) view returns (uint256)', [state.accounts.whale.address]);
  const before = await owed();
  await borrow(rpc, state, 'whale', 'DAI', '7.5');
  assert.ok((await owed()) - before >= 75n * 10n ** 17n);
  await repay(rpc, state, 'whale', 'DAI', 'max');
  assert.equal(await owed(), 0n);
  const { address } = state.borrowers.find((one) => one.protocol === 'aave-v3.6' && one.kind === 'dust');
  await assert.rejects(borrow(rpc, state, address, 'DAI', '100000000'), /refuses: (CollateralCannotCoverNewBorrow|HealthFactorLower)/);
  await assert.rejects(borrow(rpc, state, 'nobody', 'DAI', '1'), /unknown account "nobody": known are deployer,/);
});

test('borrow and repay change a debt on Morpho', async () => {
  await setPrice(rpc, state, 'WETH', '9000', 'feed');
  const { morpho, markets } = state.protocols.morpho;
  const where = { protocol: 'morpho', market: 'WETH/USDC' };
  const { address } = state.borrowers.find(({ market }) => market === where.market);
  const shares = async () => (await read(rpc, morpho, 'position(bytes32, address) view returns (uint256, uint128, uint128)', [markets[where.market].id, address]))[1];
  const before = await shares();
  await borrow(rpc, state, address, 'USDC', '1', where);
  assert.ok((await shares()) > before);
  await repay(rpc, state, address, 'USDC', 'max', where);
  assert.equal(await shares(), 0n);
  await assert.rejects(borrow(rpc, state, address, 'DAI', '1', where), /lends USDC, not DAI/);
  await assert.rejects(borrow(rpc, state, address, 'USDC', '1', { protocol: 'morpho' }), /name a market with --market/);
});
