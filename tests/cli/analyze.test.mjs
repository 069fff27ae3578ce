// liqd analyze as a user runs it, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { mine, setPrice } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';

const { state, rpc } = await chain({ borrowers: 60 });
await mine(rpc, 6); // anvil has no states of the set-up

async function run(args, env = {}) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => { out += chunk; });
  child.stderr.on('data', (chunk) => { err += chunk; });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

function config(t, options = {}, change = (text) => text) {
  const file = path.join(scratch(t), 'liqd.yaml');
  fs.writeFileSync(file, change(liqdConfig(state, options)), { mode: 0o600 });
  return file;
}

async function analyze(file, ...args) {
  const { code, out, err } = await run(['analyze', '--config', file, '--json', '--gas-price', '1', '--limit', '1000', ...args]);
  assert.equal(code, 0, err);
  return { ...JSON.parse(out), err };
}

const sum = (list, key) => list.reduce((all, x) => all + BigInt(key(x)), 0n);
const MONEY = ['collateral_usd_wad', 'debt_usd_wad', 'bad_debt_usd_wad', 'repaid_usd_wad', 'seized_usd_wad', 'gross_usd_wad', 'swap_usd_wad', 'flash_fee_usd_wad', 'gas_usd_wad', 'bid_usd_wad', 'net_usd_wad'];
const COUNTS = ['liquidatable', 'bad_debt', 'taken', 'unpriced'];

function checkSum(s) {
  for (const key of MONEY) assert.match(s[key], /^-?\d+$/, key);
  for (const key of COUNTS) assert.ok(Number.isInteger(s[key]), key);
  assert.equal(s.saturated, false);
  assert.equal(BigInt(s.seized_usd_wad) - BigInt(s.repaid_usd_wad), BigInt(s.gross_usd_wad));
  const costs = sum(['swap', 'flash_fee', 'gas', 'bid'], (x) => s[`${x}_usd_wad`]);
  assert.equal(BigInt(s.gross_usd_wad) - costs, BigInt(s.net_usd_wad));
  assert.equal(Object.values(s.reasons).reduce((a, b) => a + b, 0), s.liquidatable);
  assert.equal(s.reasons.taken, s.taken);
}

function checkPoint(point) {
  checkSum(point);
  point.markets.forEach(checkSum);
  for (const key of [...MONEY, ...COUNTS]) assert.equal(sum(point.markets, (m) => m[key]), BigInt(point[key]), key);
}

/** That the accounts are what the sums are of. */
function checkAccounts(found, point) {
  assert.equal(found.account_cnt, point.liquidatable);
  assert.equal(found.accounts.length, found.account_cnt);
  const taken = found.accounts.filter(({ reason }) => reason === 'taken');
  assert.equal(taken.length, point.taken);
  assert.equal(sum(taken, (a) => a.profit.net_usd_wad), BigInt(point.net_usd_wad));
  assert.equal(sum(found.accounts, (a) => a.debt_usd_wad), BigInt(point.debt_usd_wad));
  assert.deepEqual(found.accounts.slice(0, taken.length), taken);
  const nets = taken.map((a) => BigInt(a.profit.net_usd_wad));
  assert.deepEqual(nets, nets.toSorted((a, b) => (a < b ? 1 : -Number(a > b))));
  for (const a of found.accounts) {
    assert.ok(BigInt(a.health_factor_wad) < 10n ** 18n);
    assert.equal(a.steps.length > 0, a.reason === 'taken', a.account);
    for (const { repays, seizes } of a.steps) for (const x of [repays, seizes]) {
      assert.match(x.amount, /^\d+$/);
      assert.match(x.token, /^0x[0-9a-fA-F]{40}$/);
      assert.ok(x.symbol && Number.isInteger(x.decimals));
    }
  }
}

const id = (a) => `${a.market} ${a.id} ${a.account}`;
/** Within a thousandth: interest goes on between two blocks, and differences of sums feel it most. */
function near(a, b, what) {
  const [x, y] = [BigInt(a), BigInt(b)];
  const gap = x > y ? x - y : y - x;
  assert.ok(gap * 1000n <= (y < 0n ? -y : y), `${what}: ${a}, ${b}`);
}

