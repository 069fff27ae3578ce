// Who is the bottleneck of a backfill: liqd_test_ask fetches a few hundred thousand logs from anvil over
// each wire, nothing between them, and a table says what either took. Not a test: times are not asserted.
//
//     backfill_profile.mjs --program ASK [--blocks N] [--logs LOGS-A-BLOCK] [--range BLOCKS]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startAnvil } from '../devnet/lib/anvil.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { toHex } from '../devnet/lib/wire.mjs';
import { connect } from '../devnet/lib/wire_client.mjs';
import { measure, startFollower } from './follower.mjs';
import { CHAIN_ID, word } from './world.mjs';

const EMITTER = '0x00000000000000000000000000000000000ee100';
const TOPIC = word(0xa1);
const LOG_GAS = 2500;

/* Emits as many logs as the first word of the calldata says: the topic, the caller, a counter, and the
 * calldata as data:
 *   CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 CALLDATALOAD
 *   JUMPDEST DUP1 CALLER PUSH1 a1 CALLDATASIZE PUSH0 LOG3 PUSH1 1 SWAP1 SUB DUP1 PUSH1 6 JUMPI STOP */
const CODE = '0x365f5f375f355b803360a1365fa3600190038060065700';

async function grow(node, blocks, logs) {
  const [from] = await node.call('eth_accounts');
  const { uint } = randomOf(1);
  await node.call('anvil_setCode', EMITTER, CODE);
  const gas = toHex(100_000 + logs * LOG_GAS);
  for (let i = 0; i < blocks; i += 1) {
    const noise = Array.from({ length: 64 }, () => uint(256).toString(16).padStart(2, '0')).join('');
    await node.call('eth_sendTransaction', { from, to: EMITTER, gas, data: word(logs) + noise });
    await node.call('evm_mine');
  }
}

const seconds = (ns) => Number((ns / 1e9).toFixed(2));

/** Runs one backfill; resolves to a row of the table. */
async function run(anvil, program, { url, name }, args) {
  const before = measure(anvil.pid).cpu;
  const ask = startFollower(program, ['--mode', 'backfill', '--quiet', '1', '--chain-id', CHAIN_ID, '--from', '1',
    '--address', EMITTER, '--topic', TOPIC, '--endpoint', `node,r,${url}`, ...args].map(String), () => {});
  const how = await ask.exited;
  const stat = await ask.stop();
  if (how !== 'code 0' || stat.done !== 'OK') throw new Error(`${name}: ${how}, ${stat?.done}: ${ask.errors.join('\n')}`);
  const { in_sz: bytes } = stat.endpoints.node;
  return {
    wire: name, logs: stat.log_cnt, MB: Math.round(bytes / 1e6), requests: stat.request_cnt, refused: stat.refused_cnt,
    'wall s': seconds(stat.elapsed_ns), 'logs/s': Math.round(stat.log_cnt / (stat.elapsed_ns / 1e9)),
    'our CPU s': seconds(stat.cpu_ns), 'anvil CPU s': Number((measure(anvil.pid).cpu - before).toFixed(2)),
    'waiting s': seconds(stat.waiting_ns),
    'waiting %': Math.round((100 * stat.waiting_ns) / stat.elapsed_ns), 'RSS MB': Math.round(stat.rss_kb / 1024),
  };
}

const { values } = parseArgs({
  options: {
    program: { type: 'string' }, blocks: { type: 'string', default: '1500' }, logs: { type: 'string', default: '200' },
    range: { type: 'string', default: '16' },
  },
});
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-backfill-'));
const anvil = await startAnvil({ noMining: true, ipc: path.join(folder, 'node.ipc') });
try {
  const node = await connect(anvil.ws);
  await grow(node, Number(values.blocks), Number(values.logs));
  const wires = [{ name: 'IPC', url: anvil.ipc }, { name: 'WebSocket', url: anvil.ws }, { name: 'HTTP', url: anvil.http }];
  const rows = [];
  for (const wire of wires) rows.push(await run(anvil, values.program, wire, ['--to', values.blocks, '--range', values.range]));
  await node.close();
  const wanted = values.blocks * values.logs;
  if (rows.some(({ logs }) => logs !== wanted)) throw new Error(`not ${wanted} logs: ${JSON.stringify(rows)}`);
  console.log(`${os.cpus()[0].model.trim()}, ${os.cpus().length} processors, load ${os.loadavg()[0].toFixed(1)}`);
  console.table(Object.fromEntries(rows.map(({ wire, ...rest }) => [wire, rest])));
} finally {
  await anvil.stop();
  fs.rmSync(folder, { recursive: true, force: true });
}
