// liqd positions as a user runs it, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mine, setPrice } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';

const { state, rpc } = await chain({ borrowers: 40 });
await mine(rpc, 6); // anvil has no states of the set-up

/** Starts liqd; `run` resolves to its code and what it wrote. */
function start(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => { out += chunk; });
  child.stderr.on('data', (chunk) => { err += chunk; });
  return { child, run: once(child, 'close').then(([code, signal]) => ({ code, signal, out, err })) };
}
const liqd = (...args) => start(...args).run;

function config(t, options = {}, change = (text) => text) {
  const file = path.join(scratch(t), 'liqd.yaml');
  fs.writeFileSync(file, change(liqdConfig(state, options)), { mode: 0o600 });
  return file;
}

async function positions(file, ...args) {
  const { code, out, err } = await liqd('positions', '--config', file, '--json', ...args);
  assert.equal(code, 0, err);
  return { ...JSON.parse(out), err };
}

/** The words of what a view says at the block of this hash: its selector and arguments in hex. */
async function view(blockHash, to, data) {
  const result = await rpc.call('eth_call', [{ to, data }, { blockHash }]);
  return result.slice(2).match(/.{64}/g).map((word) => BigInt(`0x${word}`));
}
const word = (hex) => hex.slice(2).toLowerCase().padStart(64, '0');
const POOLS = { aave_v36: state.protocols['aave-v3.6'].pool, aave_v302: state.protocols['aave-v3.0.2'].pool };

/** Compares all that is listed with what the contracts say at that block; the number of accounts. */
async function compare(found) {
  for (const at of found.positions) {
    const name = `${at.market} ${at.account}`;
    if (at.market === 'morpho') {
      // position(bytes32,address)
      const [, shares, collateral] = await view(found.block.hash, state.protocols.morpho.morpho, `0x93c52062${word(at.id)}${word(at.account)}`);
      const leg = (side) => BigInt(at.legs.find((l) => l.side === side)?.scaled ?? 0);
      assert.equal(leg('debt'), shares, name);
      assert.equal(leg('collateral'), collateral, name);
      const [max, owed] = [BigInt(at.collateral.amount), BigInt(at.debt.amount)];
      assert.ok(max > 0n && owed > 0n);
      continue;
    }
    // getUserAccountData(address)
    const [collateral, debt, , threshold, , health] = await view(found.block.hash, POOLS[at.market], `0xbf92857c${word(at.account)}`);
    assert.equal(at.health_factor_wad, String(health), name);
    assert.equal(at.collateral.amount, String(collateral), name);
    assert.equal(at.debt.amount, String(debt), name);
    assert.equal(at.threshold_bps, Number(threshold), name);
    assert.equal(at.verdict, health < 10n ** 18n ? 'liquidatable' : 'safe', name);
  }
  return found.positions.length;
}

const keys = (found) => found.positions.map(({ market, id, account }) => `${market} ${id} ${account}`);

test('every borrower is listed as the contracts see him', async (t) => {
  const found = await positions(config(t), '--all');
  assert.equal(await compare(found), found.position_cnt);
  assert.deepEqual(found.apart, []);
  const listed = new Set(found.positions.map(({ account }) => account.toLowerCase()));
  for (const { address } of state.borrowers) assert.ok(listed.has(address.toLowerCase()), address);
  assert.deepEqual(found.markets.map(({ version }) => version), ['3.6', '3.0', '1.0']);
  for (const market of found.markets) assert.equal(market.accounts.all, found.positions.filter((p) => p.market === market.name).length);
  const factors = found.positions.map((p) => BigInt(p.health_factor_wad));
  assert.deepEqual(factors, factors.toSorted((a, b) => (a < b ? -1 : Number(a > b))));
  const symbols = new Set(found.positions.flatMap(({ legs }) => legs.map(({ symbol }) => symbol)));
  assert.ok(symbols.has('WETH') && symbols.has('USDC'), [...symbols].join());
  const weth = found.tokens.find(({ symbol }) => symbol === 'WETH');
  assert.deepEqual(weth.gaps.map(({ gap_bps: gap }) => gap), [0, 0]);
});