/** Fields of a CSV as RFC 4180 has them. */
function parseCsv(text) {
  assert.ok(text.endsWith('\r\n'));
  const rows = text.slice(0, -2).split('\r\n').map((line) => line.match(/("([^"]|"")*"|[^,"]*)(,|$)/g).slice(0, line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).length)
    .map((field) => field.replace(/,$/, '').replace(/^"(.*)"$/s, '$1').replaceAll('""', '"')));
  for (const row of rows) assert.equal(row.length, rows[0].length, row.join('|'));
  return rows.slice(1).map((row) => Object.fromEntries(row.map((field, i) => [rows[0][i], field])));
}

/** A decimal number as a wad. */
function wad(text) {
  const [, minus, whole, part = ''] = text.match(/^(-?)(\d+)(?:\.(\d+))?$/);
  return (minus ? -1n : 1n) * BigInt(whole + part.padEnd(18, '0'));
}

test('a shock is what a price that moved would be', async (t) => {
  const file = config(t);
  const shocked = await analyze(file, '--shock', 'WETH=-15%');
  checkPoint(shocked.now);
  checkPoint(shocked.shocked);
  checkAccounts(shocked, shocked.shocked);
  assert.ok(shocked.shocked.liquidatable > shocked.now.liquidatable);
  assert.ok(shocked.shocked.taken > 3 && BigInt(shocked.shocked.net_usd_wad) > 0n);
  assert.deepEqual(shocked.shocks.map(({ assets, change_ppm: change, moves }) => [assets, change, moves.map(({ name }) => name)]), [[['WETH'], -150000, ['eth_usd']]]);
  t.after(() => setPrice(rpc, state, 'WETH', '2500'));
  await setPrice(rpc, state, 'WETH', '2125');
  const moved = await analyze(file);
  assert.equal(moved.shocked, null);
  const table = (await run(['analyze', '--config', file, '--shock', 'WBTC=-5%'])).out;
  assert.match(table, /\nEach is sized alone, with all of the funds and on untouched pools: not all can earn that \(--together\)\.\n/);
  for (const head of ['Sensitivity, under the shock', 'Break-even, under the shock: ', 'Concentration of debt, before the shock']) assert.ok(table.includes(`\n${head}`), head);
  checkPoint(moved.now);
  checkAccounts(moved, moved.now);
  assert.deepEqual(moved.accounts.map(id).toSorted(), shocked.accounts.map(id).toSorted());
  for (const key of MONEY) near(shocked.shocked[key], moved.now[key], key);
  const listed = JSON.parse((await run(['positions', '--config', file, '--json', '--below', '1', '--all'])).out);
  assert.deepEqual(listed.positions.map(id).toSorted(), moved.accounts.map(id).toSorted());
});

test('a grid has each point, and the table, CSV and drawing have the grid', async (t) => {
  const folder = scratch(t);
  const [csv, svg] = ['grid.csv', 'grid.svg'].map((name) => path.join(folder, name));
  const file = config(t, { funding: 'flash' });
  const found = await analyze(file, '--grid', 'WETH=-20%:0%:5%', '--together', '--csv', csv, '--plot', svg);
  const { axes, points } = found.grid;
  assert.deepEqual([axes[0].from_ppm, axes[0].to_ppm, axes[0].step_ppm], [-200000, 0, 50000]);
  assert.deepEqual(points.map(({ changes_ppm: [change] }) => change), [-200000, -150000, -100000, -50000, 0]);
  points.forEach(checkSum);
  for (const key of [...MONEY, ...COUNTS]) assert.equal(points[4][key], found.now[key], key);
  for (const point of points) {
    assert.ok(point.together.taken <= point.taken);
    assert.ok(BigInt(point.together.net_usd_wad) <= BigInt(point.net_usd_wad));
  }
  const shocked = await analyze(file, '--shock', 'WETH=-15%');
  for (const key of MONEY) near(points[1][key], shocked.shocked[key], key);

  const rows = parseCsv(fs.readFileSync(csv, 'utf8'));
  assert.equal(rows.length, points.length);
  rows.forEach((row, i) => {
    assert.equal(Number(row.WETH_percent) * 10000, points[i].changes_ppm[0]);
    for (const key of ['collateral_usd', 'debt_usd', 'bad_debt_usd', 'gross_usd', 'net_usd']) assert.equal(wad(row[key]), BigInt(points[i][`${key}_wad`]), key);
    assert.equal(wad(row.together_net_usd), BigInt(points[i].together.net_usd_wad));
    assert.equal(Number(row.liquidatable), points[i].liquidatable);
  });
  const drawing = fs.readFileSync(svg, 'utf8');
  assert.match(drawing, /^<\?xml [^]*<svg [^]*<\/svg>\s*$/);
  for (const text of ['Collateral that can be liquidated', 'Net profit', 'Bad debt', 'WETH, %']) assert.ok(drawing.includes(text), text);
  execFileSync('python3', ['-c', 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])', svg]);
  assert.deepEqual(fs.readdirSync(folder).toSorted(), ['grid.csv', 'grid.svg']);

  const table = await run(['analyze', '--config', file, '--grid', 'WETH=-20%:0%:5%']);
  assert.equal(table.code, 0, table.err);
  assert.match(table.out, /\nGrid\n {2}WETH moves eth_usd\n\n *WETH +count +collateral +debt +bad debt +earn +gross +net\n *-20 % +\d+/);
  for (const line of table.out.split('\n')) assert.ok(line.length <= 110, line);
});

