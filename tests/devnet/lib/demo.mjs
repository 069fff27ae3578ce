// What tools/demo runs: a chain behind the strict proxy, a rival, and liqd, which it lets work while prices
// fall. Nothing of it outlives this process.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mine, sendPrice } from './actions.mjs';
import { Screen, parseLog } from './demo_screen.mjs';
import { startDevnet } from './devnet.mjs';
import { DevnetError } from './errors.mjs';
import { spawnGuarded, watchEnding } from './guard.mjs';
import { liqdConfig } from './liqd_config.mjs';
import { startRival } from './rival.mjs';
import { Rpc } from './rpc.mjs';
import { startStrict } from './strict_proxy.mjs';
import { toNumber } from './wire.mjs';
import { connectDuplex } from './wire_client.mjs';
import { TOKENS } from './world.mjs';

const BLOCK_SEC = 1;
const RIVAL = { delayMs: 400, bidWei: 10n ** 9n }; // in time for the same block
const FALLS = { WETH: 0.14, LINK: 0.16, WBTC: 0.1 }; // the part of its price that a token loses, by the end
const TRUST_MS = 120_000;
const TRUST_BLOCKS = 5; // mined at once
const SETTLE_BLOCKS = 8; // at most, behind the last price
const STOP_MS = 30_000;
const FORCE_MS = 60_000;
const COINS = 100n * 10n ** 18n; // that the sender has for gas and bids
const MARKETS = 3;

/** Ends at a signal: aborted() tells whether it came, pause() waits unless it has. */
class Ending {
  #abort = new AbortController();

  constructor() {
    watchEnding().hold().then((code) => {
      this.code = code;
      this.#abort.abort();
      const force = () => process.exit(code); // who asks twice does not want to wait
      ['SIGINT', 'SIGTERM'].forEach((name) => process.on(name, force));
      setTimeout(force, FORCE_MS).unref(); // nor for what does not answer
    });
  }

  get aborted() {
    return this.#abort.signal.aborted;
  }

  pause(ms) {
    return sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => {});
  }
}

/** liqd, whose lines are given to onOut and onLog as they come, and kept in a file. */
class Daemon {
  constructor(program, args, file, { onOut, onLog }) {
    this.child = spawnGuarded(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.last = '';
    this.running = true;
    const kept = createWriteStream(file, { mode: 0o600 });
    createInterface({ input: this.child.stdout }).on('line', onOut);
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      kept.write(`${line}\n`);
      const entry = parseLog(line);
      if (!entry || entry.level === 'error') this.last = entry?.msg ?? line;
      if (entry) onLog(entry);
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.running = false;
      kept.end();
      return signal ?? code;
    });
    this.ended.catch(() => {}); // whoever cares awaits it
  }

  /** Throws where it has ended by itself. */
  async check() {
    if (!this.running) throw new DevnetError(`liqd ended (${await this.ended}): ${this.last}`);
  }

  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const how = await this.ended;
    clearTimeout(timer);
    return how;
  }
}

/** Prices of one block: one token falls by its share of the way. */
export function priceOf(block, blocks) {
  const symbols = Object.keys(FALLS);
  const symbol = block % 3 === 2 ? symbols[1 + (Math.floor(block / 3) % 2)] : symbols[0];
  const done = (block + 1) / blocks;
  return [symbol, (Number(TOKENS[symbol].price) * (1 - FALLS[symbol] * done)).toFixed(2)];
}

class Demo {
  constructor(options, ending, folder) {
    Object.assign(this, { options, ending, folder, closes: [], summary: [], trusted: new Set() });
    const colour = process.stdout.isTTY && !process.env.NO_COLOR;
    this.screen = new Screen((text) => process.stdout.write(text), { colour });
  }

  file(name) {
    return join(this.folder, name);
  }

  async startChain() {
    const { borrowers, seed } = this.options;
    const began = Date.now();
    this.devnet = await startDevnet({ borrowers, seed }, (text) => this.screen.step(text));
    this.closes.push(() => this.devnet.stop());
    this.state = this.devnet.state;
    this.strict = await startStrict({ upstream: this.state.http });
    this.closes.push(() => this.strict.close());
    this.rpc = new Rpc(this.strict.url);
    const heads = await connectDuplex(this.strict.wsUrl);
    this.closes.push(() => heads.close());
    await heads.subscribe(['newHeads'], ({ number }) => this.screen.head(toNumber(number)));
    this.screen.step(`the chain is ready at ${this.strict.url}: ${borrowers} borrowers on ${Object.keys(this.state.protocols).slice(0, 3).join(', ')}`, began);
  }

