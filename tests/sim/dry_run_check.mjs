// The report of a dry run beside what the chain and its parallel one tell.
import assert from 'node:assert/strict';
import { decodeEventLog, encodeFunctionData, parseAbi, toEventSelector } from '../devnet/viem.mjs';
import { TOKENS, toUnits } from '../devnet/lib/world.mjs';
import { accountKey } from './market_days.mjs';

const NAMES = { aave_v36: 'aave-v3.6', aave_v302: 'aave-v3.0.2', morpho: 'morpho' };
const EVENTS = parseAbi([
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
  'event Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)',
]);
const TOPICS = new Set(EVENTS.map((event) => toEventSelector(event)));
const FEED = parseAbi(['function latestAnswer() view returns (int256)']);
const ANSWER_UPDATED = toEventSelector('AnswerUpdated(int256,uint256,uint256)');
const WAD = 10n ** 18n;
const WAD_OF_ANSWER = 10n ** 10n;
const FINAL = 64; // blocks behind its target that a row is changed for: LQ_DRY_RUN_FINAL_BLK
const LATE = 2; // blocks at the end whose answers may not have come when the run was ended
// asked for when its block was there already, as when the next is mined while an answer still brings another; more than a block holds
const LATE_WHY = 'too late';
const FULL_WHY = 'its block has no room';
const HELD = ['breaker', 'limit'];
const hex = (n) => `0x${BigInt(n).toString(16)}`;
const sum = (list) => list.reduce((a, b) => a + b, 0n);
const amount = (value) => BigInt(value.amount);
const show = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one instanceof Map ? Object.fromEntries(one) : one));

/** The key of a report's candidate or row {market, id, account}. */
function keyOf(state, { market, id, account }) {
  const protocol = NAMES[market];
  const { markets = {} } = state.protocols[protocol];
  const name = id && Object.keys(markets).find((one) => markets[one].id.toLowerCase() === id.toLowerCase());
  return accountKey({ protocol, market: name, address: account });
}

/** The key of what a transaction is about: an isolated market is the one that its calls name. */
function takeKey(state, { market, account }, { txs }) {
  const protocol = NAMES[market];
  const { markets } = state.protocols[protocol];
  // each of them has an oracle of its own
  const name = markets && Object.keys(markets).find((one) => txs.every(({ data }) => data.toLowerCase().includes(markets[one].params.oracle.slice(2).toLowerCase())));
  return accountKey({ protocol, market: name, address: account });
}

/** Every account that could be liquidated at the end of a block is there, each account once, each with a reason. */
export function checkCandidates({ candidates, candidates_not_kept: left, decisions }, { state, blocks, takes }) {
  assert.equal(left, 0, 'candidates were left out');
  for (const reason of HELD) assert.equal(decisions.ended[reason] + decisions.standing[reason], 0, `candidates that are held back: ${reason}`);
  const found = new Map();
  for (const candidate of candidates) {
    const key = keyOf(state, candidate);
    assert.ok(!found.has(key), `twice in the report: ${key}`);
    assert.ok(candidate.reason && candidate.reason !== 'new', `without a reason: ${show(candidate)}`);
    found.set(key, candidate);
  }
  const spans = new Map(); // account -> the blocks at whose end it was liquidatable anew
  let before = new Set();
  for (const { number, liquidatable } of blocks) {
    const now = new Set(liquidatable.map(accountKey));
    for (const key of now) {
      assert.ok(found.has(key), `liquidatable at block ${number} and not in the report: ${key}`);
      if (!before.has(key)) spans.set(key, [...(spans.get(key) ?? []), number]);
    }
    before = now;
  }
  for (const [key, numbers] of spans) {
    const { times } = found.get(key);
    // one that is healed while ours is on its way stands until that has ended
    const asked = takes.filter(({ account }) => key.endsWith(account.toLowerCase())).length;
    assert.ok(times + asked >= numbers.length, `${key} became liquidatable in blocks ${numbers}, and a candidate ${times} times`);
  }
  for (const [key, { stands }] of found) assert.equal(stands, before.has(key), `${key} ${stands ? 'stands' : 'has ended'}`);
  assert.equal(candidates.reduce((n, { times }) => n + times, 0), decisions.candidate_cnt, 'candidates that began');
}