test('a price moves who can be liquidated, at the answer that was told', async (t) => {
  const file = config(t);
  const feed = state.feeds.WETH.proxy.toLowerCase();
  const before = await positions(file, '--all');
  const falls = ({ triggers }) => triggers.find((x) => x.feed.toLowerCase() === feed && x.kind === 'below');
  const armed = before.positions.filter((p) => p.market.startsWith('aave') && falls(p)).slice(3, 4)[0];
  assert.ok(armed);
  t.after(() => setPrice(rpc, state, 'WETH', '2500'));
  const { answer } = falls(armed);
  const STEP = 1_000_000n; // more than interest moves it meanwhile
  const text = (at) => `${at / 10n ** 8n}.${String(at % 10n ** 8n).padStart(8, '0')}`;
  const verdict = async () => (await positions(file, '--all')).positions.find((p) => p.account === armed.account && p.market === armed.market).verdict;
  await setPrice(rpc, state, 'WETH', text(BigInt(answer) + STEP));
  assert.equal(await verdict(), 'safe');
  await setPrice(rpc, state, 'WETH', text(BigInt(answer) - STEP));
  assert.equal(await verdict(), 'liquidatable');
  const found = await positions(file, '--below', '1', '--all');
  assert.ok(found.positions.length > 0);
  assert.ok(found.positions.every(({ tier, interest_sec: sec }) => tier === 'liquidatable' && sec === 0));
  assert.equal(await compare(found), found.position_cnt);
  const one = await positions(file, '--market', 'aave_v36', '--limit', '2');
  assert.deepEqual(one.positions.map(({ market, rank }) => [market, rank]), [['aave_v36', 1], ['aave_v36', 2]]);
});

test('the profit at a trigger is what is earned once the price is there', async (t) => {
  const file = config(t);
  const all = () => positions(file, '--all', '--gas-price', '10');
  const symbols = new Map(Object.entries(state.feeds).map(([symbol, { proxy }]) => [proxy.toLowerCase(), symbol]));
  const before = await all();
  assert.ok(before.positions.every(({ verdict, profit }) => (profit.at === 'now') === (verdict === 'liquidatable')));
  const trigger = ({ profit }) => (profit.at === 'trigger' && profit.why === null ? profit.trigger : null);
  const found = before.positions.find((p) => p.market.startsWith('aave') && trigger(p)?.kind === 'below' && symbols.has(trigger(p).feed.toLowerCase()));
  assert.ok(found);
  const { answer, now: old, feed, decimals } = trigger(found);
  const text = (at) => `${at / 10n ** BigInt(decimals)}.${String(at % 10n ** BigInt(decimals)).padStart(decimals, '0')}`;
  const set = (at) => setPrice(rpc, state, symbols.get(feed.toLowerCase()), text(at));
  t.after(() => set(BigInt(old)));
  await set(BigInt(answer) - BigInt(answer) / 100_000n); // interest moves it meanwhile
  const now = (await all()).positions.find((p) => p.account === found.account && p.market === found.market);
  assert.equal(now.profit.at, 'now');
  assert.equal(now.profit.trigger, null);
  const [was, is] = [found, now].map(({ profit }) => Number(profit.net_usd) / 1e18);
  assert.ok(is > 0 && Math.abs(is - was) < 0.002 * was, `${was} then, ${is} now`);
});

test('what gas costs decides whether something is earned', async (t) => {
  const file = config(t);
  const dear = await positions(file, '--all', '--gas-price', '100000000');
  assert.equal(dear.gas.price_wei, String(10n ** 17n));
  assert.ok(dear.positions.every(({ profit }) => profit.why !== null));
  const lost = dear.positions.filter(({ profit }) => profit.why === 'unprofitable');
  assert.ok(lost.length > 0 && lost.every(({ profit }) => BigInt(profit.net_usd) <= 0n));
  const asked = await positions(file, '--all');
  assert.equal(asked.gas.from, "the next block's base fee and the tip");
  for (const bad of ['', 'x', '-1', '99999999999999999999', '0.0000000001']) {
    const refused = await liqd('positions', '--config', file, '--gas-price', bad);
    assert.equal(refused.code, 2, bad);
    assert.match(refused.err, /--gas-price is no number of gwei/);
  }
});