test('two ranges make a product, and a heat map', async (t) => {
  const svg = path.join(scratch(t), 'map.svg');
  const found = await analyze(config(t), '--grid', 'WETH=-20%:0%:10%', '--grid', 'wstETH=-5%:0%:5%', '--plot', svg);
  assert.deepEqual(found.grid.points.map(({ changes_ppm: c }) => c), [[-200000, -50000], [-200000, 0], [-100000, -50000], [-100000, 0], [0, -50000], [0, 0]]);
  assert.ok(fs.readFileSync(svg, 'utf8').includes('wstETH, %'));
  const [eth] = found.grid.axes[0].moves;
  assert.ok(!found.grid.axes[1].moves.some(({ source }) => source === eth.source)); // a depeg
  assert.ok(found.grid.points[4].liquidatable > found.grid.points[5].liquidatable);
});

test('sensitivity, break-even and concentration are there and make sense', async (t) => {
  const found = await analyze(config(t), '--shock', 'WETH=-15%');
  const of = (kind) => found.sensitivity.filter((s) => s.of === kind);
  assert.deepEqual(of('gas_price').map(({ value, times }) => [value, times]), [['500000000', 0.5], ['1000000000', 1], ['2000000000', 2], ['5000000000', 5], ['10000000000', 10]]);
  assert.deepEqual(of('bonus_bps').map(({ value }) => value), [-200, -100, 0, 100, 200]);
  assert.deepEqual(of('close_factor_bps').map(({ value }) => value), [2500, 5000, 7500, 10000]);
  assert.deepEqual(of('slippage_bps').map(({ value }) => value), [0, 10, 50, 100]);
  const nets = (kind) => of(kind).map((s) => BigInt(s.net_usd_wad));
  const sorted = (list, up) => list.every((x, i) => i === 0 || (up ? x >= list[i - 1] : x <= list[i - 1]));
  assert.ok(sorted(nets('gas_price'), false) && sorted(nets('bonus_bps'), true));
  for (const [kind, i] of [['gas_price', 1], ['bonus_bps', 2], ['slippage_bps', 0]]) assert.equal(nets(kind)[i], BigInt(found.shocked.net_usd_wad), kind);

  assert.ok(found.break_even.length > 3);
  const sizes = found.break_even.map(({ at }) => at.filter(({ state: s }) => s === 'found').map(({ repaid }) => BigInt(repaid.amount)));
  assert.ok(sizes.every((list) => sorted(list, true)) && sizes.flat().length > 10);
  assert.ok(found.break_even.every(({ at }) => at.length === 5));

  const c = found.concentration;
  assert.ok(c.accounts > 60 && c.top_1_bps <= c.top_10_bps && c.top_10_bps <= c.top_100_bps && c.top_100_bps <= 10000);
  assert.ok(c.hhi_bps > 0 && c.groups.length > 3 && c.largest.length > 3);
  assert.ok(BigInt(c.largest[0].debt_usd_wad) * 10000n / BigInt(c.debt_usd_wad) - BigInt(c.top_1_bps) <= 1n);

  const named = await analyze(config(t), '--gas-price=3,7', '--market', 'morpho').catch(() => null);
  assert.equal(named, null); // given twice
  const { code, out, err } = await run(['analyze', '--config', config(t), '--json', '--gas-price', '3,7', '--market', 'morpho', '--limit', '2']);
  assert.equal(code, 0, err);
  const morpho = JSON.parse(out);
  assert.equal(morpho.gas.price_wei, '3000000000');
  assert.deepEqual(morpho.sensitivity.filter((s) => s.of === 'gas_price').map(({ value, times }) => [value, times]), [['3000000000', null], ['7000000000', null]]);
  assert.deepEqual(morpho.now.markets.map(({ market }) => market), ['morpho']);
  assert.ok(morpho.break_even.every(({ market, at }) => market === 'morpho' && at.length === 2));
});

