// Runs the program that sizes accounts on demand (size.c) and speaks with it.
import { once } from 'node:events';
import { onLines, spawnGuarded } from '../devnet/lib/guard.mjs';

const SETTLE_MS = 120_000;
const END_MS = 20_000;

function parsePlan(words) {
  const [, market, owner, id, sizing, steps, gas, netWei, netUsd, seizedUsd, repaidUsd, gasUsd, legs] = words;
  return {
    market, owner, id, sizing, count: Number(steps), gas: Number(gas), netWei: BigInt(netWei), netUsd: BigInt(netUsd),
    seizedUsd: BigInt(seizedUsd), repaidUsd: BigInt(repaidUsd), gasUsd: BigInt(gasUsd), legs: Number(legs), steps: [], ranges: [], swaps: [],
  };
}

function parseStep(words) {
  const [, step, collateral, debt, by, amount, repaid, seized, fee, closes, all, bad, gas, netWei, netUsd, to, data] = words;
  return {
    step: Number(step), collateral, debt, bySeized: by === '1', amount: BigInt(amount), repaid: BigInt(repaid), seized: BigInt(seized),
    fee: BigInt(fee), closes: closes === '1', all: all === '1', bad: bad === '1', gas: Number(gas), netWei: BigInt(netWei), netUsd: BigInt(netUsd), to, data,
  };
}

function parsePlans(lines) {
  const plans = [];
  for (const line of lines) {
    const words = line.split(' ');
    if (words[0] === 'P') plans.push(parsePlan(words));
    else if (words[0] === 'S') plans.at(-1).steps.push(parseStep(words));
    else if (words[0] === 'R') {
      plans.at(-1).ranges.push({ collateral: words[1], debt: words[2], bySeized: words[3] === '1', from: BigInt(words[4]), to: BigInt(words[5]) });
    } else if (words[0] === 'W') {
      plans.at(-1).swaps.push({ amountIn: BigInt(words[1]), amountOut: BigInt(words[2]), legs: Number(words[3]), fee: BigInt(words[4]), lender: words[5] });
    } else if (words[0] === 'G') plans.at(-1).guard = { to: words[1], word: Number(words[2]), min: BigInt(words[3]), data: words[4] };
    else if (words[0] === 'X') Object.assign(plans.at(-1), { lastBlk: Number(words[1]), program: words[2] });
  }
  return plans;
}

/** Starts `program` on a configuration file. */
export function startSizer(program, config, { decide = false } = {}) {
  const child = spawnGuarded(program, ['--config', config, ...(decide ? ['--decide'] : [])], { stdio: ['pipe', 'pipe', 'pipe'] });
  const errors = [];
  let wanted; // {hash, resolve}
  let at; // the block that it waits at
  let answer; // {lines, resolve}
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  const ended = exited.then((how) => { throw new Error(`the program ended with ${how}\n${errors.slice(-20).join('\n')}`); });
  ended.catch(() => {});
  child.stdin.on('error', () => {}); // that it has ended is told above
  const goOn = () => {
    if (at) child.stdin.write('next\n');
    at = undefined;
  };
  onLines(child.stderr, (line) => errors.push(line));
  onLines(child.stdout, (line) => {
    if (line.startsWith('SETTLED ')) {
      const [, number, hash, sec] = line.split(' ');
      at = { number: Number(number), hash, sec: Number(sec) };
      if (wanted?.hash === hash) wanted.resolve(at);
      else if (wanted) goOn();
    } else if (line === 'DONE') answer.resolve(answer.lines);
    else answer.lines.push(line);
  });
  const ask = async (line) => {
    const lines = await Promise.race([ended, new Promise((resolve) => { answer = { lines: [], resolve }; child.stdin.write(`${line}\n`); })]);
    return lines;
  };
  return {
    errors,
    /** Waits until it has settled the block of this hash, where it stays until goOn or the next settle. */
    async settle(hash) {
      if (at?.hash === hash) return at;
      goOn();
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`block ${hash} is not settled after ${SETTLE_MS} ms; at ${at?.number}\n${errors.slice(-20).join('\n')}`)), SETTLE_MS);
      });
      const found = new Promise((resolve) => { wanted = { hash, resolve }; });
      try {
        return await Promise.race([ended, late, found]);
      } finally {
        clearTimeout(timer);
        wanted = undefined;
      }
    },
    goOn,
    /** Prices: {address: {priceWad, available}}; callGas: units of every call, else those that are known. */
    async terms({ coinWad, baseFee, tip, callGas = 0, tokens }) {
      await ask(`coin ${coinWad}`);
      await ask(`gas ${baseFee} ${tip}`);
      await ask(`floor ${callGas} ${callGas} 0`);
      for (const [address, { priceWad, available }] of Object.entries(tokens)) await ask(`token ${address} ${priceWad} ${available}`);
    },
    size: async (sec, owner = '') => parsePlans(await ask(`size ${sec} ${owner}`)),
    decide: async (owner) => parsePlans(await ask(`decide ${owner}`)),
    /** From now on plans are by flash loans and the configuration's venues. */
    flash: (slippageBps) => ask(`flash ${slippageBps}`),
    learn: (step, units) => ask(`learn ${step} ${units}`),
    /** What a call does: undefined where it is refused. */
    async attempt(sec, market, owner, { collateral, debt, bySeized = false, amount }) {
      const [line] = await ask(`try ${sec} ${market} ${owner} ${collateral} ${debt} ${bySeized ? 1 : 0} ${amount}`);
      const [, done, repaid, seized, fee] = line.split(' ');
      return done === 'done' ? { repaid: BigInt(repaid), seized: BigInt(seized), fee: BigInt(fee) } : undefined;
    },
    kill: () => child.kill('SIGKILL'),
    async stop() {
      child.stdin.end();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      const how = await exited;
      clearTimeout(timer);
      if (how !== 'code 0') throw new Error(`the program ended with ${how}\n${errors.slice(-20).join('\n')}`);
    },
  };
}