test('the table shows what JSON has', async (t) => {
  const { code, out, err } = await liqd('positions', '--config', config(t), '--limit', '3');
  assert.equal(code, 0, err);
  assert.match(out, /^devnet, block \d+, /);
  assert.match(out, /\n {3}1 {2}(aave_v36|aave_v302|morpho) +0x[0-9a-fA-F]{40} /);
  assert.match(out, /\n {6}collateral [\d.]+ \w+/);
  assert.match(out, /\n {6}debt [\d.]+ \w+/);
  assert.match(out, /and \d+ more: --limit, --all/);
  assert.match(out, / profit {2,}tier\n/);
  assert.match(out, /\n {3}1 .* (\$[\d.]+ (now|then)|-) +(safe|armed|liquidatable)\n/);
  assert.match(out, /\nProfit is what liquidating would earn [^]*\nat the nearest .* Gas: [\d.]+ gwei, the next block's base fee and the tip\./);
  assert.match(out, /eth_usd +2500 /);
  assert.match(out, /audited only, \d+ audits of 1000/);
});

test('a snapshot goes on where it was, and needs no node', async (t) => {
  const folder = scratch(t);
  const snapshot = path.join(folder, 'book.snapshot');
  const file = config(t, { snapshot });
  const first = await positions(file, '--all');
  assert.equal(fs.statSync(snapshot).mode & 0o777, 0o600);
  const again = await positions(file, '--all'); // the file is of the newest block: no header comes
  assert.equal(again.block.number, first.block.number);
  assert.deepEqual(again.gas, first.gas);
  assert.equal(again.gas.from, "the next block's base fee and the tip");
  await mine(rpc, 3);
  t.after(() => setPrice(rpc, state, 'WETH', '2500'));
  await setPrice(rpc, state, 'WETH', '2490');
  const gas = ['--gas-price', '12.5'];
  const second = await positions(file, '--all', ...gas);
  assert.doesNotMatch(second.err, /borrowers of/);
  assert.equal(second.block.number, first.block.number + 4);
  assert.equal(await compare(second), second.position_cnt);
  const dead = config(t, { url: 'ws://127.0.0.1:1' });
  const alone = await positions(dead, '--snapshot', snapshot, '--all', ...gas);
  assert.deepEqual(alone.positions, second.positions);
  assert.deepEqual(alone.gas, { price_wei: '12500000000', from: 'as asked for' });
  const tip = await positions(dead, '--snapshot', snapshot);
  assert.deepEqual(tip.gas, { price_wei: '100000000', from: 'the tip alone, since no base fee is known' });
  assert.deepEqual(alone.block.hash, second.block.hash);
  assert.deepEqual(alone.feeds, second.feeds);
  const copy = path.join(folder, 'copy.snapshot');
  await positions(file, '--save', copy);
  assert.deepEqual((await positions(dead, '--snapshot', copy, '--all', ...gas)).positions, second.positions);
});

test('a bad snapshot is refused, said, and read anew', async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const file = config(t, { snapshot });
  const good = await positions(file, '--all');
  const bytes = fs.readFileSync(snapshot);
  const bad = [
    ['damaged', Buffer.concat([bytes.subarray(0, 3000), Buffer.from([bytes[3000] ^ 1]), bytes.subarray(3001)]), 0o600],
    ['cut', bytes.subarray(0, bytes.length - 1), 0o600],
    ['empty', Buffer.alloc(0), 0o600],
    ['none', Buffer.from('no snapshot at all, but long enough to be looked at'.repeat(100)), 0o600],
    ['open to others', bytes, 0o666],
  ];
  for (const [what, content, mode] of bad) {
    fs.writeFileSync(snapshot, content);
    fs.chmodSync(snapshot, mode);
    const alone = await liqd('positions', '--config', file, '--snapshot', snapshot);
    assert.equal(alone.code, 1, what);
    assert.match(alone.err, /liqd positions: snapshot ".*book\.snapshot": /, what);
    const found = await positions(file, '--all');
    assert.match(found.err, /the snapshot is not used/, what);
    assert.deepEqual(keys(found), keys(good), what);
    assert.equal(fs.statSync(snapshot).mode & 0o777, 0o600, what);
  }
  const foreign = await liqd('positions', '--config', config(t, {}, (text) => text.replace('id: 31337', 'id: 31338')), '--snapshot', snapshot);
  assert.equal(foreign.code, 1);
  assert.match(foreign.err, /chain/);
  const fewer = await liqd('positions', '--config', config(t, {}, (text) => text.replace(/ {2}morpho:\n(.+\n){4}/, '')), '--snapshot', snapshot);
  assert.equal(fewer.code, 1);
  const absent = await liqd('positions', '--config', file, '--snapshot', '/nowhere/x.snapshot');
  assert.equal(absent.code, 1);
  assert.match(absent.err, /No such file/);
});

test('where the snapshot cannot be written the list is printed, and the failure said', async (t) => {
  const snapshot = path.join(scratch(t), 'gone', 'book.snapshot');
  const refused = await liqd('positions', '--config', config(t, { snapshot }));
  assert.equal(refused.code, 1);
  assert.match(refused.err, /book\.snapshot\.lock": No such file/);
  const saved = await liqd('positions', '--config', config(t), '--save', '/nowhere/x');
  assert.equal(saved.code, 1);
  assert.equal(saved.out, '');
});

test('two processes do not write one snapshot', async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const file = config(t, { snapshot });
  const strict = await startStrict({ upstream: state.http });
  t.after(() => strict.close());
  const slow = start('positions', '--config', config(t, { snapshot, url: strict.url }));
  t.after(() => slow.child.kill('SIGKILL'));
  while (!fs.existsSync(`${snapshot}.lock`)) await sleep(5);
  slow.child.kill('SIGSTOP');
  const { code, err } = await liqd('positions', '--config', file);
  slow.child.kill('SIGCONT');
  assert.equal(code, 1, err);
  assert.match(err, /another process uses it/);
  const first = await slow.run;
  assert.equal(first.code, 0, first.err);
});

