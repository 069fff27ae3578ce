// liqd executor deploy, check and approve as an operator runs them, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { mine } from '../devnet/lib/actions.mjs';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { sendSigned, waitSuccess } from '../devnet/lib/send.mjs';
import { chain } from '../devnet/test/support.mjs';
import { encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { config as configOf, liqd, place, runOf, sender as senderOf } from './operator.mjs';

const { state, rpc } = await chain({ borrowers: 0 });
await mine(rpc, 6); // anvil has no states of the set-up

const ABI = parseAbi([
  'function setOperator(address, bool)',
  'function allowance(address, address) view returns (uint256)',
  'function operators(address) view returns (bool)',
]);
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });
const view = async (to, functionName, args) => BigInt(await rpc.call('eth_call', [{ to, data: encode(functionName, args) }, 'latest']));
const LIMIT = { timeout: 5 * 60_000 };
const COLD = '0x00000000000000000000000000000000C01D0001';

/** Runs a command that is refused, and returns its one line. */
async function refused(code, ...args) {
  const done = await liqd(...args);
  assert.equal(done.code, code, `${done.out}${done.err}`);
  assert.equal(done.out, '');
  assert.match(done.err, /^liqd [^\n]*\n$/);
  return done.err;
}

const sender = (folder, name, options) => senderOf(rpc, folder, name, options);
const config = (folder, senders, options) => configOf(state, folder, senders, options);

async function deployed(file, owner, ...more) {
  const { code, out, err } = await liqd('executor', 'deploy', '--config', file, '--owner', owner, '--json', ...more);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

test('one that a cold key owns tells what the owner has to call, and check says so until it is done', LIMIT, async (t) => {
  const folder = place(t);
  const [hot, second] = [await sender(folder, 'hot'), await sender(folder, 'second')];
  const { user } = state.accounts;
  const { address, owner, owner_calls: calls, gas } = await deployed(config(folder, [hot, second]), user.address);
  assert.equal(owner, user.address);
  assert.ok(gas > 1_000_000);
  assert.deepEqual(calls.map(({ operator, to }) => [operator, to]), [[hot.address, address], [second.address, address]]);

  const file = config(folder, [hot, second], { executor: address });
  const before = await liqd('executor', 'check', '--config', file);
  assert.equal(before.code, 78, before.err);
  assert.match(before.out, /^ {2}code +ours$/m);
  assert.match(before.out, new RegExp(`^ {2}owner +${user.address}$`, 'm'));
  assert.match(before.out, new RegExp(`senders\\.hot: ${hot.address} is no operator of the executor`));
  assert.match(before.out, new RegExp(`senders\\.second: ${second.address} is no operator`));

  await waitSuccess(rpc, await sendSigned(rpc, user.key, calls.map(({ to, data }) => ({ to, data, gas: 100_000n }))), 'setOperator');
  const after = await liqd('executor', 'check', '--config', file);
  assert.equal(after.code, 0, after.out);
  assert.doesNotMatch(after.out, /^problems$/m);
  assert.match(after.out, /^ {4}key +fits its passphrase$/m);
  assert.match(after.out, /^ {4}balance +9\.\d+ ETH, gas for \d+ liquidations at this base fee$/m);
  assert.match(after.out, /^ {4}sent +1 transactions$/m);

  const online = await liqd('check', '--online', '--json', '--config', file);
  assert.equal(online.code, 0, `${online.err}${online.out}`);
  const { accounts } = JSON.parse(online.out);
  assert.equal(accounts.executor.code_ok, true);
  assert.deepEqual(accounts.senders.map(({ operator, key_opened: opened }) => [operator, opened]), [[true, true], [true, true]]);
  assert.match(await refused(78, 'executor', 'deploy', '--config', file, '--owner', user.address), /is this version's executor already/);
});

test('one that the sender owns is ready at once, and the journal knows its nonces', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(folder, 'hot');
  const file = config(folder, [hot]);
  const first = await liqd('executor', 'deploy', '--config', file, '--owner', hot.address);
  assert.equal(first.code, 0, first.err);
  const [, address] = /^executor:\n {2}address: "(0x\w+)"$/m.exec(first.out);
  assert.doesNotMatch(first.out, /setOperator/);
  assert.equal(await view(address, 'operators', [hot.address]), 1n);
  const check = await liqd('executor', 'check', '--config', config(folder, [hot], { executor: address }));
  assert.equal(check.code, 0, check.out);

  config(folder, [hot]);
  const { address: next } = await deployed(file, hot.address); // its nonces go on
  assert.notEqual(next, address);
  assert.equal(Number(await rpc.call('eth_getTransactionCount', [hot.address, 'latest'])), 4);

  fs.rmSync(path.join(folder, 'journal.db'));
  fs.rmSync(runOf(folder), { recursive: true });
  assert.match(await refused(78, 'executor', 'deploy', '--config', file, '--owner', hot.address), /has sent 4 transactions, and there is no journal of them.*--accept-used-nonce/);
  await deployed(file, COLD, '--accept-used-nonce');
});

test('each wrong state is named', LIMIT, async (t) => {
  const folder = place(t);
  const [hot, poor] = [await sender(folder, 'hot'), await sender(folder, 'poor', { coins: 0n })];
  const problems = async (senders, options, change = (text) => text) => {
    const file = config(folder, senders, options);
    fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
    const { code, out, err } = await liqd('executor', 'check', '--json', '--config', file);
    assert.equal(code, 78, `${out}${err}`);
    return JSON.parse(out).problems;
  };
  const matches = (list, ...patterns) => {
    assert.equal(list.length, patterns.length, list.join('\n'));
    patterns.forEach((pattern, i) => assert.match(list[i], pattern));
  };
  matches(await problems([hot], { executor: COLD }), /^executor\.address: there is no contract at/);
  matches(await problems([hot], { executor: state.tokens.WETH.address }), /^executor\.address: the contract at .* is not this version's executor/);
  matches(
    await problems([hot], {}, (text) => text.replace(/^ *file: .*journal\.db\n/m, '')),
    /^executor\.address: is empty, and flash loans need an executor: liqd executor deploy makes one/,
    /^journal\.file: is empty, and a live run needs a journal/,
  );
  matches(await problems([hot, poor], { funding: 'inventory' }), /^executor\.address: is empty, and several senders need/, /^senders\.poor: holds 0 ETH/);
  const own = { funding: 'inventory' }; // which one sender needs no executor for
  matches(await problems([poor], own), /^senders\.poor: holds 0 ETH, less than limits\.gas_balance/);
  matches(await problems([hot], own, (text) => text.replace('hot.pass', 'none.pass')), /^senders\.hot: .*none\.pass/);
  fs.writeFileSync(path.join(folder, 'wrong.pass'), 'open barley\n', { mode: 0o600 });
  matches(await problems([hot], own, (text) => text.replace('hot.pass', 'wrong.pass')), /^senders\.hot: .*passphrase/);
});

test('without an executor approvals are what the inventory says, once', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(folder, 'hot');
  const file = config(folder, [hot], { funding: 'inventory' });
  const usdc = state.tokens.USDC.address;
  const pool = state.protocols['aave-v3.6'].pool;
  const allowed = () => view(usdc, 'allowance', [hot.address, pool]);
  const one = await liqd('executor', 'approve', '--config', file, '--token', 'usdc', '--amount', '12.5');
  assert.equal(one.code, 0, one.err);
  assert.match(one.out, /^aave_v36 may take 12\.5 usdc$/m);
  assert.equal(await allowed(), 12_500_000n);
  const again = await liqd('executor', 'approve', '--config', file, '--token', 'usdc', '--amount', '12.5');
  assert.match(again.out, /^aave_v36 may take 12\.5 usdc, as before$/m);
  const sent = Number(await rpc.call('eth_getTransactionCount', [hot.address, 'latest']));
  assert.equal(sent, 3); // one for each market
  const back = await liqd('executor', 'approve', '--config', file, '--token', 'usdc', '--amount', '0');
  assert.equal(back.code, 0, back.err);
  assert.equal(await allowed(), 0n);
  const all = await liqd('executor', 'approve', '--config', file);
  assert.equal(all.code, 0, all.err);
  assert.equal(await allowed(), 1_000_000n * 10n ** 6n);
  const check = await liqd('executor', 'check', '--config', file);
  assert.equal(check.code, 0, check.out);
  assert.match(check.out, /^ {4}aave_v36 +may take 1000000$/m);

  assert.match(await refused(2, 'executor', 'approve', '--config', file, '--token', 'gold'), /the inventory has none called gold/);
  assert.match(await refused(2, 'executor', 'approve', '--config', file, '--amount', 'much'), /--amount: /);
});

test('what cannot be is refused before anything is sent', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(folder, 'hot');
  const file = config(folder, [hot]);
  assert.match(await refused(2, 'executor', 'deploy', '--config', file), /whose is it to be\?/);
  assert.match(await refused(2, 'executor', 'deploy', '--config', file, '--owner', '0x12'), /--owner: /);
  assert.match(await refused(2, 'executor', 'deploy', '--config', file, '--owner', `0x${'0'.repeat(40)}`), /is nobody/);
  assert.match(await refused(78, 'executor', 'approve', '--config', file), /no market is liquidated out of the inventory/);
  assert.match(await refused(78, 'executor', 'approve', '--config', config(folder, [hot], { executor: COLD })), /there is an executor/);
  const bare = path.join(folder, 'bare.yaml');
  fs.writeFileSync(bare, liqdConfig(state, { funding: 'flash' }), { mode: 0o600 });
  assert.match(await refused(78, 'executor', 'deploy', '--config', bare, '--owner', COLD), /has no senders/);
  assert.match(await refused(78, 'executor', 'check', '--config', bare), /neither senders nor an executor/);
  assert.equal(Number(await rpc.call('eth_getTransactionCount', [hot.address, 'latest'])), 0);
});

