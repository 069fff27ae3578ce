// The bundles that the strict node's block building takes from the relay stub.
import { effectiveTip } from './strict_tx.mjs';
import { simulate } from './strict_simulate.mjs';

const BUNDLES_MAX = 1000; // held at once; more than that is a mistake of a test

export class BundleBook {
  #bundles = [];

  /** bundle: {name, items: [{tx} or {hash}, each with canRevert], firstBlock, lastBlock, minTime, maxTime};
   *  `hash` names a transaction of the public pool. A bundle of the same name takes the place of the one before. */
  add(bundle) {
    if (bundle.name !== undefined) this.drop(bundle.name);
    if (this.#bundles.length >= BUNDLES_MAX) throw new Error(`more than ${BUNDLES_MAX} bundles wait`);
    this.#bundles.push(bundle);
  }

  drop(name) {
    this.#bundles = this.#bundles.filter((bundle) => bundle.name !== name);
  }

  /** The transactions that bundles put at the top of `block`: those for this block, the best paid per
   *  gas first, each only if it still succeeds behind the ones before it. `nonceOf(address)` is the
   *  chain's, `pooled(hash)` a transaction of the pool. Forgets bundles whose last block this is. */
  async choose(upstream, block, nonceOf, pooled) {
    const due = this.#bundles.filter((bundle) => isDue(bundle, block));
    this.#bundles = this.#bundles.filter((bundle) => bundle.lastBlock > block.number);
    const offers = [];
    for (const bundle of due) {
      const items = bundle.items.map((item) => ({ ...item, tx: item.tx ?? pooled(item.hash) }));
      const score = await scoreOf(upstream, block, nonceOf, items);
      if (score !== null) offers.push({ bundle, items, score });
    }
    offers.sort((a, b) => (a.score === b.score ? 0 : a.score > b.score ? -1 : 1));
    let chosen = [];
    for (const { bundle, items } of offers) {
      const longer = [...chosen, ...items];
      if (await scoreOf(upstream, block, nonceOf, longer) === null) continue;
      chosen = longer;
      this.#bundles = this.#bundles.filter((other) => other !== bundle);
    }
    return chosen.map(({ tx }) => tx);
  }
}

function isDue({ firstBlock, lastBlock, minTime, maxTime }, { number, time }) {
  return firstBlock <= number && number <= lastBlock && minTime <= time && time <= maxTime;
}

/** What the items pay per gas, in wei times 2^32, or null where they cannot be in the block as they
 *  stand: a missing or misplaced transaction, one that cannot pay, or one that reverts and may not. */
async function scoreOf(upstream, block, nonceOf, items) {
  const nonces = new Map();
  let gas = 0n;
  for (const { tx } of items) {
    if (!tx) return null;
    const expected = nonces.get(tx.from) ?? await nonceOf(tx.from);
    if (tx.nonce !== expected || effectiveTip(tx, block.baseFee) < 0n) return null;
    nonces.set(tx.from, expected + 1);
    gas += tx.gas;
  }
  if (gas > block.gasLimit) return null;
  let results;
  try {
    results = await simulate(upstream, items.map(({ tx }) => tx), block);
  } catch {
    return null;
  }
  if (results.some(({ ok }, i) => !ok && !items[i].canRevert)) return null;
  const sum = (field) => results.reduce((total, result) => total + result[field], 0n);
  return (sum('paid') << 32n) / sum('gasUsed');
}