test('killed at any moment it goes on where it was', async (t) => {
  const folder = scratch(t);
  const snapshot = path.join(folder, 'book.snapshot');
  const strict = await startStrict({ upstream: state.http, rate: 12, logRange: 2 });
  t.after(() => strict.close());
  const log = path.join(folder, 'liqd.log');
  const file = config(t, { snapshot, url: strict.wsUrl }, (text) => `${text}log: {file: ${log}, level: info}\n`);
  let killed = 0;
  const written = () => fs.statSync(snapshot, { throwIfNoEntry: false })?.mtimeMs;
  for (const ms of [0, 0, 50, 300]) {
    const before = written();
    const { child, run } = start('positions', '--config', file);
    let ended = false;
    run.then(() => { ended = true; });
    while (!ended && written() === before) await sleep(2); // a second after its start, and at its end
    await sleep(ms);
    child.kill('SIGKILL');
    killed += (await run).signal === 'SIGKILL';
  }
  assert.ok(killed > 0);
  const found = await positions(config(t, { snapshot }), '--all');
  assert.equal(await compare(found), found.position_cnt);
  assert.match(fs.readFileSync(log, 'utf8'), /a snapshot is taken up/);
});

test('interrupted it keeps what it has', async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const strict = await startStrict({ upstream: state.http, rate: 5, logRange: 1 });
  t.after(() => strict.close());
  const { child, run } = start('positions', '--config', config(t, { snapshot, url: strict.url }));
  await sleep(1500);
  child.kill('SIGINT');
  const { code, err } = await run;
  assert.equal(code, 1);
  assert.match(err, /interrupted/);
});

test('what a token calls itself reaches no terminal', async (t) => {
  const { address } = state.tokens.USDC;
  const slots = await Promise.all([...Array(12).keys()].map((i) => rpc.call('eth_getStorageAt', [address, `0x${i.toString(16)}`, 'latest'])));
  const slot = slots.findIndex((value) => value === `0x${Buffer.from('USDC').toString('hex').padEnd(62, '0')}08`); // a short string
  assert.ok(slot >= 0, slots.join());
  const set = (value) => rpc.call('anvil_setStorageAt', [address, `0x${slot.toString(16).padStart(64, '0')}`, value]);
  t.after(async () => { await set(slots[slot]); await mine(rpc, 1); });
  await set(`0x${Buffer.from('\u001b[31m\u202eX').toString('hex').padEnd(62, '0')}12`);
  await mine(rpc, 6);
  const file = config(t);
  const { code, out, err } = await liqd('positions', '--config', file, '--all');
  assert.equal(code, 0, err);
  assert.ok(out.includes('\\x1b[31m\\xe2\\x80\\xaeX'), out.slice(0, 3000));
  assert.doesNotMatch(out, /[\u001b\u202e]/);
  await positions(file, '--all'); // is JSON
});