test('accounts go to CSV, and nothing else to standard output', async (t) => {
  const found = await analyze(config(t), '--shock', 'WETH=-15%');
  const { code, out, err } = await run(['analyze', '--config', config(t), '--shock', 'WETH=-15%', '--gas-price', '1', '--csv', '-', '--limit', '1']);
  assert.equal(code, 0, err);
  const rows = parseCsv(out);
  assert.equal(rows.length, found.account_cnt);
  assert.deepEqual(rows.map((r) => [r.market, r.account, r.reason]), found.accounts.map((a) => [a.market, a.account, a.reason]));
  rows.forEach((row, i) => {
    const net = found.accounts[i].profit?.net_usd_wad;
    if (net) near(wad(row.net_usd), net, row.account);
    else assert.equal(row.net_usd, '');
  });
});

test('a snapshot needs no node', async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const live = await analyze(config(t, { snapshot }), '--shock', 'WETH=-15%');
  const dead = { url: 'ws://127.0.0.1:1' };
  const alone = await analyze(config(t, dead), '--snapshot', snapshot, '--shock', 'WETH=-15%');
  for (const key of ['now', 'shocked', 'accounts', 'sensitivity', 'break_even', 'concentration']) assert.deepEqual(alone[key], live[key], key);
  assert.equal(alone.block.hash, live.block.hash);
  const none = await run(['analyze', '--config', config(t, dead), '--snapshot', snapshot]);
  assert.equal(none.code, 0, none.err);
  assert.match(none.out, /gas at [\d.]+ gwei, the tip alone, since no base fee is known/);
});

/** The chain as it would look AGO_SEC later. */
async function olderChain(t, agoSec) {
  const answer = async ({ id: number, method, params }) => {
    try {
      const result = await rpc.call(method, params);
      const moved = /^eth_getBlockBy/.test(method) && result && { timestamp: `0x${(Number(result.timestamp) - agoSec).toString(16)}` };
      return { jsonrpc: '2.0', id: number, result: moved ? { ...result, ...moved } : result };
    } catch (e) {
      return { jsonrpc: '2.0', id: number, error: { code: e.code ?? -32000, message: e.message } };
    }
  };
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const message = JSON.parse(text);
    const body = Array.isArray(message) ? await Promise.all(message.map(answer)) : await answer(message);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
}

test('a snapshot that is too old is refused, unless it is asked for', async (t) => {
  const snapshot = path.join(scratch(t), 'book.snapshot');
  const first = await run(['analyze', '--config', config(t, { url: await olderChain(t, 1200), snapshot }), '--csv', '-']);
  assert.equal(first.code, 0, first.err);
  const strict = config(t, { url: 'ws://127.0.0.1:1' }, (text) => `${text}\nsnapshot: {max_age: 2 min}\n`);
  const refused = await run(['analyze', '--config', strict, '--snapshot', snapshot]);
  assert.equal(refused.code, 1);
  assert.equal(refused.out, '');
  assert.match(refused.err, /^liqd analyze: snapshot ".*book\.snapshot": its block is 2\d min old, and snapshot\.max_age is 2 min: take --old to look at it all the same, or leave --snapshot out\n$/);
  const old = await run(['analyze', '--config', strict, '--snapshot', snapshot, '--old']);
  assert.equal(old.code, 0, old.err);
  assert.match(old.out, /^devnet, block \d+, 1\d{3} s old; /);
});

