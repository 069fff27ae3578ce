// Runs the program that keeps the book and prints it at each settled block, and takes what it prints.
import { once } from 'node:events';
import { onLines, spawnGuarded } from '../devnet/lib/guard.mjs';

const END_MS = 20_000;

/** A line "A market owner id state verdict blocked collateral debt threshold health". */
function parseAccount(line) {
  const [, name, address, id, state, verdict, blocked, collateral, debt, threshold, health] = line.split(' ');
  return {
    name, address, id, state, verdict: verdict.replaceAll('_', ' '), blocked: blocked === '1',
    collateral: BigInt(collateral), debt: BigInt(debt), threshold: BigInt(threshold), health: BigInt(health),
  };
}

/** A line "P address status sqrt liquidity tick reserve0 reserve1 ticks". */
function parsePool(line) {
  const [, address, status, sqrt, liquidity, tick, reserve0, reserve1, ticks] = line.split(' ');
  return {
    address, status: status.replaceAll('_', ' '), sqrt: BigInt(sqrt), liquidity: BigInt(liquidity), tick: Number(tick), reserves: [BigInt(reserve0), BigInt(reserve1)],
    ticks: ticks === '-' ? [] : ticks.split(',').map((one) => {
      const [number, gross, net] = one.split(':');
      return { tick: Number(number), gross: BigInt(gross), net: BigInt(net) };
    }),
  };
}

export const keyOf = (name, address, id) => `${name} ${address.toLowerCase()} ${(id ?? '-').toLowerCase()}`;

/** Starts `program` on a configuration file. */
export function startKeeper(program, config) {
  const child = spawnGuarded(program, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = [];
  const waiting = new Map(); // hash -> resolve
  const settled = new Map(); // hash -> {number, hash, sec, accounts: Map, pools}
  const state = { notes: [], events: 0, stat: null };
  let block = null;
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  onLines(child.stderr, (line) => errors.push(line));
  onLines(child.stdout, (line) => {
    if (line.startsWith('SETTLED ')) {
      const [, number, hash, sec] = line.split(' ');
      block = { number: Number(number), hash, sec: Number(sec), accounts: new Map(), pools: [] };
    } else if (line.startsWith('P ')) {
      block.pools.push(parsePool(line));
    } else if (line.startsWith('A ')) {
      const account = parseAccount(line);
      block.accounts.set(keyOf(account.name, account.address, account.id), account);
    } else if (line === 'END') {
      settled.set(block.hash, block);
      waiting.get(block.hash)?.(block);
    } else if (line.startsWith('EVENT ')) state.events += 1;
    else if (line.startsWith('{')) state.stat = JSON.parse(line);
    else state.notes.push(line);
  });
  const fail = (why) => new Error(`${why}\n${state.notes.slice(-20).join('\n')}\n${errors.slice(-20).join('\n')}`);
  return {
    ...state, errors, exited, settled, pid: child.pid,
    get stat() { return state.stat; },
    get notes() { return state.notes; },
    get events() { return state.events; },
    /** What it printed for the block of this hash, once it has. */
    async at(hash, ms) {
      if (settled.has(hash)) return settled.get(hash);
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(fail(`block ${hash} is not settled after ${ms} ms; the last one was ${block?.number} ${block?.hash}`)), ms);
      });
      const ended = exited.then((how) => { throw fail(`the program ended with ${how}`); });
      try {
        return await Promise.race([new Promise((resolve) => waiting.set(hash, resolve)), late, ended]);
      } finally {
        clearTimeout(timer);
        waiting.delete(hash);
      }
    },
    kill: () => child.kill('SIGKILL'),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      const how = await exited;
      clearTimeout(timer);
      if (how !== 'code 0') throw fail(`the program ended with ${how}`);
      return state.stat;
    },
  };
}
