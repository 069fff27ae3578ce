// The commands `devnet strict`, `devnet fault` and `devnet relay`: rows for the table of commands.
// The proxies themselves are imported when one starts.
import fs from 'node:fs';
import { DevnetError, UsageError } from './errors.mjs';
import { watchEnding } from './guard.mjs';
import { RpcError } from './wire.mjs';
import { FAULTS, checkScript } from './fault_script.mjs';
import { reorgOrders } from './strict_chain.mjs';
import { dialects, logSources } from './strict_dialects.mjs';

const FRACTION = /^\d+(\.\d+)?$/;

function number(options, name, { least = 0, most = Number.MAX_SAFE_INTEGER, digits = /^\d+$/ } = {}) {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!digits.test(text) || value < least || value > most) {
    throw new UsageError(`--${name} "${text}": not a number from ${least} to ${most}`);
  }
  return value;
}

function upstreamOf({ upstream }) {
  if (!upstream) throw new UsageError('no node to stand before: name it with --upstream URL');
  if (!/^(http|ws):\/\/(127\.0\.0\.1|localhost)(:|\/|$)/.test(upstream)) {
    throw new UsageError(`--upstream "${upstream}": not an http:// or ws:// address of this machine`);
  }
  return upstream;
}

const portOf = (options) => number(options, 'listen', { most: 65535 }) ?? 0;

/** Starts a proxy, says where it listens as a line of JSON, and keeps it until a signal, the death of
 *  the parent or that of the node. */
async function keep(name, upstream, say, start) {
  const ending = watchEnding();
  let tellGone;
  const gone = new Promise((_, reject) => {
    tellGone = () => reject(new DevnetError(`${name}: ${upstream} is gone: start it again, then this`));
  });
  let proxy;
  try {
    proxy = await start(tellGone);
  } catch (error) {
    throw error instanceof RpcError ? new DevnetError(`${name}: ${upstream} answered: ${error.message}`) : error;
  }
  const ended = ending.hold();
  try {
    const { url, wsUrl: ws, ipc, script } = proxy;
    say(JSON.stringify({ ready: name, pid: process.pid, http: url, ws, ipc, script }));
    return await Promise.race([ended, gone]);
  } finally {
    await proxy.close();
  }
}

function runStrict({ options, say }) {
  const upstream = upstreamOf(options);
  if (options.automine && options['block-time']) throw new UsageError('--automine and --block-time exclude each other');
  const minTip = number(options, 'min-tip');
  return keep('strict', upstream, say, async (onEnd) => (await import('./strict_proxy.mjs')).startStrict({
    upstream, onEnd, listen: portOf(options), ipc: options.ipc, dialect: options.dialect,
    automine: options.automine, blockTime: number(options, 'block-time', { least: 0.01, most: 3600, digits: FRACTION }),
    logs: options.logs, logRange: number(options, 'log-range'), logRows: number(options, 'log-rows'),
    rate: number(options, 'rate', { digits: FRACTION }), retryAfter: number(options, 'retry-after'), reorgOrder: options['reorg-order'],
    poolMax: number(options, 'pool-max', { least: 1 }), minTip: minTip === undefined ? undefined : BigInt(minTip),
    seed: number(options, 'seed'),
  }));
}

function scriptOf(path) {
  let script;
  try {
    script = JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DevnetError(`script ${path} (${error.code ?? 'no JSON'}): give a file with a list of faults`);
  }
  return checkScript(script, `script ${path}`);
}

function sayKinds(say) {
  for (const [kind, { does, ...parameters }] of Object.entries(FAULTS)) {
    const defaults = Object.entries(parameters).map(([name, [value]]) => ` ${name}=${value}`).join('');
    say(`${kind}${defaults}: ${does}`);
  }
  return 0;
}

function runFault({ options, say }) {
  if (options.kinds) return sayKinds(say);
  const upstream = upstreamOf(options);
  if (options.script && options.seed) throw new UsageError('--script and --seed exclude each other');
  const script = options.script && scriptOf(options.script);
  const seed = number(options, 'seed');
  const seconds = number(options, 'for', { most: 86_400, digits: FRACTION }) ?? (seed === undefined ? 0 : 600);
  return keep('fault', upstream, say, async (onEnd) =>
    (await import('./fault_proxy.mjs')).startFault({
      upstream, onEnd, listen: portOf(options), ipc: options.ipc, script, seed, seconds,
    }));
}

function runRelay({ options, say }) {
  const upstream = upstreamOf(options);
  return keep('relay', upstream, say, async (onEnd) =>
    (await import('./relay_stub.mjs')).startRelay({ upstream, onEnd, listen: portOf(options) }));
}

const PLACE = { listen: { value: 'PORT', help: 'HTTP and WebSocket port on loopback; a free one by default' } };
const IPC = { ipc: { value: 'PATH', help: 'IPC socket; none by default' } };

export const PROXY_COMMANDS = [
  {
    name: 'strict',
    summary: 'Stands before anvil (--order fifo) as a real node would: pool, blocks by effective tip, reorgs, limits.',
    options: {
      upstream: { value: 'URL', help: 'the anvil' },
      ...PLACE,
      ...IPC,
      dialect: { value: 'NAME', help: `whose words: ${dialects.join(', ')}; geth by default` },
      automine: { help: 'a block for each transaction' },
      'block-time': { value: 'S', help: 'a block every S seconds; without both, by evm_mine' },
      logs: { value: 'NAME', help: `whose limits of eth_getLogs: ${logSources.join(', ')}; the dialect's by default` },
      'log-range': { value: 'N', help: 'the most blocks of an eth_getLogs' },
      'log-rows': { value: 'N', help: 'the most logs of an eth_getLogs' },
      rate: { value: 'N', help: 'requests a second, beyond which it answers 429' },
      'retry-after': { value: 'S', help: 'with a 429; absent by default' },
      'reorg-order': { value: 'ORDER', help: `how a reorg is told: ${reorgOrders.join(', ')}; in-order by default` },
      'pool-max': { value: 'N', help: 'transactions that the pool holds; 5120 by default' },
      'min-tip': { value: 'WEI', help: 'the least priority fee; 1 by default' },
      seed: { value: 'S', help: 'of the shuffle; 1 by default' },
    },
    run: runStrict,
  },
  {
    name: 'fault',
    summary: 'Stands before a node and breaks what can break, by a script or a seed.',
    options: {
      upstream: { value: 'URL', help: 'the node, with WebSocket at the same port' },
      ...PLACE,
      ...IPC,
      script: { value: 'FILE', help: 'JSON: [{"kind", "at", "for" (ms), "chance", ...}, ...]; see --kinds' },
      seed: { value: 'S', help: 'draws a script, which is printed' },
      for: { value: 'SECONDS', help: 'how long the drawn script lasts; 600 by default' },
      kinds: { help: 'prints the kinds of faults and their parameters with their defaults' },
    },
    run: runFault,
  },
  {
    name: 'relay',
    summary: 'A stub of a private relay before the strict proxy: bundles and private transactions.',
    options: { upstream: { value: 'URL', help: 'the strict proxy' }, ...PLACE },
    run: runRelay,
  },
];