test('what cannot be is said', async (t) => {
  const file = config(t);
  const cases = [
    [['--below', 'x'], 2, /--below is no health factor such as 1\.05: "x"/],
    [['--below', '-1'], 2, /--below/],
    [['--limit', '0'], 2, /--limit is no number/],
    [['--limit', '1e3'], 2, /--limit is no number/],
    [['--limit', '5', '--all'], 2, /exclude each other/],
    [['--snapshot', 'a', '--save', 'b'], 2, /exclude each other/],
    [['--snapshot', ''], 2, /name a file/],
    [['--market', '\u001b[31m'], 2, /--market names none of the configuration's: "\\x1b/],
    [['--nonsense'], 2, /unknown option/],
    [['x'], 2, /unexpected operand/],
  ];
  for (const [args, code, message] of cases) {
    const found = await liqd('positions', '--config', file, ...args);
    assert.equal(found.code, code, args.join(' '));
    assert.match(found.err, message);
    assert.equal(found.out, '');
  }
  const none = await liqd('positions', '--config', config(t, {}, (text) => text.replace(/markets:[^]*feeds:/, 'feeds:')));
  assert.equal(none.code, 78);
  assert.match(none.err, /no market is configured/);
  const nodeless = await liqd('positions', '--config', config(t, {}, (text) => text.replace(/nodes:[^]*markets:/, 'markets:')));
  assert.equal(nodeless.code, 78);
  assert.match(nodeless.err, /no node is configured/);
  const broken = await liqd('positions', '--config', config(t, {}, (text) => text.replace('aave_v3\n', 'aave_v9\n')));
  assert.equal(broken.code, 78);
  assert.match(broken.err, /"aave_v9" is none of aave_v3, morpho_blue/);
});

test('a market that is none is said to be none', async (t) => {
  const { pool } = state.protocols['aave-v3.6'];
  for (const address of [state.tokens.WETH.address, '0x0000000000000000000000000000000000000077']) {
    const { code, out, err } = await liqd('positions', '--config', config(t, {}, (text) => text.replace(pool, address)));
    assert.equal(code, 0, err);
    assert.match(out, /nothing of it was found: is markets\.aave_v36\.address that of aave_v3\?/);
    assert.match(out, /aave_v302 +3\.0 +7 +7 /);
  }
});

test('check --online tells what each market is', async (t) => {
  const check = async (change) => {
    const file = config(t, {}, change);
    const text = await liqd('check', '--online', '--config', file);
    const json = await liqd('check', '--online', '--json', '--config', file);
    assert.equal(text.code, json.code, text.err + json.err);
    const { markets, venues } = JSON.parse(json.out);
    return { ...text, markets, venues };
  };
  const good = await check((text) => text);
  assert.equal(good.code, 0, good.err);
  const assets = (name) => Object.keys(state.protocols[name].reserves).length;
  assert.deepEqual(
    good.markets.map(({ ok, version, assets: n, priced, opaque }) => [ok, version, n, priced, opaque]),
    [[true, '3.6', assets('aave-v3.6'), assets('aave-v3.6'), 0], [true, '3.0', assets('aave-v3.0.2'), assets('aave-v3.0.2'), 0], [true, null, 0, 0, 0]],
  );
  assert.match(good.out, /contract +aave_v3 3\.6\n/);
  assert.match(good.out, /pools\n(  uniswap_v[32] 0x[0-9a-fA-F]{40} as configured, fee 0\.[0-9]{4} %\n){9}/);
  assert.deepEqual(good.venues.pools.map(({ ok }) => ok), Array(9).fill(true));
  assert.deepEqual(good.venues.lenders.map(({ status }) => status), Array(3).fill('lends'));
  assert.deepEqual(good.venues.executor, { address: '', status: 'none, and none is needed' });
  const [first] = state.protocols['uniswap-v3'].pools;
  const { address: pair } = state.protocols['uniswap-v2'].pairs[0];
  for (const [is, said] of [
    ['0x0000000000000000000000000000000000000077', /there is no such pool/],
    [pair, /names .*, which venues\.uniswap_v3 has already/],
    [state.tokens.WETH.address, /there is no such pool/],
  ]) {
    const wrong = await check((text) => text.replace(first.address, is));
    assert.equal(wrong.code, 78);
    assert.match(wrong.out + wrong.err, said);
  }
  const foreign = await check((text) => text.replace(state.protocols['uniswap-v3'].factory, state.protocols['uniswap-v2'].factory));
  assert.equal(foreign.code, 78);
  assert.match(foreign.out, /none of its factory's|does not know the pool's fee/);
  const nobody = await check((text) => `${text}\nexecutor:\n  address: "0x0000000000000000000000000000000000000077"\n`);
  assert.equal(nobody.code, 78);
  assert.match(nobody.out, /no contract at this address/);
  const { pool } = state.protocols['aave-v3.6'];
  const empty = await check((text) => text.replace(pool, '0x0000000000000000000000000000000000000077'));
  assert.equal(empty.code, 78);
  assert.equal(empty.markets[0].ok, false);
  assert.match(empty.out, /none at this address on this chain/);
  const other = await check((text) => text.replace(pool, state.tokens.WETH.address));
  assert.equal(other.code, 78);
  assert.match(other.out, /does not answer as aave_v3 does/);
});

test('a node that is not there, or of another chain, ends it soon', async (t) => {
  for (const [change, rc, message] of [
    [(text) => text.replace(/url: .*/, 'url: "ws://127.0.0.1:1"\n    timeout: 500 ms'), 69, /no node has told anything new/],
    [(text) => text.replace('id: 31337', 'id: 1'), 78, /no node is of the configured chain/],
  ]) {
    const { code, out, err } = await liqd('positions', '--config', config(t, {}, change));
    assert.equal(code, rc, err);
    assert.equal(out, '');
    assert.match(err, message);
  }
});
