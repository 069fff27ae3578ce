// What holds of all that a daemon sent, whenever it was killed.
import assert from 'node:assert/strict';
import { logOf, tablesOf } from './daemon.mjs';
import { whyReverted } from './reverts.mjs';
import { hex } from './scene.mjs';
import { readRaw } from './tap.mjs';

const EIGHTH = (old) => (old * 9n + 7n) / 8n;

/** What went out is in what was left, before anybody reads and mends that. */
export async function checkDurable(config, tap, what) {
  const { attempts, last } = await tablesOf(config);
  const kept = new Set(attempts.map(({ raw }) => raw));
  const log = logOf(config).filter(({ seq }) => seq > last);
  for (const { raw } of tap.sent) {
    const bytes = Buffer.from(raw.slice(2), 'hex');
    assert.ok(kept.has(raw) || log.some((record) => record.bytes.includes(bytes)), `killed at ${what}: ${raw} was sent and is nowhere`);
  }
}

class Laws {
  #rpc;
  #intentOf;
  #spans = new Map(); // borrower -> [{from, to, nonce}]
  counts = { sent: 0, liquidations: 0, late: 0, cancellations: 0, replacements: 0 };

  constructor({ rpc }, ours) {
    this.#rpc = rpc;
    this.ours = ours;
  }

  async check(config, tap) {
    const count = Number(await this.#rpc.call('eth_getTransactionCount', [this.ours, 'latest']));
    const { attempts, nonces, intents } = await tablesOf(config);
    this.#intentOf = new Map(attempts.map(({ raw, intent }) => [raw, intent]));
    const byNonce = new Map();
    for (const { raw, block } of tap.sent) {
      const one = { ...await readRaw(raw), raw, block };
      byNonce.set(one.nonce, [...(byNonce.get(one.nonce) ?? []), one]);
    }
    assert.deepEqual([...byNonce.keys()].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i), 'the nonces that were sent are those on the chain');
    for (const [nonce, list] of byNonce) await this.#checkNonce(nonce, list, intents);
    for (const [borrower, list] of this.#spans) {
      list.sort((a, b) => a.from - b.from);
      list.slice(1).forEach(({ from, nonce }, i) => assert.ok(from >= list[i].to, `${borrower}: nonces ${list[i].nonce} and ${nonce} at once: ${JSON.stringify(list)}`));
    }
    for (const [, nonce, state] of nonces) assert.ok(['final', 'released'].includes(state), `nonce ${nonce} is ${state}`);
    this.counts.sent += tap.sent.length;
    return this.counts;
  }

  /** One intent, replacements that pay for it, a cancellation last; one of them is mined. */
  async #checkNonce(nonce, list, intents) {
    const distinct = [...new Map(list.map((one) => [one.hash, one])).values()];
    assert.equal(new Set(distinct.map(({ raw }) => this.#intentOf.get(raw))).size, 1, `one intent of nonce ${nonce}`);
    let cancelled = false;
    for (const [i, one] of distinct.entries()) {
      assert.equal(one.sender, this.ours);
      assert.ok(this.#intentOf.has(one.raw), `nonce ${nonce}: in the journal at the end`);
      const isCancel = one.to === this.ours && one.value === 0n && one.data === '0x';
      assert.ok(isCancel || !cancelled, `nonce ${nonce}: nothing but a cancellation behind one`);
      cancelled ||= isCancel;
      this.counts.cancellations += isCancel;
      if (!i) continue;
      const last = distinct[i - 1];
      assert.ok(one.fee >= EIGHTH(last.fee) && one.tip >= EIGHTH(last.tip), `nonce ${nonce}: ${one.fee}, ${one.tip} replace ${last.fee}, ${last.tip}`);
      this.counts.replacements += !isCancel;
    }
    const receipts = (await this.#rpc.batch(distinct.map(({ hash }) => ['eth_getTransactionReceipt', [hash]]))).filter(Boolean);
    assert.equal(receipts.length, 1, `of nonce ${nonce} one is mined, and ours`);
    const { transactionHash, status, blockNumber } = receipts[0];
    const mined = distinct.find(({ hash }) => hash === transactionHash);
    const [, , market, borrower, target, last] = intents.find(([id]) => id === this.#intentOf.get(mined.raw));
    const number = Number(blockNumber);
    if (mined.to !== this.ours && status === '0x1') this.counts.liquidations += 1;
    if (mined.to !== this.ours && status !== '0x1') {
      // one that was sent again by a restart may come too late: behind its blocks, another price, or somebody else
      const why = number > last ? undefined
        : await whyReverted(this.#rpc, new Set([this.ours]), await this.#rpc.call('eth_getTransactionByHash', [mined.hash]), target - 1);
      assert.equal(why, undefined, `nonce ${nonce}: ${mined.hash} reverted in block ${number}`);
      this.counts.late += 1;
    }
    const key = `${market} ${borrower}`;
    this.#spans.set(key, [...(this.#spans.get(key) ?? []), { from: list[0].block, to: number, nonce }]);
  }
}

/** The laws of all that `sender` sent through this tap, when all is at its end: counts of what it was. */
export const checkLaws = (scene, config, tap, sender) => new Laws(scene, sender.address.toLowerCase()).check(config, tap);
