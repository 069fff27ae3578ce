// What tools/demo shows: each event as a line, with the time since the block that it is about.

const CODES = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 };

const KINDS = {
  price: 'cyan', found: 'yellow', asked: 'bold', sent: 'bold', won: 'green', mined: 'green', lost: 'red', reverted: 'red',
};
const KIND_WIDTH = 9;
const SENT = /^(\d\d):(\d\d):(\d\d\.\d{3}) {2}(\d+) {2}(?:(\w+) (0x[0-9a-fA-F]{40}) {2})?(would revert|\w+) *(.*)$/;
const ENDS = ['mined', 'reverted', 'refused', 'would revert', 'expired', 'cancelled'];
const DAY_MS = 86_400_000;
const BOOKED = /^\S+Z block (\d+) (\w+) (0x[0-9a-fA-F]{40}) #\d+ (\w+) +(.*)$/;

const shorten = (account) => `${account.slice(0, 6)}..${account.slice(-4)}`;
const wholeMs = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));

/** A line of JSON of liqd's log, or undefined: what is no JSON is for the file alone. */
export function parseLog(line) {
  try {
    const entry = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The terminal: out takes text, colour tells whether it shows colours, startMs is when it all began. */
export class Screen {
  #seen = new Map(); // account of a market -> the last reason
  #heads = new Map(); // number -> when it was heard of, ms of the wall clock

  constructor(out, { colour = false, startMs = Date.now() } = {}) {
    Object.assign(this, { out, colour, startMs, counts: { found: 0, asked: 0, booked: 0 } });
  }

  paint(name, text) {
    return this.colour ? `\x1b[${CODES[name]}m${text}\x1b[0m` : text;
  }

  title(text) {
    this.out(`\n${this.paint('bold', text)}\n`);
  }

  /** What has been done, and how long it took. */
  step(text, sinceMs) {
    const took = sinceMs === undefined ? '' : this.paint('dim', `  ${((Date.now() - sinceMs) / 1000).toFixed(1)} s`);
    this.out(`  ${text}${took}\n`);
  }

  /** One event; afterMs: so long after its block. */
  event(kind, text, { wallMs = Date.now(), block, afterMs } = {}) {
    const at = `${((wallMs - this.startMs) / 1000).toFixed(3).padStart(8)} s`;
    const after = afterMs === undefined ? '' : `+${wholeMs(afterMs)} ms`;
    const where = block === undefined ? '' : `block ${block}`;
    this.out(`${this.paint('dim', `${at}  ${where.padEnd(10)} ${after.padStart(10)}`)}  ${this.paint(KINDS[kind] ?? 'dim', kind.padEnd(KIND_WIDTH))} ${text}\n`);
  }

  head(block, wallMs = Date.now()) {
    this.#heads.set(block, wallMs);
    this.last = block;
  }

  #after(wallMs) {
    const heard = this.#heads.get(this.last);
    return { wallMs, block: this.last, afterMs: heard === undefined ? undefined : Math.max(0, wallMs - heard) };
  }

  /** An entry of liqd's log, of which what the engine decides is shown. */
  log({ time, module, msg, market, account, reason, profit_usd: profit, bid, gas }) {
    if (module !== 'engine') return;
    const when = this.#after(Date.parse(time));
    const who = `${market} ${shorten(account ?? '')}`;
    const key = `${market} ${account}`;
    if (msg === 'take') {
      this.#seen.set(key, 'take');
      this.counts.asked += 1;
      this.event('asked', `${who}  would earn ${profit} USD, bid ${bid}, gas ${gas}`, when);
    } else if (msg === 'candidate') {
      this.#candidate(key, who, reason, profit, when);
    } else if (msg === 'candidate ended') {
      this.#seen.delete(key);
      if (reason !== 'taken') this.event('ended', `${who}  ${reason}`, when);
    }
  }

  /** One that stands: it is found, and once more shown for each reason why it is left alone. */
  #candidate(key, who, reason, profit, when) {
    const former = this.#seen.get(key);
    if (former === undefined) {
      this.counts.found += 1;
      this.event('found', `${who}  is liquidatable`, when);
    }
    if (!['new', 'in_flight', 'taken', former].includes(reason)) {
      this.event('left', `${who}  ${reason}${profit && profit !== '-' ? `: ${profit} USD` : ''}`, when);
    }
    this.#seen.set(key, reason);
  }

  /** A line of a dry run; true where it was one of a verdict. */
  verdict(line) {
    const [, block, market, account, kind, text] = BOOKED.exec(line) ?? [];
    if (!kind || kind === 'asked') return kind === 'asked';
    this.counts.booked += 1;
    this.event(kind, `${market} ${shorten(account)}  ${text}`, { block: Number(block) });
    return true;
  }

  /** A line of a live run; true where it was one. What is asked is shown of the log already. */
  outcome(line) {
    const [, hours, minutes, seconds, intent, market, account, kind, text = ''] = SENT.exec(line) ?? [];
    if (!kind) return false;
    if (kind === 'wanted' || kind === 'final' || !market) return true;
    if (ENDS.includes(kind)) this.counts.booked += 1;
    const now = Date.now();
    const dayMs = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
    const wallMs = now - (now % DAY_MS) + dayMs; // of today, and a demonstration at midnight may look odd
    this.event(kind, `${market} ${shorten(account)}  ${text} (#${intent})`, this.#after(wallMs));
    return true;
  }
}
