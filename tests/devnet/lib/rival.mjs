// A simple honest liquidator that competes with the keeper under test: after each block it looks at every
// borrower, and liquidates the liquidatable ones after a delay, bidding a fixed priority fee.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeAbiParameters, encodeFunctionData, parseAbi, toEventSelector } from 'viem';
import { RpcError } from './wire.mjs';
import { sendSigned } from './send.mjs';

const POLL_MS = 25;
const GAS = 1_200_000n;
const WAD = 10n ** 18n;
const ORACLE_SCALE = 10n ** 36n;
const UINT_MAX = 2n ** 256n - 1n;
const BORROWED = {
  aave: toEventSelector('Borrow(address,address,address,uint256,uint8,uint256,uint16)'),
  morpho: toEventSelector('Borrow(bytes32,address,address,address,uint256,uint256)'),
};

const ABI = parseAbi([
  'function getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function latestAnswer() view returns (int256)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'function price() view returns (uint256)',
  'function position(bytes32, address) view returns (uint256, uint128, uint128)',
  'function market(bytes32) view returns (uint128, uint128, uint128, uint128, uint128, uint128)',
  'function liquidate((address, address, address, address, uint256), address, uint256, uint256, bytes)',
]);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const view = (to, functionName, args) => ['eth_call', [{ to, data: encode(functionName, args) }, 'latest']];
const words = (result) => Array.from({ length: (result.length - 2) / 64 }, (_, i) => BigInt(`0x${result.slice(2 + i * 64, 66 + i * 64)}`));
const largest = (list) => list.reduce((best, one) => (one.value > best.value ? one : best));

async function borrowersOf(rpc, state) {
  const found = [];
  for (const { pool, morpho, markets = {} } of Object.values(state.protocols)) {
    if (!pool && !morpho) continue;
    const address = pool ?? morpho;
    const logs = await rpc.call('eth_getLogs', [{ fromBlock: '0x0', address, topics: [pool ? BORROWED.aave : BORROWED.morpho] }]);
    for (const { topics } of logs) {
      const market = Object.values(markets).find(({ id }) => id === topics[1]);
      // onBehalfOf is the second indexed address of both events
      found.push({ venue: address, market, owner: decodeAbiParameters([{ type: 'address' }], topics[2])[0] });
    }
  }
  return [...new Map(found.map((one) => [`${one.venue} ${one.market?.id} ${one.owner}`, one])).values()];
}

/** Whom a liquidation would be accepted for, as far as a view tells. */
async function liquidatable(rpc, borrowers) {
  const aave = borrowers.filter(({ market }) => !market);
  const healths = await rpc.batch(aave.map(({ venue, owner }) => view(venue, 'getUserAccountData', [owner])));
  const found = aave.filter((_, i) => words(healths[i])[5] < WAD);
  for (const one of borrowers.filter(({ market }) => market)) {
    if (await isMorphoLiquidatable(rpc, one)) found.push(one);
  }
  return found;
}

async function isMorphoLiquidatable(rpc, { venue, market, owner }) {
  const [position, totals, price] = await rpc.batch([
    view(venue, 'position', [market.id, owner]),
    view(venue, 'market', [market.id]),
    view(market.params.oracle, 'price'),
  ]);
  const [, shares, collateral] = words(position);
  const [, , assets, totalShares] = words(totals);
  const owed = shares && (shares * (assets + 1n) + totalShares + 999_999n) / (totalShares + 1_000_000n);
  return owed > (((collateral * words(price)[0]) / ORACLE_SCALE) * BigInt(market.params.lltv)) / WAD;
}

/** The reserve of which an account holds the most, by value; field names the token that counts. */
async function largestReserve(rpc, state, reserves, owner, field) {
  const symbols = Object.keys(reserves);
  const balances = await rpc.batch(symbols.map((symbol) => view(reserves[symbol][field], 'balanceOf', [owner])));
  const prices = await rpc.batch(symbols.map((symbol) => view(state.tokens[symbol].source, 'latestAnswer')));
  return largest(symbols.map((symbol, i) => ({
    asset: reserves[symbol].asset,
    value: (BigInt(balances[i]) * BigInt(prices[i]) * WAD) / 10n ** BigInt(state.tokens[symbol].decimals),
  })));
}

