// The table of commands: {name, arguments, summary, options: {name: {value, help}}, run({options, args, say})};
// an option without a value is a switch. run's result is the exit code, or nothing for 0. What needs viem is
// imported when it is needed, since that takes longer than all else that a refused command does.
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DevnetError, UsageError } from './errors.mjs';
import { isAlive } from './guard.mjs';
import { liqdConfig } from './liqd_config.mjs';
import { PROXY_COMMANDS } from './proxy_commands.mjs';
import { Rpc } from './rpc.mjs';
import { control, readState } from './running.mjs';
import { PROTOCOLS } from './world.mjs';

const STATE = { state: { value: 'FILE', help: 'the state file that up writes' } };
const ACTION = {
  ...STATE,
  endpoint: { value: 'URL', help: 'the HTTP node to act through, such as a strict proxy; the chain itself by default' },
};
const PLACE = {
  protocol: { value: 'P', help: 'aave-v3.6 (default), aave-v3.0.2 or morpho' },
  market: { value: 'M', help: "morpho's market, such as WETH/USDC" },
};
const FUNDINGS = ['inventory', 'flash'];
const STOP_MS = 5_000;

function integer(text, name, least, most) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`${name} "${text}": not a whole number from ${least} to ${most}`);
  }
  return value;
}

function stateOf({ state }) {
  if (!state) throw new UsageError('no state file: name it with --state FILE');
  return readState(state);
}

/** A chain of a state file, and the module to act on it with. */
async function open(options) {
  const state = stateOf(options);
  return { state, rpc: new Rpc(options.endpoint ?? state.http), actions: await import('./actions.mjs') };
}

function protocolsOf(text) {
  const names = text.split(',');
  const unknown = names.find((name) => !PROTOCOLS.includes(name));
  if (unknown !== undefined) throw new UsageError(`unknown protocol "${unknown}": known are ${PROTOCOLS.join(', ')}`);
  return names;
}

function upOptions(options) {
  const { port, ipc, borrowers = '0', seed = '1', protocols = PROTOCOLS.join(',') } = options;
  if (options.automine && options['block-time']) throw new UsageError('--automine and --block-time exclude each other');
  if (ipc === '') throw new UsageError('--ipc "": name the path of a socket');
  return {
    port: port && integer(port, '--port', 1, 65535),
    ipc,
    borrowers: integer(borrowers, '--borrowers', 0, 100_000),
    seed: integer(seed, '--seed', 0, Number.MAX_SAFE_INTEGER),
    blockTime: options['block-time'] && integer(options['block-time'], '--block-time', 1, 3600),
    protocols: protocolsOf(protocols),
  };
}

async function up({ options, say }) {
  if (!options.state) throw new UsageError('no state file: name the one to write with --state FILE');
  const wanted = upOptions(options);
  const { runUp } = await import('./up.mjs');
  return runUp(options.state, wanted, say);
}

async function down({ options, say }) {
  const state = stateOf(options);
  const text = await control(state, 'down');
  for (const end = Date.now() + STOP_MS; isAlive(state.pids.up); await sleep(10)) {
    if (Date.now() > end) throw new DevnetError(`devnet up (pid ${state.pids.up}) does not end: kill it`);
  }
  say(text);
}

async function price({ options, args: [symbol, text], say }) {
  const { rpc, state, actions } = await open(options);
  const { transactionHash, blockNumber } = await actions.setPrice(rpc, state, symbol, text, options.via);
  say(`${symbol} ${text} in block ${Number(blockNumber)}: ${transactionHash}`);
}

async function mineBlocks({ options, args: [count], say }) {
  const { rpc, actions } = await open(options);
  say(`block ${await actions.mine(rpc, integer(count, 'N', 1, 1_000_000))}`);
}

async function reorganise({ options, args: [depth], say }) {
  const { rpc, state, actions } = await open(options);
  const blocks = integer(depth, 'DEPTH', 1, 1_000_000);
  say(`block ${await actions.reorg(rpc, state, blocks)}: the last ${blocks} are new`);
}

async function baseFee({ options, args: [gwei], say }) {
  const { rpc, actions } = await open(options);
  await actions.setBaseFee(rpc, gwei);
  say(`the next block's base fee is ${gwei} gwei`);
}

async function changeDebt(change, what, { options, args: [account, symbol, amount], say }) {
  const { rpc, state, actions } = await open(options);
  const { transactionHash, blockNumber } = await actions[change](rpc, state, account, symbol, amount, options);
  say(`${what} ${amount} ${symbol} in block ${Number(blockNumber)}: ${transactionHash}`);
}

