// Stands before a node's IPC and keeps every transaction that it was ever sent, before the node has it.
import { once } from 'node:events';
import net from 'node:net';
import fs from 'node:fs';
import { LineSplitter } from '../devnet/lib/wire.mjs';
import { keccak256, parseTransaction, recoverTransactionAddress } from '../devnet/viem.mjs';

const LINE_MAX = 16 << 20;
const ANSWER_MAX = 256 << 20;
const NUMBER = /umber":"0x([0-9a-f]+)"/g; // of blocks, of whatever in a block

export class Tap {
  #server;
  #open = new Set();
  #swallows;
  block = 0; // the highest that the node has told of
  sent = []; // {raw, hash, block}

  /** swallows(raw): whether the node never gets it, and the client an answer as if it had. */
  static async start(where, upstream) {
    const tap = new Tap();
    tap.path = where;
    tap.#server = net.createServer({ allowHalfOpen: true }, (socket) => tap.#join(socket, upstream));
    tap.#server.listen(where);
    await once(tap.#server, 'listening');
    return tap;
  }

  swallow(which) {
    this.#swallows = which;
  }

  #join(client, upstream) {
    const node = net.connect({ path: upstream, allowHalfOpen: true });
    const lines = new LineSplitter(LINE_MAX);
    const one = { client, node };
    const answers = new LineSplitter(ANSWER_MAX);
    this.#open.add(one);
    const leave = () => { client.destroy(); node.destroy(); this.#open.delete(one); };
    client.on('data', (chunk) => {
      for (const line of lines.push(chunk)) if (!this.#look(line, client)) node.write(`${line}\n`);
    });
    client.on('end', leave); // all that it wrote has been read
    client.on('error', leave);
    node.on('data', (chunk) => {
      for (const line of answers.push(chunk)) this.#hear(line);
      client.write(chunk);
    });
    node.on('end', leave);
    node.on('error', leave);
  }

  /** What is simulated is of blocks that are not there yet. */
  #hear(line) {
    if (line.includes('"calls":[')) return;
    for (const [, number] of line.matchAll(NUMBER)) this.block = Math.max(this.block, parseInt(number, 16));
  }

  #look(line, client) {
    if (!line.includes('eth_sendRawTransaction')) return false;
    const asked = [JSON.parse(line)].flat();
    for (const { method, params } of asked) {
      if (method === 'eth_sendRawTransaction') this.sent.push({ raw: params[0].toLowerCase(), hash: keccak256(params[0]), block: this.block });
    }
    if (asked.length !== 1 || !this.#swallows?.(asked[0].params[0])) return false;
    client.write(`${JSON.stringify({ jsonrpc: '2.0', id: asked[0].id, result: keccak256(asked[0].params[0]) })}\n`);
    return true;
  }

  /** Until nobody is connected: what a killed process wrote has all been seen. */
  async drained() {
    while (this.#open.size) await new Promise((resolve) => { setTimeout(resolve, 2); });
  }

  async stop() {
    for (const { client, node } of this.#open) { client.destroy(); node.destroy(); }
    this.#server.close();
    await once(this.#server, 'close');
    fs.rmSync(this.path, { force: true });
  }
}

/** What raw bytes say: {sender, nonce, to, data, value, gas, tip, fee, hash}. */
export async function readRaw(raw) {
  const { nonce = 0, to, data = '0x', value = 0n, gas, maxPriorityFeePerGas: tip, maxFeePerGas: fee, chainId } = parseTransaction(raw);
  const sender = (await recoverTransactionAddress({ serializedTransaction: raw })).toLowerCase();
  return { sender, nonce, to: to?.toLowerCase(), data, value, gas, tip, fee, chainId, hash: keccak256(raw) };
}
