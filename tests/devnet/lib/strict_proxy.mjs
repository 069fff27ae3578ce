// The strict proxy: a stand-in for a real node in front of anvil. It holds the transaction pool and
// builds the blocks itself; anvil, started with `--order fifo`, only executes what it is handed, in
// that order. What it does not hold it passes on. In its namespace strict_ it takes orders from tests.
import { getAddress } from 'viem';
import { closeInTurn, within } from './closing.mjs';
import { RpcError, toHex, toNumber } from './wire.mjs';
import { connect, connectDuplex } from './wire_client.mjs';
import { rpcTexts, serveTexts } from './wire_server.mjs';
import { randomOf } from './random.mjs';
import { ChainView, filterOf, rangeOf, reorgOrders } from './strict_chain.mjs';
import { Feed } from './strict_feed.mjs';
import { TxPool } from './strict_pool.mjs';
import { BundleBook } from './strict_bundles.mjs';
import { nextBlock } from './strict_simulate.mjs';
import { decodeTx, pendingJson } from './strict_tx.mjs';
import {
  Refusal, checkRange, dialectOf, limitRows, logLimitsOf, refusalKinds,
} from './strict_dialects.mjs';
import { DevnetError } from './errors.mjs';

const DEFAULTS = { dialect: 'geth', poolMax: 5120, minTip: 1n, feeMax: 10n ** 18n, seed: 1 };
const MINED_MAX = 20000; // transactions that a reorg can return to the pool

/* what a real node has not: accounts of its own, and filters are left out in favour of subscriptions */
const REFUSED = /^(eth_sendTransaction|eth_sign.*|personal_.*|eth_(new|uninstall|get)\w*Filter\w*)$/;

class StrictNode {
  #upstream;
  #events;
  #plain;
  #options;
  #dialect;
  #chainId;
  #chain;
  #pool;
  #feed = new Feed();
  #bundles = new BundleBook();
  #mined = new Map(); // hash -> transaction of ours in a block
  #announced = new WeakSet();
  #lock = Promise.resolve();
  #mining = { automine: false, timer: null };
  #behaviour = { refuse: null, rate: null, retryAfter: null, reorgOrder: 'in-order', lacks: [] };
  #tokens = { left: 0, at: 0 };
  #random;

  /** Three connections to anvil: `upstream` for calls; `events` for subscriptions, since an answer behind
   *  a notification comes 40 ms late (Nagle in anvil, delayed acknowledgement here); `plain`, HTTP. */
  constructor({ upstream, events, plain }, options, chainId) {
    this.#upstream = upstream;
    this.#events = events;
    this.#plain = plain;
    this.#options = options;
    this.#dialect = dialectOf(options.dialect);
    this.#chainId = chainId;
    this.#chain = new ChainView(upstream);
    this.#pool = new TxPool({ ...options, dialect: this.#dialect });
    this.#random = randomOf(options.seed);
    this.set(options);
  }