test('gnuplot that is missing or fails is said, and leaves no file', async (t) => {
  const folder = scratch(t);
  const svg = path.join(folder, 'x.svg');
  fs.writeFileSync(svg, 'as it was');
  const args = ['analyze', '--config', config(t), '--grid', 'WETH=-1%:0%:1%', '--plot', svg];
  const missing = await run(args, { PATH: '/nowhere' });
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^liqd analyze: --plot needs gnuplot, which is not installed: install the package gnuplot-nox/);
  const bin = scratch(t);
  fs.writeFileSync(path.join(bin, 'gnuplot'), '#!/bin/sh\ncat > /dev/null\necho "line 3: \u001b[31mno such thing" >&2\nexit 1\n', { mode: 0o755 });
  const failed = await run(args, { PATH: `${bin}:${process.env.PATH}` });
  assert.equal(failed.code, 1);
  assert.match(failed.err, /liqd analyze: gnuplot failed: line 3: \\x1b\[31mno such thing\n$/);
  fs.writeFileSync(path.join(bin, 'gnuplot'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const dead = await run(args, { PATH: `${bin}:${process.env.PATH}` });
  assert.equal(dead.code, 1);
  assert.match(dead.err, /gnuplot failed: it said nothing/);
  assert.equal(fs.readFileSync(svg, 'utf8'), 'as it was');
  assert.deepEqual(fs.readdirSync(folder), ['x.svg']);
});

test('what cannot be is said in one line', async (t) => {
  const file = config(t);
  const cases = [
    [['--shock', 'WETH=-120%'], 2, /^liqd analyze: --shock: "WETH=-120%": a price cannot fall by 100 % or more\n$/],
    [['--shock', 'WETH'], 2, /is no shock such as WETH=-10%/],
    [['--grid', 'WETH=0%:-10%:1%'], 2, /from the lower change to the higher/],
    [['--grid', 'WETH=-10%:0%:0%'], 2, /a step is above 0 %/],
    [['--grid', 'WETH=-1%:0%:0.0001%'], 2, /more than 10000 points/],
    [['--grid', 'WETH=-20%:0%:0.1%', '--grid', 'WBTC=-20%:0%:0.1%'], 2, /the product has more than 10000 points/],
    [['--grid', 'A=0%:0%:1%', '--grid', 'B=0%:0%:1%', '--grid', 'C=0%:0%:1%'], 2, /given more than twice/],
    [['--plot', 'x.svg'], 2, /--plot draws a grid/],
    [['--csv', '-', '--json'], 2, /exclude each other/],
    [['--grid', 'WETH=-20%:0%:5%', '--plot', '-'], 2, /--plot names a file: standard output is for --csv/],
    [['--csv', ''], 2, /name a file/],
    [['--old'], 2, /--old goes with --snapshot/],
    [['--limit', '0'], 2, /--limit is no number/],
    [['--gas-price', 'cheap'], 2, /--gas-price: "cheap": a price of gas is a number of gwei/],
    [['--market', 'nowhere'], 2, /--market names none of the configuration's/],
    [['--together', '--market', 'morpho'], 2, /exclude each other/],
    [['--csv', '/nowhere/x.csv'], 1, /"\/nowhere\/x\.csv": No such file/],
    [['--csv', scratch(t)], 1, /" is no regular file: name another/],
    [['--grid', 'WETH=-20%:0%:5%', '--plot', scratch(t)], 1, /" is no regular file: name another/],
    [['--snapshot', '/nowhere/x'], 1, /No such file/],
    [['--shock', 'weth=-10%'], 2, /"weth": no such asset here: did you mean WETH/],
    [['--shock', 'feeds.eth_us=-10%'], 2, /did you mean feeds\.eth_usd/],
    [['--shock', '\u001b[31m=-10%'], 2, /"\\x1b\[31m": no such token here/],
    [['--shock', `${state.feeds.WETH.proxy}=-10%`], 2, /no market here has such a token/],
    [['--shock', 'WETH=-10%', '--shock', 'feeds.eth_usd=-5%'], 2, /two changes move the feed 0x/],
    [['--shock', 'WETH=-10%', '--grid', 'WETH=-10%:0%:5%'], 2, /two changes move the feed 0x/],
  ];
  for (const [args, code, message] of cases) {
    const found = await run(['analyze', '--config', file, ...args]);
    assert.equal(found.code, code, `${args.join(' ')}: ${found.err}`);
    assert.match(found.err, message);
    assert.equal(found.err.split('\n').filter((line) => line.startsWith('liqd')).length, 1, found.err);
    assert.equal(found.out, '');
  }
});
