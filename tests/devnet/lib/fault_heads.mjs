// The faults of the head: a node that stands still, has gone back, or has no logs at its tip.
import { toHex, toNumber } from './wire.mjs';

const WINDOW = 256; // heads that are remembered
const TAGS = new Set(['latest', 'pending', 'safe', 'finalized']);
const WITH_BLOCK = new Set(['eth_getBlockByNumber', 'eth_getBlockByHash', 'eth_getTransactionByHash',
  'eth_getTransactionReceipt']);

export class Heads {
  #schedule;
  #heads = []; // headers, the newest last
  #frozen = null;

  constructor(schedule) {
    this.#schedule = schedule;
    schedule.on('change', () => {
      if (!schedule.active('headFreeze')) this.#frozen = null;
      else this.#frozen ??= this.current;
    });
  }

  add(header) {
    this.#heads.push(header);
    if (this.#heads.length > WINDOW) this.#heads.shift();
  }

  get current() {
    return toNumber(this.#heads.at(-1).number);
  }

  /** The number of the head that is shown, or null where it is the true one. */
  get shown() {
    if (this.#frozen !== null) return this.#frozen;
    const back = this.#schedule.active('headBack');
    return back ? Math.max(0, this.current - back.depth) : null;
  }

  #numberOf(hash) {
    const header = this.#heads.find((one) => one.hash === hash);
    return header && toNumber(header.number);
  }

  /** The newest header of a number, if it is remembered. */
  header(number) {
    return this.#heads.findLast((one) => toNumber(one.number) === number);
  }

  /** Counts that the head shown made a difference; returns what it made of an answer. */
  #hit(changed) {
    this.#schedule.hit(this.#frozen !== null ? 'headFreeze' : 'headBack');
    return changed;
  }

  /** The request as it is passed on: what it says of the head is put at the head shown. */
  request(request) {
    const { shown } = this;
    if (shown === null || !Array.isArray(request.params)) return request;
    const settle = (value) => (TAGS.has(value) ? toHex(shown) : value);
    const clamp = (value) => {
      const settled = settle(value ?? 'latest');
      return /^0x/.test(settled) && toNumber(settled) > shown ? toHex(shown) : settled;
    };
    const params = request.params.map((param) => {
      if (request.method !== 'eth_getLogs' || param?.blockHash) return settle(param);
      return { ...param, fromBlock: settle(param.fromBlock ?? 'latest'), toBlock: clamp(param.toBlock) };
    });
    if (JSON.stringify(params) !== JSON.stringify(request.params)) this.#hit();
    return { ...request, params };
  }

  /** The answer to a request (as the client sent it), as a node with the head shown gives it. */
  answer(request, answer) {
    if (answer.error && request.method !== 'eth_getLogs') return answer;
    const { shown } = this;
    if (request.method === 'eth_getLogs' && this.#isEmpty(request.params?.[0] ?? {})) {
      return { jsonrpc: '2.0', id: answer.id, result: [] };
    }
    if (shown === null) return answer;
    if (request.method === 'eth_blockNumber') return this.#hit({ ...answer, result: toHex(shown) });
    const number = answer.result?.blockNumber ?? answer.result?.number;
    if (WITH_BLOCK.has(request.method) && number && toNumber(number) > shown) return this.#hit({ ...answer, result: null });
    return answer;
  }

  #isEmpty({ blockHash, fromBlock = 'latest', toBlock = 'latest' }) {
    const head = this.shown ?? this.current;
    const numberOf = (tag) => (/^0x/.test(tag) ? toNumber(tag) : tag === 'earliest' ? 0 : head);
    if (this.shown !== null && (blockHash ? this.#numberOf(blockHash) : numberOf(fromBlock)) > head) return true;
    const empty = this.#schedule.strikes('emptyLogs');
    if (!empty) return false;
    const isHit = (blockHash ? this.#numberOf(blockHash) ?? 0 : numberOf(toBlock)) > head - empty.depth;
    if (isHit) this.#schedule.hit('emptyLogs');
    return isHit;
  }
}