  /** Changes behaviour while running: {refuse, rate, retryAfter, reorgOrder, lacks, logs, logRange, logRows}. */
  set(changes) {
    for (const name of Object.keys(this.#behaviour)) {
      if (changes[name] !== undefined) this.#behaviour[name] = changes[name];
    }
    const { refuse, reorgOrder, rate } = this.#behaviour;
    if (refuse !== null && !refusalKinds.includes(refuse)) {
      throw new DevnetError(`no refusal ${refuse}: use one of ${refusalKinds.join(', ')}`);
    }
    if (!reorgOrders.includes(reorgOrder)) {
      throw new DevnetError(`no reorg order ${reorgOrder}: use one of ${reorgOrders.join(', ')}`);
    }
    this.#tokens = { left: burstOf(rate), at: Date.now() };
    Object.assign(this.#options, changes);
    const { logs = this.#dialect.name, logRange: range, logRows: rows } = this.#options;
    this.#behaviour.logLimits = logLimitsOf(logs, { range, rows });
  }

  /** Runs one change of pool or chain at a time. */
  #exclusive(change) {
    const done = this.#lock.then(change);
    this.#lock = done.catch(() => {});
    return done;
  }

  async start() {
    await this.#chain.sync();
    await this.#upstream.call('evm_setAutomine', false);
    await this.#upstream.call('evm_setIntervalMining', 0);
    // someone may mine past us
    await this.#events.subscribe(['newHeads'], () => this.#exclusive(() => this.#follow()).catch(() => {}));
    // with automine, what is sent to anvil itself is mined too
    await this.#events.subscribe(['newPendingTransactions'], (hash) => {
      if (this.#mining.automine && !this.#mined.has(hash)) this.#exclusive(() => this.#build(['evm_mine'])).catch(() => {});
    });
    if (this.#options.automine) this.#setMining({ automine: true });
    if (this.#options.blockTime) this.#setMining({ seconds: this.#options.blockTime });
  }

  stop() {
    clearInterval(this.#mining.timer);
    return this.#lock;
  }

  #setMining({ automine = false, seconds = 0 }) {
    clearInterval(this.#mining.timer);
    const build = () => this.#exclusive(() => this.#build(['evm_mine'])).catch(() => {});
    this.#mining = { automine, timer: seconds ? setInterval(build, seconds * 1000) : null };
    return null;
  }

  // ---- accounts and pool

  async #accounts(addresses) {
    const nonces = new Map();
    for (const address of new Set(addresses)) {
      nonces.set(address, toNumber(await this.#upstream.call('eth_getTransactionCount', address, 'latest')));
    }
    return nonces;
  }

  async #accept(tx) {
    const nonce = (await this.#accounts([tx.from])).get(tx.from);
    const balance = BigInt(await this.#upstream.call('eth_getBalance', tx.from, 'latest'));
    this.#pool.add(tx, { nonce, balance }, this.#chain.head.gasLimit);
    return nonce;
  }

  /** Announces the account's transactions that nothing keeps from a block any more. */
  #announce(address, nonce) {
    const last = this.#pool.nextNonce(address, nonce);
    for (const tx of this.#pool.of(address)) {
      if (tx.nonce >= last || this.#announced.has(tx)) continue;
      this.#announced.add(tx);
      this.#feed.publishPending(tx);
    }
  }

  async #send(raw) {
    try {
      if (this.#behaviour.refuse) throw new Refusal(this.#behaviour.refuse, NO_FIGURES);
      const tx = await decodeTx(raw, this.#chainId);
      await this.#exclusive(async () => this.#announce(tx.from, await this.#accept(tx)));
      if (this.#mining.automine) await this.#exclusive(() => this.#build(['evm_mine']));
      return tx.hash;
    } catch (error) {
      if (error instanceof Refusal) throw this.#dialect.error(error);
      throw error;
    }
  }

  // ---- blocks

  /** Mines a block by the call `mine` of anvil: bundles at its top, then the pool by effective tip. */
  async #build(mine) {
    const block = await nextBlock(this.#upstream);
    const nonceOf = async (address) => (await this.#accounts([address])).get(address);
    const top = await this.#bundles.choose(this.#upstream, block, nonceOf, (hash) => this.#pool.get(hash));
    const nonces = await this.#accounts([...this.#pool.senders(), ...top.map((tx) => tx.from)]);
    for (const tx of top) nonces.set(tx.from, tx.nonce + 1);
    const gasLimit = top.reduce((room, tx) => room - tx.gas, block.gasLimit);
    const rest = this.#pool.select({ baseFee: block.baseFee, gasLimit, nonces });
    const handed = [];
    for (const tx of [...top, ...rest]) if (await this.#hand(tx)) handed.push(tx);
    // what was simulated must be what is mined, to the second
    if (top.length) await this.#upstream.call('evm_setNextBlockTimestamp', block.time);
    const result = await this.#upstream.call(...mine);
    await this.#follow();
    const included = new Set(this.#chain.head.txs);
    for (const tx of handed) {
      if (!included.has(tx.hash)) await this.#upstream.call('anvil_dropTransaction', tx.hash);
    }
    return result;
  }

  async #hand(tx) {
    this.#mined.set(tx.hash, tx); // first: anvil announces it before it answers
    try {
      await this.#upstream.call('eth_sendRawTransaction', tx.raw);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#pool.remove(tx.hash); // e.g. its sender cannot pay any more
      this.#mined.delete(tx.hash);
      return false;
    }
    if (this.#mined.size > MINED_MAX) this.#mined.delete(this.#mined.keys().next().value);
    return true;
  }

  async #mineMany([count = '0x1', interval]) {
    let left = toNumber(count);
    if (!this.#pool.size && left > 1 && interval === undefined) {
      await this.#upstream.call('anvil_mine', count);
      return this.#follow();
    }
    for (; left > 0; left -= 1) {
      if (interval !== undefined) await this.#upstream.call('evm_increaseTime', interval);
      await this.#build(['evm_mine']);
    }
    return null;
  }

  /** Catches up with anvil: tells subscribers, returns what a reorg dropped to the pool. */
  async #follow() {
    const change = await this.#chain.sync();
    if (!change.removed.length && !change.added.length) return null;
    this.#feed.publishChange(change, this.#behaviour.reorgOrder, this.#random.shuffle);
    const again = new Set(change.added.flatMap((block) => block.txs));
    for (const hash of change.removed.flatMap((block) => block.txs)) {
      const tx = this.#mined.get(hash);
      // refused where the new chain has used its nonce; a bundle's stays private
      if (tx?.arrival !== undefined && !again.has(hash)) await this.#accept(tx).catch(() => {});
    }
    for (const [address, nonce] of await this.#accounts(this.#pool.senders())) {
      this.#pool.settle(address, nonce);
      this.#announce(address, nonce);
    }
    return null;
  }

  /** Passes a call on that may change the chain. */
  #control(method, params) {
    return this.#exclusive(async () => {
      const result = await this.#upstream.call(method, ...params);
      await this.#follow();
      return result;
    });
  }

  // ---- reads

  async #getLogs([filter = {}]) {
    const limits = this.#behaviour.logLimits;
    if (filter.blockHash) {
      const logs = await this.#upstream.call('eth_getLogs', filter);
      const { number } = await this.#upstream.call('eth_getBlockByHash', filter.blockHash, false);
      return limitRows(limits, { from: toNumber(number), to: toNumber(number) }, logs);
    }
    const head = toNumber(await this.#upstream.call('eth_blockNumber'));
    const range = rangeOf(filter, head);
    if (range.to < range.from) throw new RpcError(-32602, 'invalid block range params');
    checkRange(limits, range);
    if (limits.beyond === 'error' && range.to > head) {
      throw new RpcError(-32602, `block range extends beyond current head block: requested ${range.to}, head ${head}`);
    }
    if (range.from > head) return [];
    const known = { from: range.from, to: Math.min(range.to, head) };
    return limitRows(limits, known, await this.#upstream.call('eth_getLogs', filterOf(filter, known)));
  }

  async #getCount([address, tag = 'latest', ...rest]) {
    if (tag !== 'pending') return this.#upstream.call('eth_getTransactionCount', address, tag, ...rest);
    const own = address.toLowerCase();
    return toHex(this.#pool.nextNonce(own, (await this.#accounts([own])).get(own)));
  }

  async #poolContent(show) {
    const content = this.#pool.content(await this.#accounts(this.#pool.senders()));
    const part = (accounts) => Object.fromEntries([...accounts].map(([address, txs]) =>
      [getAddress(address), Object.fromEntries(txs.map((tx) => [tx.nonce, show(tx)]))]));
    return { pending: part(content.pending), queued: part(content.queued) };
  }

  async #poolStatus() {
    const { pending, queued } = this.#pool.content(await this.#accounts(this.#pool.senders()));
    const count = (part) => toHex([...part.values()].reduce((sum, txs) => sum + txs.length, 0));
    return { pending: count(pending), queued: count(queued) };
  }

  async #poolContentFrom([address]) {
    const { pending, queued } = await this.#poolContent(pendingJson);
    const own = getAddress(address);
    return { pending: pending[own] ?? {}, queued: queued[own] ?? {} };
  }

  async #addBundle([{ items, ...terms }]) {
    const decoded = [];
    for (const { raw, hash, canRevert } of items) {
      decoded.push({ hash, canRevert, tx: raw && await decodeTx(raw, this.#chainId) });
    }
    this.#bundles.add({
      name: terms.name, items: decoded, firstBlock: terms.firstBlock, lastBlock: terms.lastBlock,
      minTime: terms.minTime ?? 0, maxTime: terms.maxTime ?? Infinity,
    });
    return null;
  }

  // ---- the table

  #methods = {
    eth_sendRawTransaction: ([raw]) => this.#send(raw),
    eth_subscribe: (params, context) => this.#feed.subscribe(context, params),
    eth_unsubscribe: (params, context) => this.#feed.unsubscribe(context, params),
    eth_getLogs: (params) => this.#getLogs(params),
    eth_getTransactionCount: (params) => this.#getCount(params),
    eth_getTransactionByHash: ([hash]) => {
      const tx = this.#pool.get(hash);
      return tx ? pendingJson(tx) : this.#upstream.call('eth_getTransactionByHash', hash);
    },
    eth_getRawTransactionByHash: ([hash]) =>
      this.#pool.get(hash)?.raw ?? this.#upstream.call('eth_getRawTransactionByHash', hash),
    eth_accounts: () => [],
    web3_clientVersion: () => this.#dialect.limits.version,
    txpool_content: () => this.#poolContent(pendingJson),
    txpool_contentFrom: (params) => this.#poolContentFrom(params),
    txpool_inspect: () => this.#poolContent((tx) =>
      `${tx.to ? getAddress(tx.to) : 'contract creation'}: ${tx.value} wei + ${tx.gas} gas × ${tx.feeCap} wei`),
    txpool_status: () => this.#poolStatus(),
    evm_mine: (params) => this.#exclusive(() => this.#build(['evm_mine', ...params])),
    anvil_mine: (params) => this.#exclusive(() => this.#mineMany(params)),
    anvil_reorg: (params) => this.#control('anvil_reorg', params),
    anvil_rollback: (params) => this.#control('anvil_rollback', params),
    evm_revert: (params) => this.#control('evm_revert', params),
    evm_setAutomine: ([on]) => this.#setMining({ automine: on }),
    evm_setIntervalMining: ([seconds]) => this.#setMining({ seconds: Number(seconds) }),
    anvil_getAutomine: () => this.#mining.automine,
    anvil_dropTransaction: ([hash]) => (this.#pool.remove(hash) ? hash : null),
    strict_addBundle: (params) => this.#addBundle(params),
    strict_dropBundle: ([{ name }]) => {
      this.#bundles.drop(name);
      return null;
    },
    strict_set: ([changes]) => {
      this.set(changes);
      return null;
    },
    strict_status: () => ({ dialect: this.#dialect.name, pooled: this.#pool.size, chainId: this.#chainId }),
  };

  /** A token bucket of `rate` requests a second; with `retryAfter` the refusal says when to come back. */
  #checkRate() {
    const { rate, retryAfter } = this.#behaviour;
    if (rate === null) return;
    const now = Date.now();
    const left = Math.min(burstOf(rate), this.#tokens.left + ((now - this.#tokens.at) * rate) / 1000);
    this.#tokens = { left: Math.max(0, left - 1), at: now };
    if (left >= 1) return;
    const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
    throw new RpcError(-32005, 'rate limit exceeded', { http: { status: 429, headers } });
  }

  dispatch(method, params, context) {
    if (!method.startsWith('strict_')) this.#checkRate();
    const own = Object.hasOwn(this.#methods, method) && this.#methods[method];
    if (own) return own(params, context);
    if (REFUSED.test(method) || this.#behaviour.lacks.includes(method)) {
      throw new RpcError(-32601, `the method ${method} does not exist/is not available`);
    }
    return this.#pass(method, params);
  }

  async #pass(method, params) {
    try {
      return await this.#upstream.call(method, ...params);
    } catch (error) {
      // over WebSocket anvil tells an unknown method and a wrong parameter by one text, over HTTP by two
      if (/untagged enum/.test(error.message)) return this.#plain.call(method, ...params);
      throw error;
    }
  }
}

/* how many requests a rate lets through at once */
const burstOf = (rate) => (rate > 0 ? Math.max(1, rate) : 0);

/* for a refusal on demand, whose words need figures */
const NO_FIGURES = {
  next: 1, nonce: 0, tip: 0n, minTip: 1n, pooled: 0, balance: 0n, cost: 1n, fee: 2n * 10n ** 18n, cap: 10n ** 18n,
  gas: 0n, least: 21000n, limit: 30000000n, size: 131073, detail: 'on demand', have: 0, want: 1, type: 3,
};

async function checkUpstream(upstream, url) {
  const { transactionOrder: order } = await upstream.call('anvil_nodeInfo').catch(() => {
    throw new DevnetError(`${url} is no anvil: give the address of one`);
  });
  if (order !== 'fifo') throw new DevnetError(`anvil at ${url} orders by ${order}: start it with --order fifo`);
}

/** The call that makes anvil mine as it does now. */
async function miningOf(upstream) {
  const seconds = await upstream.call('anvil_getIntervalMining');
  if (seconds) return ['evm_setIntervalMining', seconds];
  return ['evm_setAutomine', await upstream.call('anvil_getAutomine')];
}

/** Starts the strict proxy before the anvil at `upstream`, which must run with `--order fifo` and mines
 *  only through the proxy from then on; close() gives anvil its own mining back. Options: listen (port,
 *  0 for a free one), ipc, dialect, logs (the source of eth_getLogs' limits; the dialect by default),
 *  logRange, logRows, rate, retryAfter, reorgOrder, refuse, lacks (methods that it does not have), poolMax,
 *  minTip, feeMax, seed, and how blocks come: automine, blockTime (seconds), else by evm_mine. onEnd() is called when anvil is gone.
 *  Returns {port, url, wsUrl, ipc, set(changes), close()}. */
export async function startStrict({ upstream: url, listen = 0, ipc, onEnd = () => {}, ...rest }) {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const options = { ...DEFAULTS, ...given };
  dialectOf(options.dialect);
  const upstream = await connectDuplex(url);
  const events = await connectDuplex(url);
  const plain = await connect(url.replace(/^ws:/, 'http:'));
  const disconnect = () => Promise.all([upstream.close(), events.close(), plain.close()]);
  let server;
  try {
    await checkUpstream(upstream, url);
    const giveBack = await miningOf(upstream);
    const node = new StrictNode({ upstream, events, plain }, options, toNumber(await upstream.call('eth_chainId')));
    server = await serveTexts({
      listen, ipc, onText: rpcTexts((...request) => node.dispatch(...request)),
    });
    await node.start();
    const stop = () => within('the strict proxy: its last change of the chain', node.stop());
    const giveMiningBack = () => within('the strict proxy: giving anvil its mining back',
      upstream.call(...giveBack).catch(() => {})); // a dead anvil needs none
    const close = () => {
      upstream.onEnd(() => {});
      return closeInTurn(() => server.close(), stop, giveMiningBack, disconnect);
    };
    upstream.onEnd(() => closeInTurn(() => server.close(), stop, disconnect).then(onEnd));
    return { ...server, set: (changes) => node.set(changes), close };
  } catch (error) {
    await server?.close();
    await disconnect();
    throw error;
  }
}
