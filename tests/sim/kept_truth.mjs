// How accounts stand at each block of days in which nobody borrows or repays and only the feeds' prices move: read again is who may
// stand otherwise by now. All are, now and then, and who was not in between has to be as he was told to be.
import assert from 'node:assert/strict';
import { truthAt } from '../devnet/lib/truth.mjs';

const WAD = 10n ** 18n;
const NEAR = 1.07; // above what any of this matters at, and what a little interest takes
const ALL_BLOCKS = 60;

/** By what a health factor is multiplied at the least when prices go from those to these. */
function leastRatio(from, to) {
  const ratios = Object.keys(to).map((symbol) => Number(to[symbol]) / Number(from[symbol]));
  return Math.min(1, ...ratios) / Math.max(1, ...ratios);
}

export class KeptTruth {
  #rpc;
  #state;
  #accounts;
  #known = []; // of each account {told, prices}
  #blocks = 0;

  constructor(rpc, state, accounts) {
    this.#rpc = rpc;
    this.#state = state;
    this.#accounts = accounts;
  }

  #stands({ told, prices } = {}, now, ratios) {
    if (!told) return false;
    if (told.verdict === 'no debt') return true;
    if (told.verdict !== 'safe') return false;
    if (!ratios.has(prices)) ratios.set(prices, leastRatio(prices, now));
    return (Number(told.health) / Number(WAD)) * ratios.get(prices) > NEAR;
  }

  /** Every account at a block {hash, sec}, of which the feeds' answers are `prices`. */
  async at(block, prices) {
    const now = { ...prices };
    const ratios = new Map();
    const stand = this.#accounts.map((_, i) => this.#stands(this.#known[i], now, ratios));
    const isAll = this.#blocks++ % ALL_BLOCKS === 0;
    const wanted = this.#accounts.map((_, i) => i).filter((i) => isAll || !stand[i]);
    const aave = wanted.filter((i) => !this.#accounts[i].market); // as truthAt orders them
    const order = [...aave, ...wanted.filter((i) => this.#accounts[i].market)];
    const found = await truthAt(this.#rpc, this.#state, block, wanted.map((i) => this.#accounts[i]));
    order.forEach((i, k) => {
      const was = this.#known[i]?.told.verdict;
      if (stand[i]) assert.equal(found[k].verdict, was, `${JSON.stringify(this.#accounts[i])} was not read again, and has changed`);
      this.#known[i] = { told: found[k], prices: now };
    });
    return this.#known.map(({ told }) => told);
  }
}