async function aaveCall(rpc, state, { venue, owner }) {
  const { reserves } = Object.values(state.protocols).find(({ pool }) => pool === venue);
  const collateral = await largestReserve(rpc, state, reserves, owner, 'aToken');
  const debt = await largestReserve(rpc, state, reserves, owner, 'variableDebtToken');
  return [encode('liquidationCall', [collateral.asset, debt.asset, owner, UINT_MAX, false])];
}

/** The whole debt, or, where the collateral does not cover it, the whole collateral. */
async function morphoCalls(rpc, { venue, market, owner }) {
  const [, shares, collateral] = words(await rpc.call(...view(venue, 'position', [market.id, owner])));
  const params = Object.values(market.params);
  return [encode('liquidate', [params, owner, 0n, shares, '0x']), encode('liquidate', [params, owner, collateral, 0n, '0x'])];
}

/** The calls against a borrower {venue, owner, market} that are worth a trial, the best first. */
export function callsAgainst(rpc, state, one) {
  return one.market ? morphoCalls(rpc, one) : aaveCall(rpc, state, one);
}

/** The first call that would succeed now, or nothing. */
async function liquidation(rpc, state, one) {
  const from = state.accounts.rival.address;
  const calls = await callsAgainst(rpc, state, one);
  const trials = await rpc.settle(calls.map((data) => ['eth_call', [{ from, to: one.venue, data }, 'latest']]));
  const data = calls.find((_, i) => !trials[i].error);
  return data && { to: one.venue, data, gas: GAS };
}

/** Sends a liquidation for each borrower that can be liquidated and for which none of ours is pending. */
class Rival {
  constructor(rpc, state, { delayMs, bidWei }) {
    Object.assign(this, { rpc, state, delayMs, bidWei, sent: [], stopping: new AbortController() });
  }

  async pause(ms) {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }

  async isPending({ venue, owner }) {
    const last = this.sent.findLast((one) => one.venue === venue && one.owner === owner);
    return last && !(await this.rpc.call('eth_getTransactionReceipt', [last.hash]));
  }

  async look() {
    const found = await liquidatable(this.rpc, await borrowersOf(this.rpc, this.state));
    if (found.length > 0) await this.pause(this.delayMs);
    for (const one of found) {
      if (this.stopping.signal.aborted) return;
      if (await this.isPending(one)) continue;
      const call = await liquidation(this.rpc, this.state, one);
      if (!call) continue;
      const [hash] = await sendSigned(this.rpc, this.state.accounts.rival.key, [{ ...call, tipWei: this.bidWei }]);
      this.sent.push({ venue: one.venue, owner: one.owner, hash });
    }
  }

  async run() {
    for (let seen; !this.stopping.signal.aborted; await this.pause(POLL_MS)) {
      try {
        const head = await this.rpc.call('eth_blockNumber');
        if (head === seen) continue;
        await this.look();
        seen = head;
      } catch (error) {
        // a 429, or anvil's answer to a call with the old block's time on a new block's state: look again
        if (!(error instanceof RpcError)) throw error;
      }
    }
  }
}

/**
 * Starts a rival on a chain: {delayMs, bidWei}. Returns {sent, ended, stop}: sent grows by {venue, owner,
 * hash} for each liquidation that it sends; ended rejects when the chain is gone before stop is called.
 */
export function startRival(rpc, state, { delayMs = 0, bidWei = 10n ** 9n } = {}) {
  const rival = new Rival(rpc, state, { delayMs, bidWei });
  const ended = rival.run();
  ended.catch(() => {}); // whoever cares awaits it
  const stop = async () => {
    rival.stopping.abort();
    await ended;
  };
  return { sent: rival.sent, ended, stop };
}