test('a sender without coins or passphrase is told, and not waited for', LIMIT, async (t) => { // ten minutes else
  const folder = place(t);
  const poor = await sender(folder, 'poor', { coins: 0n });
  const said = await refused(78, 'executor', 'deploy', '--config', config(folder, [poor]), '--owner', COLD);
  assert.match(said, new RegExp(`${poor.address} holds 0 ETH, and this may take up to 0\\.\\d+ ETH: send it coins`));
  const mute = { ...poor, text: poor.text.replace(/\n *passphrase_file:.*/, '') };
  assert.match(await refused(77, 'executor', 'deploy', '--config', config(folder, [mute]), '--owner', COLD), /senders\.poor: no passphrase: name a file/);
});

test('while a daemon has the key nothing is sent with it', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(folder, 'hot');
  const file = config(folder, [hot], { funding: 'inventory' });
  const daemon = spawn(process.env.LIQD, ['run', '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => daemon.kill('SIGKILL'));
  let err = '';
  for await (const chunk of daemon.stderr) {
    err += chunk;
    if (/the keys are locked/.test(err)) break;
  }
  assert.match(err, /the keys are locked/);
  for (const args of [['deploy', '--owner', COLD], ['approve']]) {
    assert.match(await refused(75, 'executor', ...args, '--config', file), new RegExp(`is used by process ${daemon.pid}: end that one first`));
  }
  daemon.kill('SIGKILL');
  await once(daemon, 'close');
  assert.equal(Number(await rpc.call('eth_getTransactionCount', [hot.address, 'latest'])), 0);
});
