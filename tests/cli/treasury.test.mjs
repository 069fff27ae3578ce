// What a live run does with what was seized, on the real contracts. $LIQD is the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mine } from '../devnet/lib/actions.mjs';
import { sendSigned, waitSuccess } from '../devnet/lib/send.mjs';
import { chain } from '../devnet/test/support.mjs';
import { encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { config, liqd, place, sender } from './operator.mjs';

const { state, rpc } = await chain({ borrowers: 0 });
await mine(rpc, 6); // anvil has no states of the set-up

const ABI = parseAbi(['function transfer(address, uint256)', 'function balanceOf(address) view returns (uint256)']);
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });
const held = async (symbol, who) => BigInt(await rpc.call('eth_call', [{ to: state.tokens[symbol].address, data: encode('balanceOf', [who]) }, 'latest']));
const give = async (symbol, to, amount) =>
  waitSuccess(rpc, await sendSigned(rpc, state.accounts.whale.key, [{ to: state.tokens[symbol].address, data: encode('transfer', [to, amount]), gas: 200_000n }]), 'transfer');
const COLD = '0x00000000000000000000000000000000c01d0002';
const WETH = 10n ** 18n;
const WAIT_MS = 120_000;
const LIMIT = { timeout: 5 * 60_000 };

/** Only USDC is of the inventory, so much of it. */
const inventoryOf = (usdc, seized) => (text) =>
  `${text.replace(/\ninventory:\n(?: {2}.*\n)+/, `\ninventory:\n  usdc:\n    token: "${state.tokens.USDC.address}"\n    amount: "${usdc}"\n`)}\nseized:\n${seized}\n`;

/** Runs liqd until `done` holds, with a block every now and then. */
async function run(file, done) {
  const child = spawn(process.env.LIQD, ['run', '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk) => { err += chunk; });
  const ended = once(child, 'close');
  try {
    for (const end = Date.now() + WAIT_MS; !(await done());) {
      assert.ok(child.exitCode === null && Date.now() < end, err.slice(-4000));
      await mine(rpc, 1);
      await sleep(200);
    }
  } finally {
    child.kill('SIGTERM');
  }
  const [code] = await ended;
  assert.equal(code, 0, err.slice(-4000));
  return err;
}

async function executorOf(folder, hot) {
  const { code, out, err } = await liqd('executor', 'deploy', '--config', config(state, folder, [hot]), '--owner', hot.address, '--json');
  assert.equal(code, 0, err);
  return JSON.parse(out).address;
}

test('the executor swaps it into the first of the inventory, and keeps what the inventory wants', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(rpc, folder, 'hot');
  const executor = await executorOf(folder, hot);
  await give('WETH', executor, 2n * WETH);
  await give('USDC', executor, 700n * 10n ** 6n); // of 1,000 that the inventory may have
  const file = config(state, folder, [hot], { executor, change: inventoryOf('1000', '  action: swap') });
  await run(file, async () => (await held('WETH', executor)) === 0n);
  const got = (await held('USDC', executor)) - 700n * 10n ** 6n;
  assert.ok(got > 4_950n * 10n ** 6n && got < 5_001n * 10n ** 6n, String(got));
  assert.equal(await held('WETH', hot.address), 0n);
});

test('the executor sends it to the cold address, and nothing that is worth little', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(rpc, folder, 'hot');
  const executor = await executorOf(folder, hot);
  await give('WETH', executor, WETH);
  await give('LINK', executor, 2n * WETH); // 30 USD
  await give('USDC', executor, 1500n * 10n ** 6n); // 500 more than the inventory's
  const file = config(state, folder, [hot], { executor, change: inventoryOf('1000', `  action: sweep\n  cold: "${COLD}"`) });
  await run(file, async () => (await held('WETH', executor)) === 0n && (await held('USDC', executor)) === 1000n * 10n ** 6n);
  assert.equal(await held('WETH', COLD), WETH);
  assert.equal(await held('USDC', COLD), 500n * 10n ** 6n);
  assert.equal(await held('LINK', executor), 2n * WETH);
});

test('without an executor the sender sends it', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(rpc, folder, 'hot');
  await give('WBTC', hot.address, 10n ** 8n);
  const cold = COLD.replace('0002', '0003');
  const file = config(state, folder, [hot], { funding: 'inventory', change: inventoryOf('1000', `  action: sweep\n  cold: "${cold}"`) });
  const approved = await liqd('executor', 'approve', '--config', file);
  assert.equal(approved.code, 0, approved.err);
  await run(file, async () => (await held('WBTC', hot.address)) === 0n);
  assert.equal(await held('WBTC', cold), 10n ** 8n);
});

test('what is held stays where that is what is wanted', LIMIT, async (t) => {
  const folder = place(t);
  const hot = await sender(rpc, folder, 'hot');
  const executor = await executorOf(folder, hot);
  await give('WETH', executor, WETH);
  const file = config(state, folder, [hot], { executor, change: inventoryOf('1000', '  action: hold') });
  let blocks = 0;
  await run(file, async () => (blocks += 1) > 20);
  assert.equal(await held('WETH', executor), WETH);
});