/** A block with its transactions, and their receipts. */
export async function blockWithReceipts(rpc, number) {
  const [block, receipts] = await rpc.batch([['eth_getBlockByNumber', [hex(number), true]], ['eth_getBlockReceipts', [hex(number)]]]);
  return { block, receipts };
}

/** The liquidations in a block: {key, liquidator, hash, number, index, logIndex, payment, tip (effective)}. */
export async function liquidationsIn(rpc, state, number) {
  return liquidationsOf(state, await blockWithReceipts(rpc, number));
}

/** The same, of a block that is there already. */
export function liquidationsOf(state, { block: { number: blockNumber, transactions, baseFeePerGas }, receipts }) {
  const number = Number(blockNumber);
  const found = [];
  for (const [i, { logs, gasUsed, effectiveGasPrice }] of receipts.entries()) {
    for (const log of logs) {
      if (!TOPICS.has(log.topics[0])) continue;
      const protocol = Object.keys(state.protocols).find((one) => (state.protocols[one].pool ?? state.protocols[one].morpho)?.toLowerCase() === log.address);
      if (!protocol) continue;
      const { args } = decodeEventLog({ abi: EVENTS, ...log });
      const { markets = {} } = state.protocols[protocol];
      const market = args.id && Object.keys(markets).find((name) => markets[name].id === args.id);
      const payment = BigInt(transactions[i].value); // the rival's contract pays on what it is sent
      found.push({
        key: accountKey({ protocol, market, address: args.user ?? args.borrower }), liquidator: args.liquidator ?? args.caller,
        hash: transactions[i].hash, number, index: i, logIndex: Number(log.logIndex), payment, tip: BigInt(effectiveGasPrice) - BigInt(baseFeePerGas) + payment / BigInt(gasUsed),
      });
    }
  }
  return found;
}

/** Whole tokens' prices behind a log {blk, index}, in wads, by address in lower case. */
async function pricesBehind(rpc, state, { blk, index }) {
  const symbols = Object.keys(state.feeds);
  const data = encodeFunctionData({ abi: FEED, functionName: 'latestAnswer' });
  const answers = await rpc.batch(symbols.map((symbol) => ['eth_call', [{ to: state.feeds[symbol].fluxAggregator, data }, hex(blk - 1)]]));
  const prices = new Map(symbols.map((symbol, i) => [symbol, BigInt(answers[i])]));
  const feeds = new Map(symbols.map((symbol) => [state.feeds[symbol].fluxAggregator.toLowerCase(), symbol]));
  const topics = [ANSWER_UPDATED];
  for (const log of await rpc.call('eth_getLogs', [{ fromBlock: hex(blk), toBlock: hex(blk), address: [...feeds.keys()], topics }])) {
    if (Number(log.logIndex) <= index) prices.set(feeds.get(log.address), BigInt(log.topics[1]));
  }
  return new Map(Object.values(state.tokens).map(({ symbol, address, decimals, feed }) => {
    const { ratio = '1' } = TOKENS[symbol];
    const price = (prices.get(feed) * toUnits(ratio, 18)) / WAD;
    return [address.toLowerCase(), { wad: price * WAD_OF_ANSWER, unit: 10n ** BigInt(decimals) }];
  }));
}

/** Dollars of what was gained, less coins that were paid: what comes in rounded down, what goes out up. */
function worth(prices, coin, gained, paid) {
  const down = (units, { wad, unit }) => (units * wad) / unit;
  const up = (units, { wad, unit }) => (units * wad + unit - 1n) / unit;
  const tokens = [...gained].map(([token, units]) => (units < 0n ? -up(-units, prices.get(token)) : down(units, prices.get(token))));
  return sum(tokens) - sum(paid.map((wei) => up(wei, prices.get(coin))));
}

function addUp(results) {
  const gained = new Map();
  for (const one of results) for (const [token, units] of one.gained) gained.set(token, (gained.get(token) ?? 0n) + units);
  return {
    passed: results.every(({ passed }) => passed), gas: results.reduce((n, { gas }) => n + gas, 0),
    cost: sum(results.map(({ gas, price }) => BigInt(gas) * price)), coin: sum(results.map(({ coin }) => coin)),
    gained: new Map([...gained].filter(([, units]) => units !== 0n)),
  };
}

