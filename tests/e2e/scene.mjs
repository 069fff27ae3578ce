// A chain with an executor that has an inventory, senders that may use it, and a daemon's book that every market is trusted in.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { deployExecutor } from '../devnet/lib/deploy_executor.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { sendPrice } from '../devnet/lib/actions.mjs';
import { fundContract } from '../sim/funds.mjs';
import { Daemon, MARKETS, accountOf, configure } from './daemon.mjs';

const COINS = 10n ** 24n; // a million: half of what is earned is bid
export const INVENTORY = 10n ** 9n; // whole tokens: enough for thousands of blocks in which what is seized is held
const STATES_MAX = 600;
const TRUST_BLOCKS = 400;
export const OWNER = accountOf('owner');
export const hex = (n) => `0x${BigInt(n).toString(16)}`;

export class Scene {
  /** names: of the senders; blocks: that will be looked back at. Blocks are mined by hand from then on. */
  static async start(program, { borrowers, seed = 1, names = ['main'], blocks = 0 }) {
    const scene = new Scene();
    scene.program = program;
    scene.senders = Object.fromEntries(names.map((name) => [name, accountOf(name)]));
    scene.devnet = await startDevnet({ borrowers, seed, statesMax: STATES_MAX + blocks });
    const { rpc } = scene.devnet;
    const ours = Object.values(scene.senders);
    for (const { address } of [OWNER, ...ours]) await rpc.call('anvil_setBalance', [address, hex(COINS)]);
    const { address: executor } = await deployExecutor(rpc, OWNER, ours.map(({ address }) => address));
    await fundContract(scene.devnet, executor, INVENTORY);
    await rpc.call('evm_setAutomine', [false]);
    scene.state = { ...scene.devnet.state, executor };
    return scene;
  }

  get rpc() { return this.devnet.rpc; }

  async head() {
    return Number(await this.rpc.call('eth_blockNumber'));
  }

  async mine(count = 1) {
    for (let i = 0; i < count; i += 1) await this.rpc.call('evm_mine');
    return this.head();
  }

  /** Sends a price, which the next block has. */
  price(symbol, price) {
    return sendPrice(this.rpc, this.state, symbol, price);
  }

  configure(folder, options = {}) {
    fs.mkdirSync(folder, { recursive: true });
    return configure(folder, this.state, { senders: this.senders, ...options });
  }

  /** Keeps a book in which all is trusted, for later starts to begin with: the path of its snapshot. */
  async warm(folder, options) {
    const config = this.configure(folder, options);
    const daemon = new Daemon(this.program, config, { log: path.join(folder, 'log') });
    try {
      await daemon.says(/start: ready/, { meanwhile: () => this.mine() });
      for (let i = 0; !daemon.trusts(MARKETS); i += 1) {
        assert.ok(i < TRUST_BLOCKS, `the markets are not trusted after ${TRUST_BLOCKS} blocks: ${daemon.tail()}`);
        const head = await this.mine();
        await daemon.until(`block ${head} was settled`, () => daemon.settled >= head);
      }
      await daemon.stop();
    } finally {
      daemon.kill();
    }
    return config.snapshot;
  }

  stop() {
    return this.devnet.stop();
  }
}
