// What the follower prints, checked against the laws of include/liqd/events.h line by line, and its
// blocks against what the chain really held.

/** The text that stands for a log in the stream: `log` as a node shows it. */
export function logLine(log) {
  const { blockNumber, blockHash, logIndex, transactionHash, transactionIndex, address, topics, data } = log;
  return [Number(blockNumber), blockHash, Number(logIndex), transactionHash, Number(transactionIndex),
    address.toLowerCase(), topics.join(',') || '-', data].join(' ');
}

/** The stream broke a law, or differs from the chain. */
export class StreamError extends Error {}

/* a log's data can be long, and its beginning tells which it is */
const short = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** The stack of blocks that the lines so far have left. */
export class Stream {
  #stack = []; // {number, hash, hasHead, isAnchored, logs: [{index, text}]}
  #anchored = 0; // so many of the stack had their BLOCK
  #truthOf;
  #unknown = []; // blocks anchored before the chain's own reader had them
  lineCnt = 0;
  counts = { HEAD: 0, LOG: 0, BLOCK: 0, UNDONE: 0, BROKEN: 0 };
  /** Anchored blocks and their logs that were compared; blocks undone, their logs, and the anchored of them. */
  compared = { blocks: 0, logs: 0 };
  undone = { blocks: 0, logs: 0, anchored: 0 };

  /** truthOf(hash): {number, parent, logs} of any block that ever was, or undefined; logs as texts. */
  constructor(truthOf) {
    this.#truthOf = truthOf;
  }

  get top() {
    return this.#stack.findLast((block) => block.hasHead);
  }

  /** Whether all blocks have had their BLOCK. */
  get isSettled() {
    return this.#stack.length > 0 && this.#anchored === this.#stack.length;
  }

  get blocks() {
    return this.#stack;
  }

  #fail(why) {
    throw new StreamError(`line ${this.lineCnt}: ${why}`);
  }

  feed(line) {
    this.lineCnt += 1;
    const [kind, ...rest] = line.split(' ');
    if (!Object.hasOwn(this.counts, kind)) this.#fail(`no event: ${line.slice(0, 80)}`);
    this.counts[kind] += 1;
    if (kind === 'HEAD') this.#head(Number(rest[0]), rest[1], rest[2]);
    else if (kind === 'LOG') this.#log(rest);
    else if (kind === 'BLOCK') this.#block(Number(rest[0]), rest[1]);
    else if (kind === 'UNDONE') this.#undone(Number(rest[0]), rest[1]);
    else this.#fail('BROKEN, though nothing left the window');
  }

  #head(number, hash, parent) {
    const last = this.#stack.at(-1);
    if (last && !last.hasHead) {
      if (last.hash !== hash) this.#fail(`HEAD ${number} ${hash} while logs of ${last.number} ${last.hash} stand on the stack`);
      last.hasHead = true;
    } else {
      if (last && (last.number + 1 !== number || last.hash !== parent)) {
        this.#fail(`HEAD ${number} ${hash} on ${parent}, but the top is ${last.number} ${last.hash}`);
      }
      this.#stack.push({ number, hash, hasHead: true, isAnchored: false, logs: [] });
    }
    const below = this.#stack.at(-2);
    if (below && below.hash !== parent) this.#fail(`HEAD ${number} has the parent ${parent}, not ${below.hash}`);
  }

  #log(rest) {
    const [number, hash, index] = [Number(rest[0]), rest[1], Number(rest[2])];
    const last = this.#stack.at(-1);
    if (!last) this.#fail('LOG on an empty stack');
    if (last.hash !== hash) {
      if (!last.hasHead || number !== last.number + 1) {
        this.#fail(`LOG ${index} of ${number} ${hash}, but the top is ${last.number} ${last.hash}`);
      }
      this.#stack.push({ number, hash, hasHead: false, isAnchored: false, logs: [] });
    }
    const block = this.#stack.at(-1);
    if (block.number !== number) this.#fail(`LOG ${index} of ${hash} says ${number}, its HEAD ${block.number}`);
    if (block.isAnchored) this.#fail(`LOG ${index} of ${number} after its BLOCK`);
    const before = block.logs.at(-1);
    if (before && before.index >= index) this.#fail(`LOG ${index} of ${number} after LOG ${before.index}`);
    block.logs.push({ index, text: rest.join(' ') });
  }

  #block(number, hash) {
    const block = this.#stack[this.#anchored];
    if (!block || block.hash !== hash || block.number !== number) {
      this.#fail(`BLOCK ${number} ${hash}, but the next to be anchored is ${block?.number} ${block?.hash}`);
    }
    if (!block.hasHead) this.#fail(`BLOCK ${number} before its HEAD`);
    block.isAnchored = true;
    this.#anchored += 1;
    const logs = block.logs.map(({ text }) => text);
    if (!this.#compare(hash, logs)) this.#unknown.push({ hash, logs, line: this.lineCnt });
  }

  #undone(number, hash) {
    const last = this.#stack.at(-1);
    if (!last || last.hash !== hash || last.number !== number) {
      this.#fail(`UNDONE ${number} ${hash}, but the top is ${last?.number} ${last?.hash}`);
    }
    this.#stack.pop();
    this.undone.blocks += 1;
    this.undone.logs += last.logs.length;
    this.undone.anchored += last.isAnchored;
    this.#anchored = Math.min(this.#anchored, this.#stack.length);
  }

  /** Whether the block was known and so could be compared. */
  #compare(hash, logs, line = this.lineCnt) {
    const truth = this.#truthOf(hash);
    if (!truth) return false;
    const missing = truth.logs.find((text) => !logs.includes(text));
    if (missing) throw new StreamError(`line ${line}: BLOCK ${truth.number} ${hash} lacks LOG ${short(missing)}`);
    const extra = logs.find((text) => !truth.logs.includes(text));
    if (extra) throw new StreamError(`line ${line}: BLOCK ${truth.number} ${hash} never had LOG ${short(extra)}`);
    this.compared.blocks += 1;
    this.compared.logs += logs.length;
    return true;
  }

  /** Compares those blocks too that had not been read when they were anchored. */
  settle() {
    for (const { hash, logs, line } of this.#unknown.splice(0)) {
      if (!this.#compare(hash, logs, line)) throw new StreamError(`line ${line}: BLOCK ${hash} never was`);
    }
  }

  /** Throws unless the stack is what a fresh read gave: [{number, hash, logs}], rising. */
  equals(chain) {
    this.settle();
    const [first] = this.#stack;
    const wanted = chain.filter(({ number }) => number >= (first?.number ?? 0));
    if (wanted.length !== this.#stack.length) {
      throw new StreamError(`the stack has ${this.#stack.length} blocks from ${first?.number}, the chain ${wanted.length}`);
    }
    wanted.forEach(({ number, hash, logs }, i) => {
      const block = this.#stack[i];
      if (block.hash !== hash) throw new StreamError(`block ${number} is ${hash}, the stack has ${block.hash}`);
      if (!block.isAnchored) throw new StreamError(`block ${number} ${hash} never had its BLOCK`);
      const given = block.logs.map(({ text }) => text);
      if (given.join('\n') !== logs.join('\n')) throw new StreamError(`block ${number} ${hash}: logs differ:\n${given.map(short).join('\n')}\nfor\n${logs.map(short).join('\n')}`);
    });
  }
}