  /** Runs a command of liqd to its end and returns what it says. */
  async command(...args) {
    const child = spawnGuarded(this.options.program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => { said.out += chunk; });
    child.stderr.on('data', (chunk) => { said.err += chunk; });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new DevnetError(`liqd ${args.slice(0, 2).join(' ')}: ${said.err.trim().split('\n').at(-1)}`);
    return said.out;
  }

  /** A key for liqd, with coins, and an executor, which it deploys. */
  async makeSender() {
    const began = Date.now();
    const [keystore, pass] = [this.file('sender.json'), this.file('sender.pass')];
    writeFileSync(pass, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });
    const { address } = JSON.parse(await this.command('keys', 'new', '--out', keystore, '--passphrase-file', pass, '--json'));
    await this.rpc.call('anvil_setBalance', [address, `0x${COINS.toString(16)}`]);
    const run = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'liqd-demo-'));
    process.once('exit', () => rmSync(run, { recursive: true, force: true }));
    this.sender = `senders:\n  demo:\n    keystore: ${keystore}\n    passphrase_file: ${pass}\n\n`
      + `journal:\n  file: ${this.file('journal.db')}\n  run_dir: ${run}\n`;
    this.screen.step(`liqd keys new: ${address}, which is given 100 ETH`, began);
    await this.deployExecutor(address);
  }

  async deployExecutor(owner) {
    const began = Date.now();
    this.writeFiles();
    await this.rpc.call('evm_setAutomine', [true]);
    const { address } = JSON.parse(await this.command('executor', 'deploy', '--owner', owner, '--config', this.file('liqd.yaml'), '--json'));
    await this.rpc.call('evm_setAutomine', [false]);
    this.state.executor = address;
    this.screen.step(`liqd executor deploy: ${address}`, began);
  }

  /** The configuration of a run; the state file is for devnet's commands while the chain is kept. */
  writeFiles() {
    const log = 'log:\n  format: json\n  rate: 0\n  level: debug';
    // the first transactions of a new executor write storage that later ones find: they take far more gas
    const send = 'send:\n  gas_margin: 10000\n  simulate: false'; // the executor looks itself, and all stages are to be seen
    // the proxy orders by the tip alone, as no builder does: what is paid beside it would come behind the rival
    const gas = `gas:\n  tip: ${2n * RIVAL.bidWei / 10n ** 9n} gwei`;
    const text = liqdConfig(this.state, { url: this.strict.wsUrl, funding: 'flash' });
    writeFileSync(this.file('liqd.yaml'), `${[text, this.sender, send, gas, log].filter(Boolean).join('\n\n')}\n`, { mode: 0o600 });
    const state = { ...this.state, pids: { ...this.state.pids, up: process.pid } };
    writeFileSync(this.file('chain.json'), JSON.stringify(state, null, 1), { mode: 0o600 });
  }

  onLog(entry) {
    if (entry.msg === 'trust' && entry.trust === 'trusted') this.trusted.add(entry.market);
    this.screen.log(entry);
  }

  onOut(line) {
    const shown = this.options.dry ? this.screen.verdict(line) : this.screen.outcome(line);
    if (!shown) this.summary.push(line);
  }

  async startLiqd() {
    const began = Date.now();
    const args = ['run', '--config', this.file('liqd.yaml')];
    if (this.options.dry) args.push('--dry-run', '--report', this.file('report.html'));
    this.liqd = new Daemon(this.options.program, args, this.file('liqd.log'), {
      onOut: (line) => this.onOut(line),
      onLog: (entry) => this.onLog(entry),
    });
    this.closes.push(() => this.liqd.stop());
    while (this.trusted.size < MARKETS && !this.ending.aborted) {
      await this.liqd.check();
      if (Date.now() - began > TRUST_MS) throw new DevnetError(`liqd does not trust its markets after ${TRUST_MS / 1000} s: is the machine overloaded?`);
      await mine(this.rpc, TRUST_BLOCKS);
      await this.ending.pause(50);
    }
    this.screen.step('liqd follows it, and has compared each market 1,000 times with its contracts', began);
  }

  /** One price a block, and then blocks until nothing is open. */
  async movePrices() {
    const { blocks } = this.options;
    await this.rpc.call('evm_setIntervalMining', [BLOCK_SEC]);
    this.rival = startRival(this.rpc, this.state, RIVAL);
    this.closes.push(() => this.rival.stop());
    for (let block = 0; block < blocks && !this.ending.aborted; block += 1) {
      const [symbol, price] = priceOf(block, blocks);
      await sendPrice(this.rpc, this.state, symbol, price);
      this.screen.event('price', `${symbol} ${price} USD is sent`);
      await this.ending.pause(1000 * BLOCK_SEC);
      await this.liqd.check();
    }
    const { counts } = this.screen;
    for (let left = SETTLE_BLOCKS; left > 0 && counts.asked > counts.booked && !this.ending.aborted; left -= 1) {
      await this.ending.pause(1000 * BLOCK_SEC);
    }
  }

  /** Stops all that was started, the last first. */
  async close() {
    for (const close of this.closes.splice(0).reverse()) await close().catch(() => {}); // what has ended needs none
  }

  async run() {
    this.screen.title('A chain of its own');
    await this.startChain();
    if (!this.options.dry) await this.makeSender();
    this.writeFiles();
    await this.startLiqd();
    this.screen.title(`Prices fall: a block each second, a rival who bids ${RIVAL.bidWei / 10n ** 9n} gwei ${RIVAL.delayMs} ms behind each`);
    await this.movePrices();
    await this.sumUp();
    if (this.options.keep) await this.keep();
  }

  async sumUp() {
    await this.rival.stop();
    const file = this.file('liqd.yaml');
    const status = this.options.dry ? undefined : JSON.parse(await this.command('status', '--json', '--config', file));
    const how = await this.liqd.stop();
    if (status) this.showStages(status);
    this.screen.title('What it has come to');
    const lines = this.options.dry ? this.summary : (await this.command('journal', '--config', file)).split('\n');
    const end = this.options.dry ? lines.indexOf('', 1) : -1; // what follows explains the terms
    lines.slice(0, end < 0 ? undefined : end).filter(Boolean).forEach((line) => this.screen.step(line));
    this.screen.step(`the rival sent        ${this.rival.sent.length} liquidations`);
    if (how !== 0) throw new DevnetError(`liqd ended (${how}): ${this.liqd.last}`);
  }

  /** From the bytes of the event to those of the transaction. */
  showStages({ stages }) {
    this.screen.title('How long each stage took');
    const span = (ns) => (ns < 1e6 ? `${(ns / 1e3).toFixed(1)} us` : `${(ns / 1e6).toFixed(1)} ms`).padStart(11);
    for (const { stage, count, p50_ns: p50, p99_ns: p99, max_ns: max } of stages) {
      if (count > 0) this.screen.step(`${stage.padEnd(10)} p50 ${span(p50)}   p99 ${span(p99)}   max ${span(max)}   ${count} times`);
    }
  }

  async keep() {
    this.screen.title('The chain goes on until Ctrl-C');
    const { folder } = this;
    this.screen.step(`liqd positions --config ${folder}/liqd.yaml`);
    this.screen.step(`tests/devnet/devnet price WETH 2000 --state ${folder}/chain.json --endpoint ${this.strict.url}`);
    this.screen.step(`report, log and configuration stay in ${folder}`);
    while (!this.ending.aborted) await this.ending.pause(60_000);
  }
}

const number = (text) => Number.parseInt(text, 10);

function parseOptions() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { program: text, blocks: text, borrowers: text, seed: text, 'dry-run': { type: 'boolean' }, keep: { type: 'boolean' } },
  });
  const { program, blocks, borrowers, seed, keep } = values;
  return { program, keep, dry: values['dry-run'], blocks: number(blocks), borrowers: number(borrowers), seed: number(seed) };
}

async function main() {
  const options = parseOptions();
  const ending = new Ending();
  const folder = mkdtempSync(join(tmpdir(), 'liqd-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!options.keep) process.once('exit', remove);
  const demo = new Demo(options, ending, folder);
  try {
    await demo.run();
  } finally {
    await demo.close();
  }
  return options.keep ? 0 : ending.code ?? 0;
}

process.exitCode = await main().catch((error) => {
  console.error(`tools/demo: ${error instanceof DevnetError ? error.message : error.stack}`);
  return 1;
});
process.exit();