/** A report's amounts by token, without those that came to nothing. */
const unitsOf = (list) => new Map(list.map(({ token, amount: units }) => [token.toLowerCase(), BigInt(units)]).filter(([, units]) => units !== 0n));
const first = (list) => list.filter(({ number }) => number === list[0].number);
const highest = (list) => list.reduce((best, one) => (one.tip > best.tip ? one : best));

/** What a row must say; `others` are the liquidations of its account that it can tell of, in the order of the chain. */
function expectedOf(take, real, others, why) {
  const { passed, gas, cost, coin, gained } = real;
  const bid = coin - cost;
  const tip = take.tip + bid / BigInt(gas);
  const before = others.filter(({ number }) => number < take.blk);
  const beside = others.filter(({ number }) => number === take.blk);
  const isBeaten = beside.some((one) => one.tip >= tip);
  const verdict = before.length ? 'lost' : !passed ? 'reverted' : isBeaten ? 'lost' : why.startsWith(FULL_WHY) ? 'unknown' : 'won';
  const rivals = before.length ? first(before) : beside.length || verdict !== 'won' ? beside : others.length ? first(others) : [];
  const rival = rivals.length ? highest(rivals) : undefined;
  const isTold = rival && verdict !== 'reverted' && rival.number <= take.blk;
  return { verdict, passed, gas, cost, bid, tip, gained, rival, isTold };
}

function checkRow(row, expected, where) {
  const { verdict, passed, gas, cost, bid, tip, gained, rival, isTold } = expected;
  assert.equal(row.verdict, verdict, `the verdict: ${where}`);
  assert.equal(Boolean(row.rival), Boolean(rival), `the rival: ${where}`);
  if (rival) {
    assert.equal(row.rival.liquidator.toLowerCase(), rival.liquidator.toLowerCase(), `who: ${where}`);
    assert.equal(row.rival.transaction, rival.hash, `by which transaction: ${where}`);
    assert.deepEqual([row.rival.block, row.late_blocks], [rival.number, row.block - rival.number], `when: ${where}`);
  }
  if (isTold) {
    assert.equal(amount(row.rival.tip_per_gas), rival.tip, `at what tip: ${where}`);
    assert.equal(amount(row.rival.payment), rival.payment, `and what payment: ${where}`);
  }
  assert.equal(row.gas, gas, `gas: ${where}`);
  assert.equal(amount(row.gas_cost), cost, `gas cost: ${where}`);
  if (!passed) return;
  assert.deepEqual(unitsOf(row.gains), gained, `gains: ${where}`);
  assert.equal(amount(row.bid), bid, `bid: ${where}`);
  assert.equal(amount(row.tip_per_gas), tip, `our tip: ${where}`);
}

