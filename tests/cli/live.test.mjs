// liqd run as a user runs it, on the real contracts, with a key: what is sent is mined and journaled; status, pause, resume,
// SIGHUP and the end; who is refused. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateKeyToAccount } from '../devnet/viem.mjs';
import { mine, setPrice } from '../devnet/lib/actions.mjs';
import { deployExecutor } from '../devnet/lib/deploy_executor.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { chain } from '../devnet/test/support.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';
import { fundContract } from '../sim/funds.mjs';

const devnet = await chain({ borrowers: 40 });
const { state, rpc } = devnet;
await mine(rpc, 6); // anvil has no states of the set-up

const WAIT_MS = 120_000;
const COINS = '0x3635c9adc5dea00000'; // 1000
const PASSPHRASE = 'a passphrase of the tests';
const EXIT = { node: 69, again: 75, key: 77, config: 78 };

const account = (byte) => {
  const key = `0x${byte.repeat(32)}`;
  return { key, address: privateKeyToAccount(key).address };
};
const OWNER = account('a1');
const SENDER = account('b2');

/** Starts liqd; `run` resolves to its code and what it wrote; `until` to when a pattern is in what it says. */
function start(args, options = {}) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const said = { out: '', err: '' };
  let ended = false;
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const run = once(child, 'close').then(([code, signal]) => { ended = true; return { code, signal, ...said }; });
  const until = async (pattern, { meanwhile = () => sleep(20), where = 'err', from = 0 } = {}) => {
    for (const end = Date.now() + WAIT_MS; !pattern.test(said[where].slice(from)); await meanwhile()) {
      assert.ok(!ended && Date.now() < end, `${pattern} did not come: ${said.err.slice(-6000)}\n${said.out.slice(-2000)}`);
    }
  };
  return { child, run, until, said };
}
const liqd = (...args) => start(args).run;

/** A keystore of an account in this folder, and a file with its passphrase. */
async function keystore(folder, { key, address }) {
  const [file, passphrase, secret] = ['json', 'pass', 'key'].map((end) => path.join(folder, `${address}.${end}`));
  fs.writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
  fs.writeFileSync(secret, key, { mode: 0o600 });
  const made = await liqd('keys', 'import', '--out', file, '--key-file', secret, '--passphrase-file', passphrase);
  assert.equal(made.code, 0, made.err);
  return { file, passphrase };
}

const { address: executor } = await (async () => {
  for (const { address } of [OWNER, SENDER]) await rpc.call('anvil_setBalance', [address, COINS]);
  return deployExecutor(rpc, OWNER, [SENDER.address]);
})();
await fundContract(devnet, executor);

/** A configuration of a live run in this folder; keys: what keystore() made. */
function config(folder, { file, passphrase }, { funding = 'inventory', extra = '', journal = 'journal.db', change = (text) => text } = {}) {
  const yaml = path.join(folder, 'liqd.yaml');
  const at = (name) => path.join(folder, name);
  const text = `${liqdConfig({ ...state, executor }, { funding, snapshot: at('book.snapshot'), memory: at('limits.memory') })}
senders:
  main:
    keystore: "${file}"
    passphrase_file: "${passphrase}"
journal:
  file: "${at(journal)}"
  run_dir: "${at('run')}"
  wal_size: 4 MiB
control:
  socket: "${at('s')}"
send: {simulate: false, gas_margin: 10000}
log: {rate: 0}
${extra}`;
  fs.writeFileSync(yaml, change(text.replace('limits:\n', 'limits:\n  gas_hour: 0 ETH\n  gas_day: 0 ETH\n')), { mode: 0o600 });
  return yaml;
}

const status = async (yaml) => {
  const { code, out, err } = await liqd('status', '--json', '--config', yaml);
  assert.equal(code, 0, err);
  return JSON.parse(out);
};

/** A block now and then. */
const often = async () => {
  await sleep(100);
  await mine(rpc, 1);
};

/** Blocks until all markets are trusted. */
const trust = async ({ until }) => {
  for (const market of ['aave_v36', 'aave_v302', 'morpho']) {
    await until(new RegExp(`msg=trust market=${market} trust=trusted`), { meanwhile: often });
  }
};

/** A block, at the pace of a chain: what is sent has to get there. */
const slowly = async () => {
  await sleep(2000);
  await mine(rpc, 1);
};

