// A chain as a test makes it: blocks with logs of any number, reorgs, and all blocks that ever were.
import { toHex } from '../devnet/lib/wire.mjs';
import { drawEmit, readBlocks } from './world.mjs';

const EMITS = [0, 0, 1, 2, 3, 5, 12]; // transactions in a block; about half of them leave a watched log

export class Chain {
  #node;
  #accounts;
  #random;
  #window;
  #ever = new Map(); // hash -> {number, parent, logs}
  #highest;
  head;
  /** Blocks and watched logs that ever were, blocks without any and the most in one; of these what reorgs
   *  took away and what they put there instead; the depth of each reorg. */
  counts = { blocks: 0, logs: 0, empty: 0, most: 0, replaced: { blocks: 0, logs: 0 }, replacing: { blocks: 0, logs: 0 }, depths: [] };

  /** `window`: so many blocks a reader can take back. */
  constructor({ node, accounts }, random, window) {
    this.#node = node;
    this.#accounts = accounts;
    this.#random = random;
    this.#window = window;
  }

  async start() {
    this.head = Number(await this.#node.call('eth_blockNumber'));
    this.#highest = this.head;
    for (const block of await this.read(0)) this.#ever.set(block.hash, block);
  }

  /** {number, parent, logs} of any block that ever was, or undefined. */
  truthOf(hash) {
    return this.#ever.get(hash);
  }

  /** Reads what is new from the block `from` on; returns {blocks, logs} of it. */
  async #note(from) {
    this.head = Number(await this.#node.call('eth_blockNumber'));
    this.#highest = Math.max(this.#highest, this.head);
    const blocks = await this.read(from);
    const { counts } = this;
    const sum = { blocks: blocks.length, logs: 0 };
    for (const block of blocks) {
      this.#ever.set(block.hash, block);
      sum.logs += block.logs.length;
      counts.empty += block.logs.length === 0;
      counts.most = Math.max(counts.most, block.logs.length);
    }
    counts.blocks += sum.blocks;
    counts.logs += sum.logs;
    return sum;
  }

  #drawEmits() {
    return Array.from({ length: this.#random.pick(EMITS) }, () => drawEmit(this.#random, this.#accounts));
  }

  async #mineOne() {
    const nonces = new Map(); // anvil's own count goes wrong with reorgs, and then nothing is mined any more
    for (const tx of this.#drawEmits()) {
      const nonce = nonces.get(tx.from) ?? Number(await this.#node.call('eth_getTransactionCount', tx.from, 'latest'));
      nonces.set(tx.from, nonce + 1);
      await this.#node.call('eth_sendTransaction', { ...tx, nonce: toHex(nonce) });
    }
    await this.#node.call('evm_mine');
  }

  async mine(count) {
    for (let i = 0; i < count; i += 1) await this.#mineOne();
    await this.#note(this.head + 1);
  }

  /** Mines until a reorg of this depth leaves nobody's stack by more than the window. */
  async allow(depth) {
    const missing = this.#highest - this.#window - (this.head - depth);
    if (missing > 0) await this.mine(missing);
  }

  /** Replaces the last blocks: by as many at once, or by going back and mining `again` others. */
  async reorg(depth, again) {
    const { counts } = this;
    const from = this.head - depth + 1;
    counts.depths.push(depth);
    counts.replaced.blocks += depth;
    for (const { logs } of await this.read(from)) counts.replaced.logs += logs.length;
    if (again === undefined) {
      const txs = Array.from({ length: depth }, (_, i) => this.#drawEmits().map((tx) => [tx, i])).flat();
      await this.#node.call('anvil_reorg', depth, txs);
    } else {
      await this.#node.call('anvil_rollback', depth);
      await this.#node.call('anvil_dropAllTransactions');
      for (let i = 0; i < again; i += 1) await this.#mineOne();
    }
    await this.#node.call('anvil_dropAllTransactions'); // what came back has nonces that others took
    const { blocks, logs } = await this.#note(from);
    counts.replacing.blocks += blocks;
    counts.replacing.logs += logs;
  }

  /** The blocks from `from` on as they are now. */
  read(from) {
    return readBlocks(this.#node, from, this.head);
  }
}
