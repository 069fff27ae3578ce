// Brings a loaded chain from the day on which it was prepared to now, without the interest of the days
// between: the health factors are those that were drawn, whenever the chain is started.
import { encodeAbiParameters, encodeFunctionData, keccak256, parseAbi } from 'viem';
import { DevnetError } from './errors.mjs';

// Where the contracts keep the time of a reserve's or market's last accrual; checked against their getters.
const AAVE_RESERVES_SLOT = 52n;
const MORPHO_MARKETS_SLOT = 3n;
const AAVE_TIME = { offset: 3n, shift: 128n, bits: 40n };
const MORPHO_TIME = { offset: 2n, shift: 0n, bits: 128n };

const GAS = '0x7a120';
const GAS_PRICE = '0x77359400';
const TOUCH_AMOUNT = 1000n;

const ABI = parseAbi([
  'function supply(address, uint256, address, uint16)',
  'function accrueInterest((address, address, address, address, uint256))',
  'function submit(uint256, int256)',
  'function latestRound() view returns (uint256)',
  'function latestAnswer() view returns (int256)',
]);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const word = (value) => `0x${value.toString(16).padStart(64, '0')}`;

function mappingSlot(keyType, key, slot) {
  return BigInt(keccak256(encodeAbiParameters([{ type: keyType }, { type: 'uint256' }], [key, slot])));
}

function accrualTimes({ protocols }) {
  const times = [];
  for (const { pool, morpho, reserves = {}, markets = {} } of Object.values(protocols)) {
    for (const { asset } of Object.values(reserves)) {
      times.push({ address: pool, slot: mappingSlot('address', asset, AAVE_RESERVES_SLOT), ...AAVE_TIME });
    }
    for (const { id } of Object.values(markets)) {
      times.push({ address: morpho, slot: mappingSlot('bytes32', id, MORPHO_MARKETS_SLOT), ...MORPHO_TIME });
    }
  }
  return times.map((time) => ({ ...time, slot: word(time.slot + time.offset) }));
}

/** Moves each last accrual to timeSec. */
async function moveAccruals(rpc, state, timeSec) {
  const times = accrualTimes(state);
  const words = await rpc.batch(times.map(({ address, slot }) => ['eth_getStorageAt', [address, slot, 'latest']]));
  const { timestamp } = await rpc.call('eth_getBlockByNumber', ['latest', false]);
  const calls = times.map(({ address, slot, shift, bits }, i) => {
    const mask = ((1n << bits) - 1n) << shift;
    const old = (BigInt(words[i]) & mask) >> shift;
    // a layout of storage that has changed shows as a time that is none
    const age = BigInt(timestamp) - old;
    if (age < 0n || age > 86_400n) throw new DevnetError(`${address}: no time of accrual at slot ${slot}: has the contract changed?`);
    return ['anvil_setStorageAt', [address, slot, word((BigInt(words[i]) & ~mask) | (timeSec << shift))]];
  });
  await rpc.batch(calls);
}

/** One supply or accrual for each reserve and market, so that the logs say the new time too. */
function touches({ protocols, accounts }) {
  const from = accounts.whale.address;
  return Object.values(protocols).flatMap(({ pool, morpho, reserves = {}, markets = {} }) => [
    ...Object.values(reserves).map(({ asset }) => ({ from, to: pool, data: encode('supply', [asset, TOUCH_AMOUNT, from, 0]) })),
    ...Object.values(markets).map(({ params }) => ({ from, to: morpho, data: encode('accrueInterest', [Object.values(params)]) })),
  ]);
}

/** A new round with the old answer for each feed, which no reader then takes for stale. */
async function rounds(rpc, { feeds, accounts }) {
  const all = Object.values(feeds);
  const view = (name) => all.map(({ fluxAggregator: to }) => ['eth_call', [{ to, data: encode(name) }, 'latest']]);
  const [latest, answers] = [await rpc.batch(view('latestRound')), await rpc.batch(view('latestAnswer'))];
  return all.map(({ fluxAggregator: to }, i) => {
    const data = encode('submit', [BigInt(latest[i]) + 1n, BigInt(answers[i])]);
    return { from: accounts.oracle.address, to, data };
  });
}

/** Mines one block at nowSec in which every feed, reserve and market is as fresh as if deployed now. */
export async function freshen(rpc, state, nowSec) {
  await moveAccruals(rpc, state, BigInt(nowSec - 1));
  const transactions = [...(await rounds(rpc, state)), ...touches(state)];
  const hashes = await rpc.batch(
    transactions.map((call) => ['eth_sendTransaction', [{ ...call, gas: GAS, gasPrice: GAS_PRICE }]]),
  );
  await rpc.batch([['evm_setNextBlockTimestamp', [nowSec]], ['evm_mine', []]]);
  const receipts = await rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
  const failed = receipts.findIndex((receipt) => receipt?.status !== '0x1');
  if (failed >= 0) {
    throw new DevnetError(`start: the transaction to ${transactions[failed].to} failed: remove world-*.json from the cache folder`);
  }
}