test('liquidates, is asked and told, and ends', { timeout: 10 * 60_000 }, async (t) => {
  const folder = scratch(t);
  const keys = await keystore(folder, SENDER);
  const yaml = config(folder, keys);
  t.after(() => setPrice(rpc, state, 'WETH', '2500'));

  const nobody = await liqd('status', '--config', yaml);
  assert.equal(nobody.code, EXIT.node, nobody.err);
  assert.match(nobody.err, /nobody listens: is liqd run running/);

  const daemon = start(['run', '--config', yaml]);
  const { until, said } = daemon;
  try {
    await until(/start: ready/, { meanwhile: often });
    const steps = [...said.err.matchAll(/msg="(start: [^"]*)"/g)].map(([, step]) => step);
    assert.deepEqual(steps, [
      'start: the configuration is good', 'start: the keys are open', 'start: the keys are locked', 'start: the journal is open',
      'start: the write-ahead log is open', 'start: the control socket listens', 'start: what sends is ready', 'start: ready',
    ]);
    await trust(daemon);

    // paused, it takes nothing; resumed, it does
    const paused = await liqd('pause', '--config', yaml);
    assert.equal(paused.code, 0, paused.err);
    await setPrice(rpc, state, 'WETH', '2000');
    await until(/msg=candidate .*limit=pause/);
    assert.equal((await status(yaml)).sending.paused, true);
    assert.doesNotMatch(said.err, / msg=take /);
    assert.equal((await liqd('resume', '--config', yaml)).code, 0);
    await until(/ msg=take /, { meanwhile: slowly });
    await until(/ mined {6}/, { where: 'out', meanwhile: slowly });

    const told = await status(yaml);
    assert.equal(told.sending.ready, true);
    assert.equal(told.sending.senders[0].address.toLowerCase(), SENDER.address.toLowerCase());
    assert.ok(told.sending.senders[0].next_nonce > 0);
    assert.equal(told.sending.senders[0].halted, false);
    assert.ok(told.profit.mined > 0);
    assert.ok(Number(told.profit.realised_usd) > 0, told.profit.realised_usd);
    assert.ok(told.journal.records > 0);
    assert.equal(told.journal.writing, true);
    assert.deepEqual(told.stages.map(({ stage }) => stage).filter((stage) => stage !== 'applied'),
      ['parsed', 'decided', 'signed', 'recorded', 'written']);
    assert.equal(told.nodes[0].health, 'well');
    const text = await liqd('status', '--config', yaml);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /^sending: ready$/m);
    const unknown = await liqd('resume', '--market', 'nowhere', '--config', yaml);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /no market of that name/);
    assert.equal((await liqd('resume', '--market', 'morpho', '--config', yaml)).code, 0);

    // one key, one process
    const second = await liqd('run', '--config', yaml);
    assert.equal(second.code, EXIT.again, second.err);
    assert.match(second.err, new RegExp(`${SENDER.address} is used by process ${daemon.child.pid}: end that one first`));

    // read again
    const from = said.err.length;
    config(folder, keys, { extra: 'profit: {min: 7}\n', change: (yamlText) => yamlText.replace('name: devnet', 'name: other') });
    daemon.child.kill('SIGHUP');
    await until(/msg="reload: done"/, { from });
    assert.match(said.err.slice(from), /reload: a key counts from now on" key=profit.min value=7/);
    assert.match(said.err.slice(from), /reload: a key counts with the next start alone" key=chain.name value=other/);
    assert.match(said.err.slice(from), /reload: done" changed=1 with_the_next_start=1/);
    const again = said.err.length;
    config(folder, keys, { extra: 'profit: {min: a lot}\n' });
    daemon.child.kill('SIGHUP');
    await until(/reload: the file has a problem, nothing is changed/, { from: again });
    config(folder, keys);
  } finally {
    daemon.child.kill('SIGTERM');
  }
  const ended = await daemon.run;
  assert.equal(ended.code, 0, ended.err);
  assert.match(ended.err, /end: nothing is under way/);
  assert.match(ended.out, /\d+ mined, \d+ reverted; realised [\d.]+ USD/);
  assert.equal(fs.existsSync(path.join(folder, 's')), false, 'the socket is gone');

  // it goes on with its journal; never sleeping, on one core
  config(folder, keys, { extra: 'cpu: {spin: true, pin: 0}\n' });
  const next = start(['run', '--config', yaml]);
  try {
    await next.until(/start: ready/, { meanwhile: often });
    assert.match(next.said.err, /start: the journal is open" file=\S+ new=false records=\d\d/);
    const threads = fs.readdirSync(`/proc/${next.child.pid}/task`).map((thread) =>
      /^Cpus_allowed_list:\s+(\S+)$/m.exec(fs.readFileSync(`/proc/${next.child.pid}/task/${thread}/status`, 'utf8'))[1]);
    assert.equal(threads[0], '0');
    if (os.cpus().length > 1) assert.ok(threads.length > 1 && threads.slice(1).every((list) => list !== '0'), threads.join(' '));
  } finally {
    next.child.kill('SIGINT');
  }
  assert.equal((await next.run).code, 0);

  // a journal that is lost
  const lost = config(folder, keys, { journal: 'another.db' });
  const refused = start(['run', '--config', lost]);
  const { code, err } = await refused.run;
  assert.equal(code, EXIT.config, err);
  assert.match(err, /has sent \d+ transactions, and there is no journal of them .*--accept-used-nonce/);
  assert.equal(fs.existsSync(path.join(folder, 'another.db')), false);
  // without an executor the sender's own tokens count, and only what the markets may take of them
  await fundContract(devnet, SENDER.address);
  config(folder, keys, { journal: 'another.db', change: (yamlText) => yamlText.replace(/executor:\n {2}address: .*\n/, '') });
  const accepted = start(['run', '--accept-used-nonce', '--config', lost]);
  try {
    await accepted.until(/start: ready/, { meanwhile: often });
    await accepted.until(/nothing can be spent of a token" inventory=usdc why="a market may not take any/, { meanwhile: often });
  } finally {
    accepted.child.kill('SIGTERM');
  }
  assert.equal((await accepted.run).code, 0);
});

test('says who is no operator of the executor', { timeout: 5 * 60_000 }, async (t) => {
  const folder = scratch(t);
  const key = `0x${'5e'.repeat(32)}`; // a sender that nobody has allowed, and that has sent nothing
  const { address } = privateKeyToAccount(key);
  const daemon = start(['run', '--config', config(folder, await keystore(folder, { key, address }))]);
  try {
    await daemon.until(new RegExp(`the sender is no operator of the executor.*sender=${address} executor=${executor}`), { meanwhile: often });
  } finally {
    daemon.child.kill('SIGTERM');
  }
  assert.equal((await daemon.run).code, 0);
});

test('says what is wrong with keys and folders', { timeout: 5 * 60_000 }, async (t) => {
  const folder = scratch(t);
  const keys = await keystore(folder, SENDER);
  const run = async (yaml, options) => start(['run', '--config', yaml], options).run;
  const wrong = path.join(folder, 'wrong');
  fs.writeFileSync(wrong, 'not it', { mode: 0o600 });
  let ended = await run(config(folder, { ...keys, passphrase: wrong }));
  assert.equal(ended.code, EXIT.key, ended.err);
  assert.match(ended.err, /liqd run: senders\.main: .*passphrase/);

  ended = await run(config(folder, keys, { change: (text) => text.replace('    passphrase_file', `    address: "${OWNER.address}"\n    passphrase_file`) }));
  assert.equal(ended.code, EXIT.key, ended.err);
  assert.match(ended.err, new RegExp(`senders.main: the key is that of ${SENDER.address}, and address is ${OWNER.address}`));

  const bare = (text) => text.replace(/ {4}passphrase_file.*\n/, '');
  const none = { ...process.env };
  delete none.LIQD_PASSPHRASE;
  ended = await run(config(folder, keys, { change: bare }), { env: none });
  assert.equal(ended.code, EXIT.key, ended.err);
  assert.match(ended.err, /senders.main: no passphrase: name a file by its passphrase_file, or give systemd's credential liqd-main/);

  // systemd's credential, and the environment with a warning; what follows is another matter
  fs.writeFileSync(path.join(folder, 'liqd-main'), PASSPHRASE, { mode: 0o400 });
  fs.writeFileSync(path.join(folder, 'file'), '');
  const noFolder = (text) => bare(text).replace(/run_dir: .*/, `run_dir: "${folder}/file"`);
  ended = await run(config(folder, keys, { change: noFolder }), { env: { ...none, CREDENTIALS_DIRECTORY: folder } });
  assert.equal(ended.code, EXIT.config, ended.err);
  assert.doesNotMatch(ended.err, /environment/);
  assert.match(ended.err, /journal.run_dir: .*is no folder/);
  ended = await run(config(folder, keys, { change: noFolder }), { env: { ...none, LIQD_PASSPHRASE: PASSPHRASE } });
  assert.equal(ended.code, EXIT.config, ended.err);
  assert.match(ended.err, /a passphrase comes from the environment/);

  const open = path.join(folder, 'open');
  fs.mkdirSync(open);
  fs.chmodSync(open, 0o777);
  ended = await run(config(folder, keys, { change: (text) => text.replace(/run_dir: .*/, `run_dir: "${open}"`) }));
  assert.equal(ended.code, EXIT.config, ended.err);
  assert.match(ended.err, /others can write there: chmod 700 it/);
  ended = await run(config(folder, keys, { change: (text) => text.replace(/run_dir: .*/, 'run_dir: "/nowhere/run"') }));
  assert.equal(ended.code, EXIT.config, ended.err);
  assert.match(ended.err, /journal.run_dir: "\/nowhere\/run": No such file or directory: make it/);

  ended = await run(config(folder, keys, { change: (text) => text.replace(/ {2}file: ".*journal.db"\n/, '').replace(/senders:\n(?: {2,}.*\n)+/, '') }));
  assert.equal(ended.code, EXIT.config, ended.err);
  assert.match(ended.err, /senders: names none, and a live run sends/);
  assert.match(ended.err, /journal.file: is empty, and a live run needs a journal/);
  for (const args of [['--once'], ['--json'], ['--report', 'x']]) {
    const usage = await liqd('run', ...args);
    assert.equal(usage.code, 2);
    assert.match(usage.err, /of a dry run: add --dry-run/);
  }
});