async function startRival({ options, say }) {
  const delayMs = integer(options.delay ?? '0', '--delay', 0, 3_600_000);
  const { state, actions } = await open(options);
  const bidWei = String(actions.parseGwei(options.bid ?? '1', '--bid'));
  say(await control(state, 'rivalStart', { endpoint: options.endpoint, delayMs, bidWei }));
}

async function stopRival({ options, say }) {
  say(await control(stateOf(options), 'rivalStop'));
}

function config({ options, say }) {
  const { url, funding, snapshot, memory } = options;
  if (funding && !FUNDINGS.includes(funding)) throw new UsageError(`--funding is one of ${FUNDINGS.join(', ')}`);
  const files = { snapshot: snapshot && resolve(snapshot), memory: memory && resolve(memory) };
  say(liqdConfig(stateOf(options), { url, funding, ...files }).trimEnd());
}

export const COMMANDS = [
  {
    name: 'up',
    summary: 'Starts the chain, writes the state file and runs until devnet down, Ctrl-C or the end of its parent.',
    options: {
      state: { value: 'FILE', help: 'where to write the endpoints, addresses and accounts (JSON)' },
      port: { value: 'P', help: 'HTTP and WebSocket port; a free one by default' },
      ipc: { value: 'PATH', help: 'IPC socket; one in the temporary folder by default' },
      borrowers: { value: 'N', help: 'how many positions to open; 0 by default' },
      seed: { value: 'S', help: 'which borrowers are drawn; 1 by default' },
      'block-time': { value: 'T', help: 'a block every T seconds' },
      automine: { help: 'a block for each transaction, the default' },
      protocols: { value: 'LIST', help: `of ${PROTOCOLS.join(',')}; all by default` },
    },
    run: up,
  },
  {
    name: 'config',
    summary: 'Prints a liqd.yaml for the chain, with its markets, feeds, tokens, pools, lenders and an inventory.',
    options: {
      ...STATE,
      url: { value: 'URL', help: 'the node, such as a strict proxy; the chain itself by default' },
      funding: { value: 'KIND', help: 'what debt is repaid with: inventory (default) or flash' },
      snapshot: { value: 'FILE', help: 'where liqd keeps its state; nowhere by default' },
      memory: { value: 'FILE', help: 'where it keeps what limits have counted; nowhere by default' },
    },
    run: config,
  },
  { name: 'down', summary: 'Stops the chain and all that runs with it.', options: STATE, run: down },
  {
    name: 'price',
    arguments: 'TOKEN PRICE',
    summary: "Sends a new answer, in USD, of a token's feed and waits until it is mined.",
    options: { ...ACTION, via: { value: 'WAY', help: 'feed: FluxAggregator (default); transmit: the OCR2 stub, through the forwarder' } },
    run: price,
  },
  { name: 'mine', arguments: 'N', summary: 'Mines N blocks.', options: ACTION, run: mineBlocks },
  { name: 'reorg', arguments: 'DEPTH', summary: 'Replaces the last DEPTH blocks by empty ones.', options: ACTION, run: reorganise },
  { name: 'basefee', arguments: 'GWEI', summary: "Sets the next block's base fee.", options: ACTION, run: baseFee },
  {
    name: 'borrow',
    arguments: 'ACCOUNT TOKEN AMOUNT',
    summary: "Borrows for an account: a name or an address of the state file.",
    options: { ...ACTION, ...PLACE },
    run: (call) => changeDebt('borrow', 'borrowed', call),
  },
  {
    name: 'repay',
    arguments: 'ACCOUNT TOKEN AMOUNT',
    summary: "Repays an account's debt with the whale's tokens; the amount max repays all.",
    options: { ...ACTION, ...PLACE },
    run: (call) => changeDebt('repay', 'repaid', call),
  },
  {
    name: 'rival start',
    summary: 'Starts a simple honest liquidator to compete with.',
    options: {
      ...ACTION,
      delay: { value: 'MS', help: 'how long it waits after the block that makes a borrower liquidatable; 0 by default' },
      bid: { value: 'GWEI', help: 'its priority fee; 1 by default' },
    },
    run: startRival,
  },
  { name: 'rival stop', summary: 'Stops it and tells what it sent.', options: STATE, run: stopRival },
  ...PROXY_COMMANDS,
];
