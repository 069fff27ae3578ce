// Brings the random days onto a chain, a block at a time.
import { loadArtifacts } from './artifacts.mjs';
import { Days } from './days.mjs';
import { prepareAave } from './days_aave.mjs';
import { balancesAt } from './truth.mjs';

const GAS = '0x16e360';
const GAS_PRICE = '0x174876e800';
const POCKET_MONEY = '0x21e19e0c9bab2400000';
const hex = (n) => `0x${n.toString(16)}`;

/** The days of a chain that mines nothing by itself. */
export async function beginDays(random, rpc, state, protocols) {
  await rpc.call('evm_setAutomine', [false]);
  await prepareAave(rpc, state, protocols);
  return new Days(random, state, protocols, await loadArtifacts());
}

/** Mines a block of this time with the calls that Days draws. Nonces are our own, since anvil's count goes
 *  wrong with reorgs. Returns [{what, passed}]. */
export async function mineCalls(rpc, calls, sec) {
  const senders = [...new Set(calls.map(({ from }) => from))];
  await rpc.batch(senders.map((from) => ['anvil_setBalance', [from, POCKET_MONEY]]));
  const counts = await rpc.batch(senders.map((from) => ['eth_getTransactionCount', [from, 'latest']]));
  const nonces = new Map(senders.map((from, i) => [from, Number(counts[i])]));
  const balances = await balancesAt(rpc, sec, calls.map(({ balanceOf }) => balanceOf).filter(Boolean));
  const hashes = await rpc.batch(calls.map(({ from, to, data, balanceOf, gas = GAS }) => {
    const nonce = nonces.get(from);
    nonces.set(from, nonce + 1);
    return ['eth_sendTransaction', [{ from, to, data: balanceOf ? data(balances.shift()) : data, gas, gasPrice: GAS_PRICE, nonce: hex(nonce) }]];
  }));
  await rpc.call('evm_setNextBlockTimestamp', [sec]);
  await rpc.call('evm_mine');
  const receipts = await rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
  return calls.map(({ what }, i) => ({ what, passed: receipts[i]?.status === '0x1' }));
}
