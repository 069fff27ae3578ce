// A parallel chain: a second anvil that begins with the state of another and has the same blocks, so that what did not
// happen there can happen here, at the top of the very block that it was meant for.
import assert from 'node:assert/strict';
import { startAnvil } from '../devnet/lib/anvil.mjs';
import { Rpc } from '../devnet/lib/rpc.mjs';
import { encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { aside } from './aside.mjs';
import { sendInTurn } from './in_turn.mjs';

const ABI = parseAbi(['function balanceOf(address) view returns (uint256)']);
const hex = (n) => `0x${BigInt(n).toString(16)}`;

const ROOM = 10n ** 11n; // gas of a block: of however many transactions, each with a limit far above what it takes

/** A block with what makes it: {number, hash, sec, baseFee, miner, gasLimit, txs}. */
export async function blockOf(rpc, number) {
  const { hash, timestamp, baseFeePerGas, miner, gasLimit, transactions } = await rpc.call('eth_getBlockByNumber', [hex(number), true]);
  const raws = await rpc.batch(transactions.map((tx) => ['eth_getRawTransactionByHash', [tx.hash]]));
  return { number, hash, sec: Number(timestamp), baseFee: BigInt(baseFeePerGas), miner, gasLimit, txs: transactions.map((tx, i) => sendingOf(tx, raws[i])) };
}

/** How a transaction is sent again: as it was signed, or, of a sender without a key, as anvil takes it. */
function sendingOf({ from, to, input, gas, value, r, gasPrice, maxFeePerGas, maxPriorityFeePerGas }, raw) {
  if (BigInt(r) !== 0n) return ['eth_sendRawTransaction', [raw]];
  const price = maxFeePerGas ? { maxFeePerGas, maxPriorityFeePerGas } : { gasPrice };
  return ['eth_sendTransaction', [{ from, to: to ?? undefined, data: input, gas, value, ...price }]];
}

/** What owners hold of tokens: a Map of `${owner} ${token}`, in lower case, and of each owner's coin. */
async function holdings(rpc, owners, tokens) {
  const data = (owner) => encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [owner] });
  const wanted = owners.flatMap((owner) => tokens.map((token) => ({ owner, token })));
  const answers = await rpc.batch([
    ...wanted.map(({ owner, token }) => ['eth_call', [{ to: token, data: data(owner) }, 'latest']]),
    ...owners.map((owner) => ['eth_getBalance', [owner, 'latest']]),
  ]);
  const held = new Map(wanted.map(({ token }) => [token.toLowerCase(), 0n]));
  wanted.forEach(({ token }, i) => held.set(token.toLowerCase(), held.get(token.toLowerCase()) + BigInt(answers[i])));
  const coin = answers.slice(wanted.length).reduce((sum, one) => sum + BigInt(one), 0n);
  return { held, coin };
}

export class Replica {
  #anvil;

  /** Begins with what anvil_dumpState gave of the other at a block of the time `sec`; that one mined nothing by itself. */
  static async from(dump, sec) {
    const replica = new Replica();
    replica.#anvil = await startAnvil({ noMining: true, timestamp: sec });
    replica.rpc = new Rpc(replica.#anvil.http);
    await replica.rpc.call('anvil_loadState', [dump]);
    return replica;
  }

  stop() {
    return this.#anvil?.stop();
  }

  /** Mines a block of this header with what `send` sends; the receipts of its hashes. */
  async #mine({ sec, baseFee, miner, gasLimit }, send) {
    const { rpc } = this;
    await rpc.batch([['anvil_setCoinbase', [miner]], ['evm_setBlockGasLimit', [gasLimit]], ['anvil_setNextBlockBaseFeePerGas', [hex(baseFee)]], ['evm_setNextBlockTimestamp', [sec]]]);
    const hashes = await send();
    await rpc.call('evm_mine');
    return rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
  }

  /** Lets a block of the other chain happen here. */
  async follow(block) {
    await this.#mine(block, () => sendInTurn(this.rpc, block.txs));
    const { hash } = await this.rpc.call('eth_getBlockByNumber', ['latest', false]);
    assert.equal(hash, block.hash, `the parallel chain has the same block ${block.number}`);
  }

  /**
   * What transactions come to that stand in a block before its own; `prepare` gives their senders what they need, and
   * is taken back with them. Each {from, to, data, value, gas, tip}. Returns for each {passed, gas, gained (Map of token to
   * units, of all `owners` together), coin (what they have less)}.
   */
  async instead(block, txs, { owners, tokens, prepare }) {
    // the sender is new here, and his numbers keep them in order
    const sent = txs.map(({ tip, ...tx }, nonce) => ['eth_sendTransaction', [{ ...tx, nonce: hex(nonce), maxFeePerGas: hex(block.baseFee + tip), maxPriorityFeePerGas: hex(tip) }]]);
    return aside(this.rpc, async () => {
      await prepare(this.rpc);
      let before = await holdings(this.rpc, owners, tokens);
      const done = [];
      // balances are read behind blocks: of one transaction, of two, ..., each in place of the one before
      for (let i = 0; i < sent.length; i += 1) {
        done.push(await aside(this.rpc, async () => {
          const receipts = await this.#mine({ ...block, gasLimit: hex(ROOM) }, () => this.rpc.batch(sent.slice(0, i + 1)));
          const after = await holdings(this.rpc, owners, tokens);
          const gained = new Map([...after.held].map(([token, units]) => [token, units - before.held.get(token)]).filter(([, units]) => units !== 0n));
          const coin = before.coin - after.coin;
          before = after;
          const { status, gasUsed, effectiveGasPrice } = receipts.at(-1);
          return { passed: status === '0x1', gas: Number(gasUsed), price: BigInt(effectiveGasPrice), gained, coin };
        }));
      }
      return done;
    });
  }
}
