// Dry runs beside random days on the real contracts, one that spends an inventory and one that borrows, compared with a
// parallel chain that has the same blocks: there each transaction that was asked for is really mined, first in its block.
//
// - Every account that could be liquidated at the end of any block is a candidate of the report, once, with a reason.
// - Each verdict is what the chain's own facts make it: who liquidated, in which block, at what tip.
// - What would have been earned is what is earned there, in tokens, gas and coins, to the unit; what the rival took is not in it.
//
// With LIQD_TEST_LONG=1 1,000 borrowers over 200 blocks, 1,000 to 1,400 transactions asked for: 7 to 11 minutes on two busy cores,
// half of it the comparisons.
//
//     dry_run.mjs --program LIQD --takes TAKES [--borrowers N] [--blocks N] [--seed S] [--keep FOLDER]
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { Daemon } from './daemon.mjs';
import { checkCandidates, checkCoverage, checkRows, checkSums } from './dry_run_check.mjs';
import { fundContract, giveOurs, inventoryOf } from './funds.mjs';
import { MarketDays } from './market_days.mjs';
import { Replica, blockOf } from './replica.mjs';

const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho'];
const MARKETS = ['aave_v36', 'aave_v302', 'morpho'];
const OWN_TIP = 10n ** 8n; // gas.tip's default
const TRUST_BLOCKS = 400;
const QUIET = 3; // blocks at the end, so that what was asked for is booked
const STATES_MAX = 600;
const OURS = { sender: '0x00000000000000000000000000000000000A11cE', owner: '0x0000000000000000000000000000000000000B0b' };
const BUILDER = '0x00000000000000000000000000000000b01dfacE';
const RECORDING_MAX = 2 ** 28;
// nothing is held back by what a day may cost, or by what is there to pay with
const LIMITS = ['gas_hour: 0 ETH', 'gas_day: 0 ETH', 'loss_day: 0', 'revert_ratio: 10000', 'borrower_failures: 0', 'gap: 0'];
const COINS = '1000000'; // in place of liqdConfig's: bids are paid of them

export const FUNDINGS = ['inventory', 'flash'];

class DryRun {
  #options;
  #folder;
  #devnet;
  #days;
  #replica;
  #daemons = [];

