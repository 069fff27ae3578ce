// What liqd run --dry-run books and reports, as a user sees it, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mine, setPrice } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { startRival } from '../devnet/lib/rival.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';

const { state, rpc } = await chain({ borrowers: 60 });
await mine(rpc, 6); // anvil has no states of the set-up

const WAIT_MS = 120_000;
const GWEI = 10n ** 9n;

/** Starts liqd; `run` resolves to its code and what it wrote; `until` when a pattern is in what it says. */
function start(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  let ended = false;
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const run = once(child, 'close').then(([code]) => { ended = true; return { code, ...said }; });
  const until = async (pattern, meanwhile = () => sleep(20)) => {
    for (const end = Date.now() + WAIT_MS; !pattern.test(said.err);) {
      assert.ok(!ended && Date.now() < end, `${pattern} did not come: ${said.out.slice(-2000)} ${said.err.slice(-3000)}`);
      await meanwhile();
    }
  };
  return { child, run, until, said };
}

/** A book that is trusted, so that what follows is decided on; made once for each funding. */
const books = {};
async function trustedBook(t, funding) {
  if (books[funding]) return books[funding];
  const folder = fs.mkdtempSync(path.join(scratch(t), '..', 'devnet-book-'));
  books[funding] = path.join(folder, 'book.snapshot');
  const file = path.join(folder, 'liqd.yaml');
  fs.writeFileSync(file, liqdConfig(state, { funding, snapshot: books[funding] }), { mode: 0o600 });
  const daemon = start('run', '--dry-run', '--config', file);
  await daemon.until(/following the chain/);
  for (const market of ['aave_v36', 'aave_v302', 'morpho']) {
    await daemon.until(new RegExp(`msg=trust market=${market} trust=trusted`), () => mine(rpc, 1));
  }
  daemon.child.kill('SIGTERM');
  assert.equal((await daemon.run).code, 0);
  return books[funding];
}
test.after(() => Object.values(books).forEach((file) => fs.rmSync(path.dirname(file), { recursive: true })));

/** A dry run, ended when `work` is done: {out, err, page, events}. What `work` did to the chain is taken back. */
async function dryRun(t, { funding = 'inventory', args = [], change = (text) => text, url, signals = ['SIGTERM'] }, work) {
  const folder = scratch(t);
  const [snapshot, page, events] = ['book.snapshot', 'dry.html', 'day.events'].map((name) => path.join(folder, name));
  fs.copyFileSync(await trustedBook(t, funding), snapshot);
  fs.chmodSync(snapshot, 0o600);
  const file = path.join(folder, 'liqd.yaml');
  fs.writeFileSync(file, change(`${liqdConfig(state, { funding, snapshot, url })}\nlog: {rate: 0, level: debug}\n`), { mode: 0o600 });
  const daemon = start('run', '--dry-run', '--config', file, '--report', page, '--record', events, ...args);
  try {
    const head = await mine(rpc, 1);
    await daemon.until(new RegExp(`msg=settled block=${head}\\b`)); // it decides while it catches up, too
    await work(daemon);
  } finally {
    for (const signal of signals) daemon.child.kill(signal);
    await setPrice(rpc, state, 'WETH', '2500');
    await mine(rpc, 1);
  }
  const ended = await daemon.run;
  assert.equal(ended.code, 0, ended.err);
  const replayed = await start('replay', events).run;
  assert.match(replayed.out, /\d+ events, \d+ actions, all the same\n/, replayed.err);
  return { ...ended, page: fs.readFileSync(page, 'utf8'), decided: replayed.out };
}

const countOf = (text, pattern) => [...text.matchAll(pattern)].length;

/** How many intents are asked and not booked yet; fewer where others take what was never asked for. */
const openCount = ({ err }) => countOf(err, / msg=take /g) - countOf(err, / msg="?candidate(?: ended"?)? .* reason=(?:taken|simulation_reverted|expired|outbid|lost)\b/g);

/** Until it has had nothing more to say for a second. */
async function calm({ said }) {
  for (let before = -1; before !== said.err.length; await sleep(1000)) before = said.err.length;
}

/** Mines until all that was asked for is booked, and nothing else is asked for. */
async function settle({ said }) {
  for (let quiet = 0, asked = -1; quiet < 2;) {
    await mine(rpc, 1);
    for (const end = Date.now() + 5000; openCount(said) > 0 && Date.now() < end;) await sleep(50);
    await sleep(500);
    const now = countOf(said.err, / msg=take /g);
    quiet = openCount(said) <= 0 && now === asked ? quiet + 1 : 0;
    asked = now;
  }
}

/** Falls to a price at which many are liquidatable, until what that brings is booked. */
async function fall(daemon) {
  await setPrice(rpc, state, 'WETH', '2125');
  await daemon.until(/ msg=take /);
  await settle(daemon);
}

/** The same, until a pattern is in what it says: where what is asked is asked again and again. */
const fallUntil = (pattern) => async (daemon) => {
  await setPrice(rpc, state, 'WETH', '2125');
  await daemon.until(/ msg=take /);
  await daemon.until(pattern, async () => {
    await mine(rpc, 1);
    await sleep(1000);
  });
};

