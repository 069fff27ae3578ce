// Many views in one call, by Multicall3: a node answers a thousand of them as fast as one. Put together and taken apart by hand,
// which takes a tenth of the time that viem does.

const SELECTOR = '0x82ad56cb'; // aggregate3((address,bool,bytes)[])
const GAS = '0x2540be40000'; // of a call that nobody pays
const AT_ONCE = 400;
const word = (n) => n.toString(16).padStart(64, '0');
const padded = (bytes) => bytes.padEnd(Math.ceil(bytes.length / 64) * 64, '0');

function encode(calls) {
  const heads = [];
  const tails = [];
  let at = 32 * calls.length;
  for (const { to, data } of calls) {
    const bytes = data.slice(2);
    const tail = to.slice(2).toLowerCase().padStart(64, '0') + word(1) + word(96) + word(bytes.length / 2) + padded(bytes);
    heads.push(word(at));
    tails.push(tail);
    at += tail.length / 2;
  }
  return SELECTOR + word(32) + word(calls.length) + heads.join('') + tails.join('');
}

function decode(result) {
  const body = result.slice(2 + 64);
  const numberAt = (byte) => parseInt(body.slice(2 * byte, 2 * byte + 64), 16);
  return Array.from({ length: numberAt(0) }, (_, i) => {
    const at = 32 + numberAt(32 + 32 * i);
    const size = numberAt(at + 64);
    const from = 2 * (at + 96);
    return numberAt(at) && size ? `0x${body.slice(from, from + 2 * size)}` : undefined;
  });
}

/** What views [{to, data}] return at a block {hash}, undefined where one reverts or returns nothing; `multicall` is Multicall3's address. */
export async function aggregate(rpc, multicall, blockHash, views) {
  const parts = [];
  for (let i = 0; i < views.length; i += AT_ONCE) parts.push(encode(views.slice(i, i + AT_ONCE)));
  const answers = await rpc.batch(parts.map((data) => ['eth_call', [{ to: multicall, data, gas: GAS }, { blockHash }]]));
  return answers.flatMap(decode);
}

/** The numbers that a view's answer consists of, where it has no dynamic part. */
export const wordsOf = (data) => Array.from({ length: (data.length - 2) / 64 }, (_, i) => BigInt(`0x${data.slice(2 + 64 * i, 66 + 64 * i)}`));
