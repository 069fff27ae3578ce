// The faults that the soak draws: all that the fault proxy knows, and what a strict proxy's node refuses.
import { FAULTS } from '../devnet/lib/fault_script.mjs';

/* what a seed draws of these is for a proxy alone; ten proxies share a processor here */
const LESS = { bytes: 20_000_000, depth: 200_000 };

export const DISCONNECTS = ['cut', 'reset'];

/* what a strict proxy is set to while the fault lasts, and then again, and how the follower classes its refusals */
const LIMITS = {
  rate: { class: 'RATE', set: ({ pick, uint }) => ({ rate: 5 + uint(30), retryAfter: pick([null, 1]) }), unset: { rate: null, retryAfter: null } },
  logRange: { class: 'RANGE', set: ({ uint }) => ({ logRange: 1 + uint(8) }), unset: { logRange: null } },
  logRows: { class: 'ROWS', set: ({ uint }) => ({ logRows: 1 + uint(8) }), unset: { logRows: null } },
};

/** All kinds but the disconnects. */
export const KINDS = [...Object.keys(FAULTS).filter((kind) => !DISCONNECTS.includes(kind)), ...Object.keys(LIMITS)];

/** A fault of one kind, of less than a second. */
function drawFault(random, kind) {
  const fault = { kind, chance: kind === 'noise' ? 0.1 : (3 + random.uint(8)) / 10 };
  for (const [name, range] of Object.entries(FAULTS[kind])) {
    if (name === 'does') continue;
    const [, least, most] = range;
    fault[name] = least + random.uint(Math.min(most, LESS[name] ?? most) - least + 1);
  }
  if (DISCONNECTS.includes(kind)) fault.chance = 1;
  return { ...fault, for: 20 + random.uint(DISCONNECTS.includes(kind) ? 150 : 600) };
}

/** Begins faults at the endpoints of a world, each kind once before one comes again. */
export class FaultBag {
  #endpoints;
  #random;
  #left = { disconnects: [], faults: [] };
  #limits = Object.fromEntries(Object.keys(LIMITS).map((kind) => [kind, { begun: 0 }]));

  constructor(endpoints, random) {
    this.#endpoints = endpoints;
    this.#random = random;
  }

  #next(name, kinds) {
    if (!this.#left[name].length) this.#left[name] = this.#random.shuffle(kinds);
    return this.#left[name].pop();
  }

  /** Ends the connections of all endpoints for a while; returns what was begun, as text. */
  disconnectAll() {
    const fault = { kind: this.#next('disconnects', DISCONNECTS), after: 0, for: 100 + this.#random.uint(200) };
    for (const { fault: proxy } of this.#endpoints) proxy.inject(fault);
    return `fault everywhere ${JSON.stringify(fault)}`;
  }

  /** Ends an endpoint's connections for a while; returns what was begun, as text. */
  disconnect() {
    return this.#begin(this.#next('disconnects', DISCONNECTS));
  }

  /** Begins another fault; returns which, as text. */
  fault() {
    const kind = this.#next('faults', KINDS);
    return Object.hasOwn(LIMITS, kind) ? this.#limit(kind) : this.#begin(kind);
  }

  /** One of the endpoints where the kind can show. */
  #endpointOf(kind) {
    const isHttp = ({ name }) => name === 'http';
    const fitting = this.#endpoints.filter((one) => (kind === 'status' ? isHttp(one) : kind !== 'reorder' || !isHttp(one)));
    return this.#random.pick(fitting.length ? fitting : this.#endpoints);
  }

  #begin(kind) {
    const fault = drawFault(this.#random, kind);
    const { name, fault: proxy } = this.#endpointOf(kind);
    proxy.inject(fault);
    return `fault ${name} ${JSON.stringify(fault)}`;
  }

  #limit(kind) {
    const { set, unset } = LIMITS[kind];
    const limits = set(this.#random);
    const limited = this.#endpoints.filter((one) => one.strict);
    // a range is rarely asked for, and then of one node
    const chosen = kind === 'logRange' ? limited : [this.#random.pick(limited)];
    for (const { strict } of chosen) strict.set(limits);
    const until = (kind === 'logRange' ? 3000 : 200) + this.#random.uint(800);
    setTimeout(() => chosen.forEach(({ strict }) => strict.set(unset)), until);
    this.#limits[kind].begun += 1;
    return `fault ${chosen.map(({ name }) => name)} ${JSON.stringify(limits)}`;
  }

  /** Of each kind {begun, hits} over all endpoints; the hits of a strict proxy as the follower counts them,
   *  which are those of `stats`, its endpoints'. */
  counts(stats) {
    const sums = {};
    for (const kind of [...DISCONNECTS, ...KINDS]) {
      const each = this.#endpoints.map(({ fault }) => fault.counts[kind]).filter(Boolean);
      const sum = (name) => each.reduce((total, one) => total + one[name], 0);
      sums[kind] = { begun: sum('begun'), hits: sum('hits') };
    }
    for (const [kind, { begun }] of Object.entries(this.#limits)) {
      const hits = Object.values(stats).reduce((total, stat) => total + (stat?.classes[LIMITS[kind].class] ?? 0), 0);
      sums[kind] = { begun, hits };
    }
    return sums;
  }
}
