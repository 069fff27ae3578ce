// The strict node's subscriptions: newHeads, logs, newPendingTransactions.
import { randomBytes } from 'node:crypto';
import { RpcError } from './wire.mjs';
import { matches } from './strict_chain.mjs';
import { pendingJson } from './strict_tx.mjs';

const KINDS = ['newHeads', 'logs', 'newPendingTransactions'];

export class Feed {
  #subscriptions = new Map(); // id -> {session, kind, argument}

  /** Answers eth_subscribe; nothing is sent before the answer. */
  subscribe({ session, afterReply }, [kind, argument]) {
    if (session.transport === 'http') throw new RpcError(-32601, 'notifications not supported');
    if (!KINDS.includes(kind)) throw new RpcError(-32601, `no "${kind}" subscription in eth namespace`);
    const id = `0x${randomBytes(16).toString('hex')}`;
    session.onClose(() => this.#subscriptions.delete(id));
    afterReply(() => {
      if (!session.closed) this.#subscriptions.set(id, { session, kind, argument });
    });
    return id;
  }

  unsubscribe({ session }, [id]) {
    if (this.#subscriptions.get(id)?.session !== session) throw new RpcError(-32000, 'subscription not found');
    return this.#subscriptions.delete(id);
  }

  #send(kind, resultOf) {
    for (const [id, { session, kind: wanted, argument }] of this.#subscriptions) {
      if (wanted !== kind) continue;
      const result = resultOf(argument);
      if (result === undefined) continue;
      session.send(JSON.stringify({
        jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: id, result },
      }));
    }
  }

  /** Tells of a change of the chain. Without a reorg, or in-order: what is taken back, marked so and
   *  oldest first, then each new block's head and logs. A reorg one-head, as geth (core/blockchain.go
   *  reorg, SetCanonical): no heads but the last block's. A reorg shuffled: the heads, then all logs in
   *  an order that `shuffle` draws. */
  publishChange({ removed, added }, order, shuffle) {
    const taken = removed.flatMap((block) => block.logs).map((log) => ({ ...log, removed: true }));
    const sendHead = (block) => this.#send('newHeads', () => block.header);
    const sendLog = (log) => this.#send('logs', (filter) => (matches(filter ?? {}, log) ? log : undefined));
    if (order === 'shuffled' && removed.length) {
      added.forEach(sendHead);
      shuffle([...taken, ...added.flatMap((block) => block.logs)]).forEach(sendLog);
      return;
    }
    taken.forEach(sendLog);
    for (const block of added) {
      if (order !== 'one-head' || !removed.length || block === added.at(-1)) sendHead(block);
      block.logs.forEach(sendLog);
    }
  }

  publishPending(tx) {
    this.#send('newPendingTransactions', (full) => (full === true ? pendingJson(tx) : tx.hash));
  }
}
