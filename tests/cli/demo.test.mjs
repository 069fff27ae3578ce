// tools/demo as a user starts it, for few blocks. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../devnet/test/proxy_support.mjs';

const DEMO = fileURLToPath(new URL('../../tools/demo', import.meta.url));
const SMALL = ['--dry-run', '--program', process.env.LIQD, '--blocks', '3'];
const LIMIT = { timeout: 5 * 60_000 };

/** Starts it with a temporary folder of its own; run resolves to its code and what it said. */
function start(t, folder, command, args) {
  const child = spawn(command, args, { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGTERM'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const run = once(child, 'close').then(([code]) => ({ code, ...said }));
  const until = async (pattern) => {
    while (!pattern.test(said.out)) await Promise.race([once(child.stdout, 'data'), run.then(({ err }) => assert.fail(`${pattern} did not come: ${err}`))]);
  };
  return { child, run, until };
}

/** Nothing is left of it: no files, and no process that names the folder of them. */
function checkGone(folder) {
  assert.deepEqual(fs.readdirSync(folder), []);
  const commands = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return ''; // it has ended
    }
  });
  assert.deepEqual(commands.filter((command) => command.includes(folder)), []);
}

test('it shows what is found, asked and won, ends with the sums and leaves nothing behind', LIMIT, async (t) => {
  const folder = scratch(t);
  const { code, out, err } = await start(t, folder, DEMO, SMALL).run;
  assert.equal(code, 0, err);
  assert.equal(err, '');
  assert.match(out, /^ {2}liqd follows it, and has compared each market 1,000 times/m);
  assert.equal([...out.matchAll(/ price +\w+ [\d.]+ USD is sent$/gm)].length, 3);
  assert.match(out, /^ +[\d.]+ s {2}block \d+ +\+[\d.]+ ms {2}found +\w+ 0x\w{4}\.\.\w{4} {2}is liquidatable$/m);
  assert.match(out, / asked +\w+ 0x\w{4}\.\.\w{4} {2}would earn [\d.]+ USD, bid [\d.]+ ETH, gas \d+$/m);
  const booked = [...out.matchAll(/^ +[\d.]+ s {2}block \d+ +(?:won|lost|reverted|unknown) /gm)].length;
  const [, won] = /^ {2}won +(\d+), /m.exec(out);
  assert.ok(Number(won) > 0 && booked >= Number(won), out);
  assert.match(out, /^ {2}would have earned +[\d.]+ USD$/m);
  assert.match(out, /^ {2}engine to transaction p50 /m);
  assert.match(out, /^ {2}the rival sent +\d+ liquidations\n$/m);
  assert.doesNotMatch(out, /\x1b/);
  checkGone(folder);
});

test('without --dry-run it sends, earns, and shows how long that took', LIMIT, async (t) => {
  const folder = scratch(t);
  const { code, out, err } = await start(t, folder, DEMO, SMALL.slice(1)).run;
  assert.equal(code, 0, `${err}${out}`);
  assert.match(out, /^ {2}liqd executor deploy: 0x\w{40} /m);
  assert.match(out, / sent +\w+ 0x\w{4}\.\.\w{4} {2}nonce \d+, at most [\d.]+ gwei per gas \(#\d+\)$/m);
  assert.match(out, / mined +\w+ 0x\w{4}\.\.\w{4} {2}[\d.]+ USD \(#\d+\)$/m);
  assert.match(out, /^ {2}decided +p50 +[\d.]+ [um]s /m);
  const [, net] = /^ {2}net +(-?[\d.]+) USD/m.exec(out);
  assert.ok(Number(net) > 0, out);
  checkGone(folder);
});

test('on a terminal it has colours, and Ctrl-C ends it with its sums', LIMIT, async (t) => {
  const folder = scratch(t);
  const shown = path.join(scratch(t), 'shown');
  // script gives it a terminal; the signal goes where the terminal's own would go
  const { child, run, until } = start(t, folder, 'script', ['-qec', `exec "${DEMO}" ${SMALL.join(' ').replace('--blocks 3', '--blocks 600')}`, shown]);
  await until(/USD is sent/);
  const demo = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  process.kill(Number(demo), 'SIGINT');
  const { code, out } = await run;
  assert.equal(code, 130, out);
  assert.match(out, /\x1b\[/);
  assert.match(out, /What it has come to[^]*would have earned/);
  checkGone(folder);
});

test('it dies with who started it, however that dies', LIMIT, async (t) => {
  const folder = scratch(t);
  const { child, run, until } = start(t, folder, DEMO, SMALL);
  await until(/the chain is ready/);
  child.kill('SIGKILL');
  await run;
  for (const end = Date.now() + 60_000; fs.readdirSync(folder).length > 0 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 50));
  checkGone(folder);
});

test('what it cannot do it says in one line', async (t) => {
  const refused = async (args) => {
    const { code, out, err } = await start(t, scratch(t), DEMO, args).run;
    assert.equal(code, 2);
    assert.equal(out, '');
    return err;
  };
  assert.equal(await refused(['--dry-run', '--blocks', '0']), 'tools/demo: --blocks "0" is not a whole number from 1 to 600: see tools/demo --help\n');
  assert.equal(await refused(['--seed']), 'tools/demo: --seed needs a value: see tools/demo --help\n');
  assert.equal(await refused(['--fast']), 'tools/demo: unknown option --fast: see tools/demo --help\n');
  assert.equal(await refused(['--dry-run', '--program', '/nowhere']), 'tools/demo: --program /nowhere is no program: see tools/demo --help\n');
  const { code, out } = await start(t, scratch(t), DEMO, ['--help']).run;
  assert.equal(code, 0);
  assert.match(out, /^usage: tools\/demo /);
});
