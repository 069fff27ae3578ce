// The strict node's transaction pool, a stand-in for a real client's: nonce order per account, the
// 10 % rule for replacements, and the order of a block. It does no input or output: what the chain
// says of an account comes with each call.
import { Refusal } from './strict_dialects.mjs';
import { costOf, effectiveTip, intrinsicGas } from './strict_tx.mjs';

const BUMP_PERCENT = 10n; // geth's txpool.pricebump; the same in reth, Nethermind, erigon and Besu

/** A replacement must raise both fields by 10 % and by something (geth core/txpool/legacypool list.Add). */
export function replaces(tx, old) {
  const least = (value) => (value * (100n + BUMP_PERCENT)) / 100n;
  const raised = (now, before) => now > before && now >= least(before);
  return raised(tx.feeCap, old.feeCap) && raised(tx.tip, old.tip);
}

export class TxPool {
  #accounts = new Map(); // address -> Map(nonce -> tx)
  #byHash = new Map();
  #arrivals = 0;
  #rules;

  /** rules: {dialect, poolMax, minTip, feeMax}: how many transactions it holds, the least priority
   *  fee in wei, and the most wei that one transaction may spend on gas (0n: any). */
  constructor(rules) {
    this.#rules = rules;
  }

  get size() {
    return this.#byHash.size;
  }

  get(hash) {
    return this.#byHash.get(hash);
  }

  senders() {
    return [...this.#accounts.keys()];
  }

  #of(address) {
    return this.#accounts.get(address) ?? new Map();
  }

  /** The account's transactions by nonce. */
  of(address) {
    return [...this.#of(address).values()].sort((a, b) => a.nonce - b.nonce);
  }

  /** The nonce that the account's next transaction needs, given the chain's. */
  nextNonce(address, nonce) {
    const pooled = this.#of(address);
    let next = nonce;
    while (pooled.has(next)) next += 1;
    return next;
  }

  /** Throws Refusal where the transaction alone, without the chain's state, is refused. */
  #checkAlone(tx, blockGasLimit) {
    const { minTip, feeMax, dialect } = this.#rules;
    const fee = tx.gas * tx.feeCap;
    if (feeMax && fee > feeMax && !dialect.takes('feeCap')) throw new Refusal('feeCap', { fee, cap: feeMax });
    if (tx.gas > blockGasLimit) throw new Refusal('gasLimit', { gas: tx.gas, limit: blockGasLimit });
    const least = intrinsicGas(tx);
    if (tx.gas < least) throw new Refusal('intrinsic', { gas: tx.gas, least });
    if (tx.tip < minTip) throw new Refusal('underpriced', { tip: tx.tip, minTip });
  }

  #checkAccount(tx, { nonce, balance }) {
    if (tx.nonce < nonce) throw new Refusal('nonceLow', { next: nonce, nonce: tx.nonce });
    const pooled = this.#of(tx.from);
    const old = pooled.get(tx.nonce);
    let cost = costOf(tx);
    for (const other of pooled.values()) if (other !== old) cost += costOf(other);
    if (cost > balance) throw new Refusal('funds', { balance, cost });
    if (old) {
      if (!replaces(tx, old)) throw new Refusal('replacement', {});
      return old;
    }
    const { accountMax, aheadMax } = this.#rules.dialect.limits;
    if (tx.nonce - nonce > aheadMax) throw new Refusal('nonceFar', {});
    if (pooled.size >= accountMax) throw new Refusal('accountFull', { pooled: pooled.size });
    return null;
  }

  #makeRoom(tx) {
    if (this.size < this.#rules.poolMax) return;
    let cheapest = tx;
    for (const other of this.#byHash.values()) if (other.tip < cheapest.tip) cheapest = other;
    if (cheapest === tx) throw new Refusal('outpriced', {});
    this.remove(cheapest.hash);
  }

  /** Takes the transaction, or throws Refusal. `account` is the chain's {nonce, balance}. */
  add(tx, account, blockGasLimit) {
    if (this.#byHash.has(tx.hash)) throw new Refusal('known', {});
    this.#checkAlone(tx, blockGasLimit);
    const old = this.#checkAccount(tx, account);
    if (old) this.remove(old.hash);
    else this.#makeRoom(tx);
    if (!this.#accounts.has(tx.from)) this.#accounts.set(tx.from, new Map());
    this.#accounts.get(tx.from).set(tx.nonce, tx);
    this.#byHash.set(tx.hash, tx);
    tx.arrival = this.#arrivals++;
  }

  remove(hash) {
    const tx = this.#byHash.get(hash);
    if (!tx) return false;
    this.#byHash.delete(hash);
    const pooled = this.#accounts.get(tx.from);
    pooled.delete(tx.nonce);
    if (!pooled.size) this.#accounts.delete(tx.from);
    return true;
  }

  /** Forgets the account's transactions below the chain's nonce. */
  settle(address, nonce) {
    for (const tx of this.of(address)) if (tx.nonce < nonce) this.remove(tx.hash);
  }

  /** The transactions of the next block in its order: always the one with the highest effective tip
   *  among each account's next, the earlier on a tie. `nonces` (address -> nonce) is where the
   *  accounts stand. Room is counted by gas limits, not by gas used, so a block may be less full
   *  than geth's. */
  select({ baseFee, gasLimit, nonces }) {
    const next = new Map();
    const advance = (address, nonce) => {
      const tx = this.#of(address).get(nonce);
      if (tx && effectiveTip(tx, baseFee) >= 0n) next.set(address, tx);
      else next.delete(address);
    };
    for (const address of this.senders()) advance(address, nonces.get(address));
    const chosen = [];
    let room = gasLimit;
    while (next.size) {
      const best = [...next.values()].reduce((a, b) => (isBefore(a, b, baseFee) ? a : b));
      if (best.gas > room) {
        next.delete(best.from);
      } else {
        room -= best.gas;
        chosen.push(best);
        advance(best.from, best.nonce + 1);
      }
    }
    return chosen;
  }

  /** {pending, queued}: per account the transactions without and with a gap before them, by nonce. */
  content(nonces) {
    const content = { pending: new Map(), queued: new Map() };
    for (const address of this.senders()) {
      const gap = this.nextNonce(address, nonces.get(address));
      for (const tx of this.of(address)) {
        const part = tx.nonce < gap ? content.pending : content.queued;
        part.set(address, [...(part.get(address) ?? []), tx]);
      }
    }
    return content;
  }
}

function isBefore(a, b, baseFee) {
  const tipA = effectiveTip(a, baseFee);
  const tipB = effectiveTip(b, baseFee);
  return tipA === tipB ? a.arrival < b.arrival : tipA > tipB;
}
