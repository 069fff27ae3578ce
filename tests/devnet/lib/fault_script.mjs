// Which faults there are, scripts of them on a time line, and the draw of a script from a seed.
import { EventEmitter } from 'node:events';
import { randomOf } from './random.mjs';
import { DevnetError } from './errors.mjs';

/* Each fault: what it does, and its parameters as [default, least, most] where `least` and `most`
 * bound what a seed draws, not what a script may say. Those of bytes and of connections come first. */
export const FAULTS = {
  latency: { does: 'delays what the client receives by ms, and up to jitter more', ms: [100, 5, 400], jitter: [0, 0, 100] },
  bandwidth: { does: 'lets the client receive so many bytes a second', rate: [10000, 1000, 200000] },
  slice: { does: 'cuts what the client receives into pieces of 1 to max bytes', max: [16, 1, 64] },
  noise: { does: 'replaces what the client receives by random bytes' },
  stall: { does: 'lets nothing pass to the client; connections stay open' },
  cut: { does: 'ends a connection after so many bytes to the client', after: [0, 0, 2000] },
  reset: { does: 'resets a connection (RST) after so many bytes to the client', after: [0, 0, 2000] },
  swallow: { does: 'does not answer' },
  silent: { does: 'sends neither answers nor notifications; WebSocket pings are answered' },
  wrongId: { does: 'answers under another id' },
  duplicate: { does: 'answers twice' },
  reorder: { does: 'holds so many answers and gives them last first', hold: [2, 2, 5] },
  garbage: { does: 'answers with something that is no JSON' },
  huge: { does: 'answers with a result of so many bytes', bytes: [1e9, 1e7, 1e8] },
  nest: { does: 'answers with a result nested so deep', depth: [1e6, 1e4, 1e6] },
  status: { does: 'answers HTTP requests with a status and a page of HTML', code: [502, 500, 504] },
  headFreeze: { does: 'shows a head that stands still' },
  headBack: { does: 'shows a head that has gone back by depth blocks', depth: [3, 1, 10] },
  emptyLogs: { does: 'answers eth_getLogs with [] where the range touches the last depth blocks', depth: [1, 1, 3] },
};

const COMMON = ['kind', 'at', 'for', 'chance'];

/* what a script may say: a timer of node that is longer than 31 bits ends at once */
const TIME = [0, 2 ** 31 - 1];
const LIMITS = { at: TIME, for: TIME, ms: TIME, jitter: TIME, chance: [0, 1], rate: [1, 1e12], max: [1, 1e9], code: [200, 599], hold: [1, 1e6] };
const FRACTIONS = ['at', 'for', 'ms', 'jitter', 'chance'];
const limitsOf = (name) => LIMITS[name] ?? [0, 1e12];

const parametersOf = (kind) => Object.keys(FAULTS[kind]).filter((name) => name !== 'does');

function checkFault(fault, where) {
  if (!Object.hasOwn(FAULTS, fault?.kind)) {
    throw new DevnetError(`${where}: no fault ${fault?.kind}: use one of ${Object.keys(FAULTS).join(', ')}`);
  }
  const known = [...COMMON, ...parametersOf(fault.kind)];
  for (const [name, value] of Object.entries(fault)) {
    if (!known.includes(name)) throw new DevnetError(`${where}: ${fault.kind} has no ${name}: it has ${known.join(', ')}`);
    const [least, most] = limitsOf(name);
    const isNumber = FRACTIONS.includes(name) ? typeof value === 'number' : Number.isInteger(value);
    if (name !== 'kind' && !(isNumber && value >= least && value <= most)) {
      const what = FRACTIONS.includes(name) ? 'number' : 'whole number';
      throw new DevnetError(`${where}: ${name} is ${JSON.stringify(value)}: give a ${what} from ${least} to ${most}`);
    }
  }
}

/** Checks a script, [{kind, at, for, chance, ...}]: `at` ms after the start (0), `for` ms (to the end),
 *  `chance` that an answer or connection is hit (1). Returns it with all defaults filled in. */
export function checkScript(script, name = 'script') {
  if (!Array.isArray(script)) throw new DevnetError(`${name}: not a list of faults`);
  return script.map((fault, i) => {
    checkFault(fault, `${name}, fault ${i}`);
    const defaults = parametersOf(fault.kind).map((parameter) => [parameter, FAULTS[fault.kind][parameter][0]]);
    return { at: 0, chance: 1, ...Object.fromEntries(defaults), ...fault };
  });
}

/** The script that a seed stands for: faults of 0.1 to 2 s, one begun every 0.2 to 2 s. */
export function drawScript(seed, seconds) {
  const random = randomOf(seed);
  const script = [];
  for (let at = 200 + random.uint(1800); at < seconds * 1000; at += 200 + random.uint(1800)) {
    const kind = random.pick(Object.keys(FAULTS));
    const fault = { kind, at, for: 100 + random.uint(1900), chance: (2 + random.uint(9)) / 10 };
    for (const name of parametersOf(kind)) {
      const [, least, most] = FAULTS[kind][name];
      fault[name] = least + random.uint(most - least + 1);
    }
    script.push(fault);
  }
  return script;
}

/** The faults of a script as time passes. Emits 'change' when one begins or ends. */
export class Schedule extends EventEmitter {
  /** Of each kind, how often one began and how often it changed something. */
  counts = Object.fromEntries(Object.keys(FAULTS).map((kind) => [kind, { begun: 0, hits: 0 }]));
  #active = new Set();
  #timers = new Set();
  #random;
  #begun = 0;

  constructor(seed) {
    super();
    this.setMaxListeners(0); // each connection listens
    this.#random = randomOf(seed);
  }

  #later(ms, run) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  start(script) {
    for (const fault of checkScript(script)) {
      if (fault.at === 0) this.#begin(fault);
      else this.#later(fault.at, () => this.#begin(fault));
    }
  }

  #begin(fault) {
    const running = { ...fault, random: this.#random.fork(this.#begun++) };
    this.#active.add(running);
    this.counts[fault.kind].begun += 1;
    if (fault.for !== undefined) this.#later(fault.for, () => this.#cease(running));
    this.emit('change', fault.kind, true);
    return running;
  }

  #cease(running) {
    if (this.#active.delete(running)) this.emit('change', running.kind, false);
  }

  /** Begins a fault now; returns the function that ends it. */
  inject(fault) {
    const running = this.#begin(checkScript([fault])[0]);
    return () => this.#cease(running);
  }

  /** The running fault of a kind, or undefined. */
  active(kind) {
    for (const fault of this.#active) if (fault.kind === kind) return fault;
    return undefined;
  }

  /** The running fault of a kind if it hits this time. */
  strikes(kind) {
    const fault = this.active(kind);
    return fault && (fault.chance === 1 || fault.random.float() < fault.chance) ? fault : undefined;
  }

  /** Counts that a fault of a kind changed something. */
  hit(kind) {
    this.counts[kind].hits += 1;
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#active.clear();
    this.emit('change', 'all', false);
  }
}
