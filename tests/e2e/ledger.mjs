// What addresses of ours hold on the chain, beside what the journal says that they gained.
import assert from 'node:assert/strict';
import { encodeFunctionData, parseAbi } from '../devnet/viem.mjs';

const ABI = parseAbi(['function balanceOf(address) view returns (uint256)']);
const WAD = 10n ** 18n;
const sum = (list) => list.reduce((a, b) => a + b, 0n);

export class Ledger {
  #rpc;
  #tokens;
  #owners;
  #before;

  constructor(rpc, state, owners) {
    this.#rpc = rpc;
    this.#owners = owners;
    this.#tokens = Object.values(state.tokens).map(({ address }) => address.toLowerCase());
  }

  /** Everything that all of them hold together: {coin, tokens: Map}. */
  async #read() {
    const pairs = this.#tokens.flatMap((token) => this.#owners.map((owner) => ({ token, owner })));
    const answers = await this.#rpc.batch([
      ...pairs.map(({ token, owner }) => ['eth_call', [{ to: token, data: encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [owner] }) }, 'latest']]),
      ...this.#owners.map((owner) => ['eth_getBalance', [owner, 'latest']]),
    ]);
    const tokens = new Map(this.#tokens.map((token) => [token, sum(pairs.map((pair, i) => (pair.token === token ? BigInt(answers[i]) : 0n)))]));
    return { tokens, coin: sum(answers.slice(pairs.length).map(BigInt)) };
  }

  async open() {
    this.#before = await this.#read();
  }

  /** The journal's total is what they have more or less since then, to the unit. */
  async check({ gains, gas_wei: gas, paid_wei: paid }) {
    const now = await this.#read();
    const told = new Map(gains.map(({ token, amount }) => [token.toLowerCase(), BigInt(amount)]));
    for (const [token, units] of now.tokens) assert.equal(told.get(token) ?? 0n, units - this.#before.tokens.get(token), `what the journal says of ${token}`);
    assert.equal(BigInt(gas) + BigInt(paid), this.#before.coin - now.coin, 'what the journal says of coins');
  }
}

/** Dollars, in wads, of what a transaction of the journal gained, less coins that it paid, at prices {token: {wad, unit}}. */
export function worth({ gains, gas_wei: gas, paid_wei: paid }, prices, coin) {
  const value = (units, { wad, unit }) => (units * wad) / unit;
  const tokens = gains.map(({ token, amount }) => value(BigInt(amount), prices.get(token.toLowerCase())));
  return sum(tokens) - value(BigInt(gas) + BigInt(paid), { ...prices.get(coin), unit: WAD });
}
