// What a soak has shown, as text, and what in it is not enough or too much.

const LOG_BURST = 50; // follow.c's log: lines that a place may write at once, and a second
const LOG_RATE = 10;
const FD_SLACK = 6; // connections of HTTP come and go
const RSS_GROWTH = 0.1; // of what it may take, from the half of a long run to its end

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const number = (value) => value.toLocaleString('en');

/** How many times each message was logged, the most frequent first. */
export function logTexts(errors) {
  const counts = new Map();
  for (const line of errors) {
    const [, quoted, word] = /msg=(?:"([^"]*)"|(\S+))/.exec(line) ?? [null, line];
    const text = quoted ?? word;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function printChain({ blocks, logs, empty, most, replaced, replacing, depths }) {
  console.log(`chain       ${number(blocks)} blocks were, with ${number(logs)} watched logs: ${(logs / blocks).toFixed(2)} a block, at most ${most}; ${number(empty)} blocks without`);
  console.log(`reorgs      ${depths.length}: took away ${number(replaced.blocks)} blocks with ${number(replaced.logs)} logs for ${number(replacing.blocks)} with ${number(replacing.logs)}`);
  const bounds = [1, 2, 4, 8, 16, 32, 48, 63, 64];
  const deep = bounds.map((most, i) => `${most}: ${depths.filter((depth) => depth <= most && depth > (bounds[i - 1] ?? 0)).length}`);
  console.log(`  of depth  up to ${deep.join(', ')}`);
}

function printStream({ counts, compared, undone }) {
  console.log(`events      ${Object.entries(counts).map(([kind, count]) => `${kind} ${number(count)}`).join(', ')}`);
  console.log(`compared    ${number(compared.blocks)} anchored blocks with ${number(compared.logs)} logs, each with what the chain held; the stack at the end with a fresh read`);
  console.log(`undone      ${number(undone.blocks)} blocks, ${number(undone.anchored)} of them anchored, with ${number(undone.logs)} logs`);
}

export function printReport({ done, chain, stream, faults, stat, memory, errors, seconds, options }) {
  console.log(`soak        seed ${options.seed}, quorum ${options.quorum}, ${options.endpoints}: ${seconds.toFixed(0)} s, ${done.disconnects} disconnects, ${done.reorgs} reorgs, ${done.faults} faults`);
  printChain(chain);
  printStream(stream);
  console.log('faults      begun, and how often one changed something:');
  const kinds = Object.entries(faults).map(([kind, { begun, hits }]) => `${kind} ${begun} (${number(hits)})`);
  for (let i = 0; i < kinds.length; i += 6) console.log(`            ${kinds.slice(i, i + 6).join(', ')}`);
  const { endpoints, rss_kb: peak, cpu_ns: cpu, ...counters } = stat;
  console.log(`counted     ${Object.entries(counters).map(([name, value]) => `${name} ${value}`).join(', ')}`);
  for (const [name, endpoint] of Object.entries(endpoints).filter(([, one]) => one)) {
    const { classes, ...rest } = endpoint;
    console.log(`  ${name.padEnd(9)} ${Object.entries({ ...rest, ...classes }).map(([key, value]) => `${key} ${value}`).join(', ')}`);
  }
  console.log(`processor   ${(cpu / 1e9).toFixed(1)} s\nmemory      resident ${memory.map(({ rss }) => rss.toFixed(1)).join(', ')} MB at start, half, end, rest; at most ${(peak / 1024).toFixed(1)} MB; descriptors ${memory.map(({ fds }) => fds).join(', ')}`);
  console.log(`log         ${errors.length} lines: ${logTexts(errors).slice(0, 12).map(([text, count]) => `${count} × ${text}`).join('; ')}`);
}

/** What a run must not show, as texts. */
export function findExcess({ chain, stream, faults, stat, memory, errors, seconds, options }) {
  const found = [];
  const require = (holds, why) => holds || found.push(why);
  require(chain.logs >= chain.blocks, 'fewer watched logs than blocks: it proves too little of logs');
  require(chain.replacing.logs >= chain.replacing.blocks, 'fewer watched logs than blocks in what reorgs put there');
  require(chain.empty > 0 && chain.most > 1, 'no blocks without logs, or none of several');
  require(stream.compared.logs > 0 && stream.undone.logs > 0, 'no logs compared, or none undone');
  for (const [kind, { begun, hits }] of Object.entries(faults)) {
    require(begun > 0, `the fault ${kind} never was`);
    require(!options.isLong || hits > 0, `the fault ${kind} never changed anything`);
  }
  const [start, half] = memory;
  const last = memory.at(-1);
  require(stat.rss_kb / 1024 <= options.rssMax, `more than ${options.rssMax} MB resident`);
  require(!options.isLong || last.rss <= half.rss + RSS_GROWTH * options.rssMax, `memory grew from ${half.rss} to ${last.rss} MB`);
  require(last.fds <= start.fds + FD_SLACK, `descriptors grew from ${start.fds} to ${last.fds}`);
  const most = LOG_BURST + LOG_RATE * seconds;
  for (const [text, count] of logTexts(errors)) require(count <= most, `${count} log lines "${text}", above ${most}`);
  require(sum(Object.values(stat.endpoints).map((one) => one?.down_cnt ?? 0)) > 0, 'no connection ever ended');
  return found;
}