  constructor(options) {
    this.#options = options;
    this.#folder = options.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-dry-run-'));
    fs.mkdirSync(this.#folder, { recursive: true });
  }

  get #rpc() { return this.#devnet.rpc; }

  #file(name) { return path.join(this.#folder, name); }

  #startDaemon(funding) {
    const config = this.#file(`${funding}.yaml`);
    const text = liqdConfig(this.#devnet.state, { funding })
      .replace('limits:\n', `limits:\n${LIMITS.map((line) => `  ${line}\n`).join('')}`)
      .replace('exposure: 100000000', 'exposure: 0')
      .replace(/(token: coin\n +amount: )"\d+"/, `$1"${COINS}"`);
    fs.writeFileSync(config, `${text}\nliquidation: {in_flight: 1024}\nlog: {level: debug, rate: 0}\n`, { mode: 0o600 });
    const args = ['run', '--dry-run', '--json', '--config', config, '--record', this.#file(`${funding}.events`)];
    this.#daemons.push(new Daemon(`the dry run by ${funding}`, this.#options.program, args, this.#file(`${funding}.log`)));
  }

  /** Empty blocks until all have audited enough to trust. */
  async #trust() {
    await Promise.all(this.#daemons.map((daemon) => daemon.following()));
    for (let i = 0; !this.#daemons.every((daemon) => daemon.trusts(MARKETS)); i += 1) {
      assert.ok(i < TRUST_BLOCKS, `the markets are not trusted after ${TRUST_BLOCKS} blocks`);
      await this.#mine({ quiet: true });
    }
  }

  async #mine(how) {
    const { number } = await this.#days.mine(how);
    await Promise.all(this.#daemons.map((daemon) => daemon.settled(number)));
  }

  async #takes(funding) {
    const { stdout } = await promisify(execFile)(this.#options.takes, [this.#file(`${funding}.events`)], { maxBuffer: RECORDING_MAX });
    const takes = [];
    for (const line of stdout.trim().split('\n')) {
      const words = line.split(' ');
      if (words[0] === 'X') takes.at(-1).txs.push({ to: words[1], data: words[2] });
      else if (words[0] === 'T') {
        const [, intent, account, blk, sec, tip, bid, gas, net, logBlk, logIndex] = words;
        takes.push({
          intent: Number(intent), account, blk: Number(blk), sec: Number(sec), tip: BigInt(tip), bid: BigInt(bid), gas: Number(gas), net: BigInt(net),
          after: { blk: Number(logBlk), index: Number(logIndex) }, txs: [],
        });
      }
    }
    return takes;
  }

  /** What each transaction that was asked for comes to in its block on the parallel chain, with what those won before have left
   *  of the inventory: a Map of the intent's number. */
  async #live(takes, won, funding, first, last) {
    const { rpc } = this.#replica;
    const done = new Map();
    const inventory = inventoryOf(this.#devnet.state);
    for (let number = first; number <= last; number += 1) {
      const block = await blockOf(this.#rpc, number);
      const here = takes.filter(({ blk }) => blk === number);
      if (here.length) {
        const ours = giveOurs(this.#devnet.state, funding, here, { ...OURS, inventory });
        const results = await this.#replica.instead(block, ours.txs, ours);
        for (const take of here) done.set(take.intent, results.splice(0, take.txs.length));
        const gained = here.filter(({ intent }) => won.has(intent)).flatMap(({ intent }) => done.get(intent)).flatMap((one) => [...one.gained]);
        for (const [token, units] of gained) inventory.set(token, inventory.get(token) + units);
      }
      await this.#replica.follow(block);
    }
    assert.equal(Number(await rpc.call('eth_blockNumber')), last);
    return done;
  }

  async #compare(funding, report, { dump, sec, first, last }) {
    const takes = await this.#takes(funding);
    this.#replica = await Replica.from(dump, sec);
    try {
      const won = new Set(report.rows.filter(({ verdict }) => verdict === 'won').map(({ intent }) => intent));
      const live = await this.#live(takes, won, funding, first, last);
      const facts = { rpc: this.#rpc, state: this.#devnet.state, blocks: this.#days.blocks, takes, live, funding };
      checkCandidates(report, facts);
      const rows = await checkRows(report, facts);
      checkSums(report, rows);
      if (this.#options.isFull) checkCoverage(rows, (first + last) / 2);
      return rows;
    } finally {
      await this.#replica.stop();
    }
  }

  async run() {
    const { borrowers, seed, blocks } = this.#options;
    this.#devnet = await startDevnet({ borrowers, seed: 7, statesMax: STATES_MAX });
    try {
      this.#days = new MarketDays(randomOf(seed).fork('days'), this.#devnet, PROTOCOLS, OWN_TIP);
      await this.#days.prepare((contract) => fundContract(this.#devnet, contract));
      await this.#rpc.call('evm_setAutomine', [false]);
      await this.#rpc.call('anvil_setCoinbase', [BUILDER]);
      FUNDINGS.forEach((funding) => this.#startDaemon(funding));
      await this.#trust();
      const dump = await this.#rpc.call('anvil_dumpState');
      const begin = await this.#days.head();
      const first = begin.number + 1;
      this.#days.blocks.length = 0;
      for (let i = 0; i < blocks; i += 1) await this.#mine();
      for (let i = 0; i < QUIET; i += 1) await this.#mine({ quiet: true });
      const last = (await this.#days.head()).number;
      console.log(JSON.stringify(this.#days.counts));
      for (const [i, funding] of FUNDINGS.entries()) {
        const out = await this.#daemons[i].stop();
        fs.writeFileSync(this.#file(`${funding}.json`), out);
        const rows = await this.#compare(funding, JSON.parse(out), { dump, sec: begin.sec, first, last });
        console.log(`${funding}: ${JSON.stringify(rows.counts)}`);
      }
    } finally {
      this.#daemons.forEach((daemon) => daemon.kill());
      await this.#devnet.stop();
      if (!this.#options.keep) fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, takes: { type: 'string' }, borrowers: { type: 'string' }, blocks: { type: 'string' },
    seed: { type: 'string' }, keep: { type: 'string' },
  },
});
const long = Boolean(process.env.LIQD_TEST_LONG);
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const borrowers = Number(values.borrowers ?? (long ? 1_000 : 60));
const blocks = Number(values.blocks ?? (long ? 200 : 30));
console.log(`seed ${seed}, ${borrowers} borrowers, ${blocks} blocks: repeat with LIQD_TEST_SEED=${seed}`);
await new DryRun({ ...values, seed, borrowers, blocks, isFull: long && !values.borrowers && !values.blocks }).run();
endSoon();
