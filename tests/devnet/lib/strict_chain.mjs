// The chain as the strict node shows it: follows anvil block by block, keeps the logs of the last
// blocks, and so can say of a reorg what was taken back, which anvil does not.
import { toHex, toNumber } from './wire.mjs';

const WINDOW = 128; // blocks; a keeper's undo window is 64

/* what a head carries beside the fields of a block that newHeads does not have */
const NOT_IN_HEADS = new Set(['transactions', 'uncles', 'withdrawals', 'size', 'totalDifficulty']);

/** A block as newHeads shows it. */
export const headerOf = (block) =>
  Object.fromEntries(Object.entries(block).filter(([name]) => !NOT_IN_HEADS.has(name)));

/** The orders in which subscribers can be told of a reorg; strict_feed.mjs says what they are. */
export const reorgOrders = ['in-order', 'one-head', 'shuffled'];

export class ChainView {
  #upstream;
  #blocks = []; // oldest first, linked by parent hash

  constructor(upstream) {
    this.#upstream = upstream;
  }

  get head() {
    return this.#blocks.at(-1);
  }

  async #load(block) {
    // an empty bloom promises that there are no logs
    const logs = /^0x0*$/.test(block.logsBloom) ? []
      : await this.#upstream.call('eth_getLogs', { blockHash: block.hash });
    return {
      number: toNumber(block.number), hash: block.hash, parentHash: block.parentHash,
      header: headerOf(block), gasLimit: BigInt(block.gasLimit), txs: block.transactions, logs,
    };
  }

  /** Catches up with anvil; returns what a reader must take back and take, {removed, added}, each
   *  oldest first. A jump beyond the window starts anew at the head: only that is added. */
  async sync() {
    let block = await this.#upstream.call('eth_getBlockByNumber', 'latest', false);
    const added = [];
    const isKnown = (hash) => this.#blocks.findLastIndex((known) => known.hash === hash);
    let at = isKnown(block.hash);
    while (at < 0 && added.length < WINDOW && this.#blocks.length) {
      added.unshift(await this.#load(block));
      at = isKnown(block.parentHash);
      if (at >= 0 || toNumber(block.number) <= this.#blocks[0].number) break;
      block = await this.#upstream.call('eth_getBlockByHash', block.parentHash, false);
      if (!block) return this.sync(); // anvil reorganised meanwhile
    }
    if (at < 0) {
      const head = added.at(-1) ?? await this.#load(block);
      this.#blocks = [head];
      return { removed: [], added: [head] };
    }
    const removed = this.#blocks.splice(at + 1);
    this.#blocks.push(...added);
    this.#blocks.splice(0, this.#blocks.length - WINDOW);
    return { removed, added };
  }
}

/** Whether a log passes an eth_getLogs or eth_subscribe filter's address and topics. */
export function matches({ address, topics = [] }, log) {
  const isOneOf = (wanted, value) =>
    [wanted].flat().some((one) => one.toLowerCase() === value.toLowerCase());
  if (address?.length && !isOneOf(address, log.address)) return false;
  return topics.every((wanted, i) =>
    wanted === null || wanted.length === 0 || (i < log.topics.length && isOneOf(wanted, log.topics[i])));
}

/** The block numbers {from, to} of a filter, tags resolved against the head. */
export function rangeOf({ fromBlock, toBlock }, head) {
  const resolve = (tag) => {
    if (tag === 'earliest') return 0;
    return tag === undefined || !/^0x/.test(tag) ? head : toNumber(tag);
  };
  return { from: resolve(fromBlock), to: resolve(toBlock) };
}

/** A filter of whole numbers for anvil, which answers ranges beyond its head with an error. */
export const filterOf = (filter, { from, to }) =>
  ({ ...filter, fromBlock: toHex(from), toBlock: toHex(to) });