/** Asked for while it caught up, of a block that was there. */
const isLate = ({ why }) => Boolean(why?.startsWith('too late'));

const usd = ({ amount, decimals }) => Number(BigInt(amount)) / 10 ** decimals;
const card = (page, name) => new RegExp(`>${name}</span><b class="[^"]*">([^<]*)<`).exec(page)[1];

/** The page is one file that stands alone. */
function checkPage(page) {
  assert.match(page, /^<!doctype html>/);
  assert.doesNotMatch(page, /<script|<link|<img|src=|href=|url\(|@import/);
}

/** Sums of a document add up to its rows, and no account appears twice. */
function checkDocument(all) {
  for (const [verdict, { count, net, estimate }] of Object.entries(all.verdicts)) {
    const rows = all.rows.filter((row) => row.verdict === verdict);
    assert.equal(count, rows.length);
    const sum = (key) => rows.reduce((total, row) => total + BigInt(row[key].amount), 0n);
    assert.equal(BigInt(net.amount), sum('net'));
    assert.equal(BigInt(estimate.amount), sum('estimate'));
  }
  const names = all.candidates.map(({ market, id, account }) => `${market} ${id} ${account}`);
  assert.equal(new Set(names).size, names.length, 'an account is there twice');
  assert.equal(all.candidates.reduce((sum, { times }) => sum + times, 0), all.decisions.candidate_cnt);
  const standing = Object.values(all.decisions.standing).reduce((sum, count) => sum + count, 0);
  assert.equal(all.candidates.filter(({ stands }) => stands).length, standing);
  const ended = Object.values(all.decisions.ended).reduce((sum, count) => sum + count, 0);
  assert.equal(ended + standing, all.decisions.candidate_cnt);
  for (const { token, amount } of all.gained) {
    const won = all.rows.filter(({ verdict }) => verdict === 'won');
    const gains = won.flatMap((row) => row.gains).filter((gain) => gain.token === token);
    assert.equal(BigInt(amount), gains.reduce((sum, gain) => sum + BigInt(gain.amount), 0n));
  }
}

for (const funding of ['inventory', 'flash']) {
  test(`what nobody else takes is won, with ${funding}`, { timeout: 5 * 60_000 }, async (t) => {
    const { out, err, page } = await dryRun(t, { funding, args: ['--json'] }, fall);
    const all = JSON.parse(out);
    checkDocument(all);
    checkPage(page);
    const { won, lost, reverted, unknown } = all.verdicts;
    assert.ok(won.count > 0, out);
    assert.equal(won.count, all.decisions.take_cnt);
    assert.deepEqual([lost.count, reverted.count, unknown.count, all.not_booked], [0, 0, 0, 0]);
    assert.equal(all.by_eth_call, false);
    assert.ok(all.rows.every(({ tried, gas, gains }) => tried && gas > 0 && gains.length > 0), out);
    assert.ok(usd(won.net) > 0 && Math.abs(usd(won.estimate) - usd(won.net)) < 0.01 * usd(won.net) + (funding === 'flash' ? 0 : Infinity));
    assert.equal(card(page, 'won'), String(won.count));
    assert.equal(parseFloat(card(page, 'would have earned')).toFixed(2), (Math.trunc(usd(won.net) * 100) / 100).toFixed(2));
    assert.equal(countOf(page, /data-l="verdict" class="won">won/g), won.count);
    assert.equal(all.latency_ns.engine_to_transaction.count, all.decisions.take_cnt);
    assert.ok(all.latency_ns.simulation.count > 0 && all.latency_ns.received_to_engine.count > 0);
    assert.doesNotMatch(err, /level=error/);
  });
}

test('the terminal is told line by line, and twice interrupted is once', { timeout: 5 * 60_000 }, async (t) => {
  const { out, page } = await dryRun(t, { signals: ['SIGINT', 'SIGINT'] }, fall);
  assert.doesNotMatch(out, /\x1b/);
  const [, won] = /^won +(\d+)/m.exec(out);
  assert.equal(countOf(out, /^\S+Z block \d+ \w+ 0x[0-9a-fA-F]{40} #\d+ won +[\d.]+ USD, estimate [\d.]+ USD$/gm), Number(won));
  assert.equal(countOf(out, / asked +estimate [\d.]+ USD, bid [\d.]+ ETH$/gm), Number(/^would have been taken +(\d+)$/m.exec(out)[1]));
  assert.equal(card(page, 'won'), won);
  assert.match(out, /^would have earned +[\d.]+ USD$/m);
  assert.match(out, /^ {2}of tokens +-[\d.]+ USDC$/m);
  assert.match(out, /^engine to transaction p50 [\d.]+ \w?s, p99 [\d.]+ \w?s, max [\d.]+ \w?s$/m);
  assert.match(out, /Won means: /);
});

/** Code that says yes to operators(address), 36 bytes, and reverts whatever else it is asked. */
const REFUSING = '0x602436' + '14600a575f5ffd5b60015f5260205ff3';

test('what its executor refuses is reverted, and where there is none it is unknown', { timeout: 8 * 60_000 }, async (t) => {
  const place = '0x00000000000000000000000000000000000e8ec0';
  const named = (address) => (text) => `${text}\nexecutor:\n  address: "${address}"\n`;
  await rpc.call('anvil_setCode', [place, REFUSING]);
  const refused = await dryRun(t, { args: ['--json'], funding: 'flash', change: named(place) }, fallUntil(/reason=simulation_reverted/));
  const all = JSON.parse(refused.out);
  checkDocument(all);
  assert.ok(all.verdicts.reverted.count > 0, refused.out);
  assert.equal(all.verdicts.won.count, 0);
  assert.ok(all.rows.some(({ verdict, why }) => verdict === 'reverted' && why === 'it reverts without a reason'));
  assert.match(refused.err, /reason=simulation_reverted/);

  const nowhere = place.replace('e8ec0', 'e8ec1');
  const absent = await dryRun(t, { funding: 'flash', change: named(nowhere) }, fallUntil(/the executor cannot be used[^]* reason=expired/));
  assert.match(absent.out, / unknown +estimate [\d.]+ USD, executor 0x0{35}e8ec1: the contract there is none of ours$/im);
  assert.equal(countOf(absent.err, /the executor cannot be used/g), 1);
  assert.match(absent.out, /^won +0$/m);
});

test('where no node has eth_simulateV1 the estimate stands, and that is said', { timeout: 5 * 60_000 }, async (t) => {
  await trustedBook(t, 'flash'); // its intents are of one transaction each: eth_call tells of no other
  const strict = await startStrict({ upstream: state.http, automine: true, lacks: ['eth_simulateV1'] });
  try {
    const { out, err, page } = await dryRun(t, { url: strict.wsUrl, funding: 'flash', args: ['--json'] }, fall);
    const all = JSON.parse(out);
    checkDocument(all);
    assert.equal(all.by_eth_call, true);
    assert.ok(all.verdicts.won.count > 1, out);
    assert.deepEqual(all.rows.filter((row) => row.verdict === 'unknown' && !isLate(row)), []);
    assert.equal(all.verdicts.won.without_gains, all.verdicts.won.count);
    for (const { verdict, net, estimate, gains } of all.rows) {
      assert.equal(gains, null);
      if (verdict === 'won') assert.equal(net.amount, estimate.amount);
    }
    assert.equal(countOf(err, /no node has eth_simulateV1/g), 1);
    assert.match(page, /No node has eth_simulateV1/);
  } finally {
    await strict.close();
  }
});

test('a report that cannot be written there is refused at the start', async (t) => {
  const folder = scratch(t);
  const file = path.join(folder, 'liqd.yaml');
  fs.writeFileSync(file, liqdConfig(state), { mode: 0o600 });
  const refused = async (page) => {
    const { code, err, out } = await start('run', '--dry-run', '--config', file, '--report', page).run;
    assert.equal(code, 1, err);
    assert.equal(out, '');
    return err;
  };
  assert.match(await refused(path.join(folder, 'none', 'dry.html')), /^liqd run: report ".*none\/dry\.html": its folder does not exist: make it first\n$/);
  assert.match(await refused(file), /^liqd run: report ".*liqd\.yaml": is there, and no dry run has written it: name another\n$/);
  assert.match(fs.readFileSync(file, 'utf8'), /^# For the development chain/);
});

// the last: it leaves less to be taken
test('what the rival takes for more is lost to him', { timeout: 5 * 60_000 }, async (t) => {
  const rivalAddress = state.accounts.rival.address;
  const { out, page } = await dryRun(t, { args: ['--json'] }, async (daemon) => {
    await setPrice(rpc, state, 'WETH', '2125');
    await daemon.until(/ msg=take /);
    await rpc.call('evm_setAutomine', [false]); // all that he sends comes in one block
    await calm(daemon); // and behind what we ask for, also on a slow machine
    const rival = startRival(rpc, state, { bidWei: 7n * GWEI });
    await sleep(4000);
    await mine(rpc, 1);
    await rpc.call('evm_setAutomine', [true]);
    await daemon.until(/reason=(outbid|lost)/);
    await sleep(1000);
    await rival.stop();
  });
  const all = JSON.parse(out);
  checkDocument(all);
  const lost = all.rows.filter(({ verdict }) => verdict === 'lost');
  assert.ok(lost.length > 0, out);
  for (const { rival, late_blocks: late, tip_per_gas: tip, block } of lost.filter((row) => !isLate(row))) {
    assert.equal(rival.liquidator, rivalAddress);
    assert.equal(late, block - rival.block);
    assert.ok(late > 0 || BigInt(rival.tip_per_gas.amount) >= BigInt(tip.amount), JSON.stringify(rival));
  }
  assert.ok(lost.some(({ rival }) => rival.tip_per_gas?.amount === String(7n * GWEI)), JSON.stringify(lost.map(({ rival }) => rival)));
  assert.deepEqual(all.lost_to.map(({ liquidator, count }) => [liquidator, count]), [[rivalAddress, lost.length]]);
  assert.ok(page.includes(rivalAddress));
});
