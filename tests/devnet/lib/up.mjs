// `devnet up`: a chain that runs until it is told to stop, and the control socket by which commands reach it.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { writeWhole } from './compile.mjs';
import { startDevnet } from './devnet.mjs';
import { DevnetError, UsageError } from './errors.mjs';
import { watchEnding } from './guard.mjs';
import { withLock } from './lock.mjs';
import { startRival } from './rival.mjs';
import { Rpc } from './rpc.mjs';
import { requireStateFile } from './running.mjs';

/** What the control socket accepts: each function answers with a text. */
class Control {
  constructor({ rpc, state }, end) {
    Object.assign(this, { rpc, state, end, rival: undefined });
    this.stopped = new Promise((resolve) => (this.tellStopped = resolve));
  }

  async down() {
    this.end(0);
    await this.stopped;
    return 'stopped';
  }

  async rivalStart({ endpoint, delayMs, bidWei }) {
    const rpc = endpoint ? new Rpc(endpoint) : this.rpc;
    await rpc.call('eth_chainId'); // a rival that nobody answers would end unseen
    if (this.rival) throw new UsageError('a rival runs already: stop it with devnet rival stop');
    this.rival = startRival(rpc, this.state, { delayMs, bidWei: BigInt(bidWei) });
    return 'the rival runs';
  }

  async rivalStop() {
    if (!this.rival) throw new UsageError('no rival runs: start one with devnet rival start');
    const { rival } = this;
    this.rival = undefined;
    await rival.stop();
    return `the rival has stopped; it sent ${rival.sent.length} liquidations`;
  }

  async answer(line) {
    try {
      const { command, options } = JSON.parse(line);
      return { text: await this[command](options) };
    } catch (error) {
      return { error: error.message };
    }
  }
}

async function serve(control, path) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', async (line) => socket.end(`${JSON.stringify(await control.answer(line))}\n`));
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

/** Keeps a chain until it should end; whatever happens, nothing is left of it. */
async function keep(stateFile, devnet, ending, say) {
  const ended = ending.hold();
  const commands = new Control(devnet, ending.end);
  const died = devnet.exited.then((how) => {
    throw new DevnetError(`anvil ended (${how}): start it again with devnet up --state ${stateFile}`);
  });
  died.catch(() => {}); // at the end it does
  let server;
  let isOurs = false;
  try {
    server = await serve(commands, devnet.state.control);
    const state = { ...devnet.state, pids: { ...devnet.state.pids, up: process.pid } };
    await withLock(`${stateFile}.lock`, () => {
      requireStateFile(stateFile); // another that started meanwhile may have written it
      writeWhole(stateFile, JSON.stringify(state, null, 1));
      isOurs = true;
    });
    say(`ready: ${state.http}, ${stateFile}`);
    return await Promise.race([ended, died]);
  } finally {
    if (isOurs) rmSync(stateFile, { force: true });
    await commands.rival?.stop().catch(() => {}); // with anvil gone it has failed already
    await devnet.stop();
    commands.tellStopped();
    server?.close();
  }
}

/** Runs a chain with the options of startDevnet until down, a signal or a death; returns the exit code. */
export async function runUp(stateFile, options, say) {
  requireStateFile(stateFile);
  // until the chain stands there is nothing to end in order: anvil and compilers die with this process
  const ending = watchEnding();
  const devnet = await startDevnet(options, say);
  return keep(stateFile, devnet, ending, say);
}