/** Every intent is one row, and says what is so. Returns rows with what they should say, and counts. */
export async function checkRows({ rows, rows_not_kept: left, not_booked: full }, { rpc, state, blocks, takes, live }) {
  assert.deepEqual([left, full], [0, 0], 'rows were left out');
  assert.deepEqual(rows.map(({ intent }) => intent), takes.map(({ intent }) => intent), 'a row for each that was asked for');
  const last = blocks.at(-1).number;
  const coin = state.tokens.WETH.address.toLowerCase();
  const liquidations = [];
  for (const { number } of blocks) liquidations.push(...await liquidationsIn(rpc, state, number));
  const checked = [];
  const counts = { takes: takes.length, open: 0, won: 0, lost: 0, reverted: 0, late: 0, full: 0, unknown: 0, ahead: 0, several: 0, markets: {} };
  for (const [i, row] of rows.entries()) {
    const take = takes[i];
    if (take.blk > last) assert.equal(row.verdict, 'unknown', `its block never came: ${show(row)}`);
    if (take.blk > last - LATE && row.verdict === 'unknown') {
      counts.open += 1;
      continue;
    }
    if (row.why?.startsWith(LATE_WHY)) { // nothing is tried for it
      assert.ok(['unknown', 'lost'].includes(row.verdict), show(row));
      counts.late += 1;
      counts[row.verdict] += 1;
      if (row.verdict === 'lost') checked.push({ verdict: 'lost', net: amount(row.net), cost: amount(row.gas_cost), rival: row.rival, gained: new Map(), row });
      continue;
    }
    const isBehind = ({ number, logIndex }) => number > take.after.blk || (number === take.after.blk && logIndex > take.after.index);
    // the head that makes it final and that block's logs come in either order
    const isInTime = ({ number }) => number < take.blk + FINAL || (number === take.blk + FINAL && number === row.rival?.block);
    const others = liquidations.filter((one) => one.key === takeKey(state, row, take) && isBehind(one) && isInTime(one));
    const expected = expectedOf(take, addUp(live.get(take.intent)), others, row.why ?? '');
    const where = `${show(row)}\nis to be ${show(expected)}\nof ${show({ ...take, txs: take.txs.map(({ to }) => to) })}`;
    checkRow(row, expected, where);
    counts.full += Boolean(row.why?.startsWith(FULL_WHY));
    if (expected.verdict === 'unknown') {
      counts.unknown += 1;
      continue;
    }
    // what reverts since another came before would have earned what was meant
    const isMeant = expected.verdict === 'lost' && !expected.passed;
    // of several transactions one that reverts spoils all that is told
    const [gained, paid] = expected.passed ? [expected.gained, [expected.cost, expected.bid]] : [new Map(), [expected.cost]];
    const net = isMeant ? take.net : worth(await pricesBehind(rpc, state, take.after), coin, gained, paid);
    assert.equal(amount(row.net), net, `net: ${where}`);
    counts[expected.verdict] += 1;
    counts.ahead += expected.verdict === 'won' && Boolean(expected.rival);
    counts.several += take.txs.length > 1;
    counts.markets[row.market] = (counts.markets[row.market] ?? 0) + 1;
    checked.push({ ...expected, net, row });
  }
  assert.ok(counts.late * 10 <= takes.length, `too many came too late: ${show(counts)}`);
  return { rows: checked, counts };
}

/** A run of many comes to each verdict and market, and asks for some behind the block `half`. */
export function checkCoverage({ rows, counts }, half) {
  for (const verdict of ['won', 'lost', 'reverted', 'ahead']) assert.ok(counts[verdict], `none ${verdict}: ${show(counts)}`);
  for (const market of Object.keys(NAMES)) assert.ok(counts.markets[market], `none of ${market}: ${show(counts)}`);
  assert.ok(rows.at(-1).row.block > half, `none behind block ${half}`);
}

/** What would have been earned is what was earned there, less what the rival took. */
export function checkSums({ verdicts, gained, lost_to: takers }, { rows, counts }) {
  for (const verdict of ['won', 'lost', 'reverted']) {
    const those = rows.filter((one) => one.verdict === verdict);
    assert.equal(verdicts[verdict].count, those.length, `how many are ${verdict}`);
    assert.equal(amount(verdicts[verdict].net), sum(those.map(({ net }) => net)), `what those ${verdict} come to`);
    assert.equal(amount(verdicts[verdict].gas_cost), sum(those.map(({ cost }) => cost)), `gas of those ${verdict}`);
    if (verdict === 'won') assert.equal(amount(verdicts.won.bid), sum(those.map(({ bid }) => bid)), 'bids of those won');
  }
  assert.equal(verdicts.unknown.count, counts.open + counts.unknown, 'how many are unknown');
  const tokens = addUp(rows.filter(({ verdict }) => verdict === 'won').map(({ gained: one }) => ({ gained: one, passed: true, gas: 0, price: 0n, coin: 0n }))).gained;
  assert.deepEqual(unitsOf(gained), tokens, 'tokens that were won');
  const lost = rows.filter(({ verdict }) => verdict === 'lost');
  for (const { liquidator, count, net } of takers) {
    const his = lost.filter(({ rival }) => rival.liquidator.toLowerCase() === liquidator.toLowerCase());
    assert.deepEqual([count, amount(net)], [his.length, sum(his.map((one) => one.net))], `lost to ${liquidator}`);
  }
  assert.equal(takers.reduce((n, { count }) => n + count, 0), lost.length, 'those whom it was lost to');
}
