// What the tests of the proxies share: anvil, accounts, clients.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mnemonicToAccount } from 'viem/accounts';
import { anvilPath, startAnvil } from '../lib/anvil.mjs';
import { spawnGuarded } from '../lib/guard.mjs';
import { toHex } from '../lib/wire.mjs';
import { connect } from '../lib/wire_client.mjs';

const MNEMONIC = 'test test test test test test test test test test test junk'; // anvil's

export const CHAIN_ID = 31337;
export const gwei = (n) => BigInt(Math.round(n * 1e9));
export const accounts = Array.from({ length: 10 }, (_, addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex }));

/** An anvil that ends with the test: {url, pid, kill()}. */
export async function anvil(t) {
  const { http: url, pid, stop } = await startAnvil();
  t.after(stop);
  return { url, pid, kill: () => process.kill(pid, 'SIGKILL') };
}

/** The address of an anvil that orders by the fee cap, which the strict proxy must refuse. */
export async function anvilByFees(t) {
  const child = spawnGuarded(anvilPath(), ['--port', '0', '--order', 'fees'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    const match = /Listening on (\S+:\d+)/.exec(said);
    if (match) return `http://${match[1]}`;
  }
  throw new Error(`anvil did not start: ${said}`);
}

export async function client(t, endpoint) {
  const connection = await connect(endpoint);
  t.after(() => connection.close());
  return connection;
}

const undos = new WeakMap(); // test -> what ends with it

/** Has a test undo something at its end: the last first, as t.after does not, and all though one fails. */
export function undo(t, what) {
  if (!undos.has(t)) {
    undos.set(t, []);
    t.after(async () => {
      const errors = [];
      for (const one of undos.get(t).reverse()) {
        try { await one(); } catch (error) { errors.push(error); }
      }
      if (errors.length) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
    });
  }
  undos.get(t).push(what);
}

/** A folder for sockets and files, removed with the test. */
export function scratch(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'devnet-'));
  undo(t, () => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** A signed transfer of one wei, or what `fields` say. */
export function signed(account, nonce, maxFeePerGas, maxPriorityFeePerGas, fields = {}) {
  return account.signTransaction({
    chainId: CHAIN_ID, type: 'eip1559', nonce, to: accounts[9].address, value: 1n, gas: 21000n,
    maxFeePerGas, maxPriorityFeePerGas, ...fields,
  });
}

/** Puts runtime code at an address. */
export const setCode = (node, address, code) => node.call('anvil_setCode', address, code);

/** Code that emits one log with the calldata's first word as its topic. */
export const LOGGER_CODE = '0x5f355f5fa100';
/** Code that reverts. */
export const REVERT_CODE = '0x5f5ffd';
/** Code that hands its call's value to the block's producer. */
export const BRIBE_CODE = '0x5f5f5f5f34415af100';

export const word = (n) => `0x${BigInt(n).toString(16).padStart(64, '0')}`;

/** Resolves to true when `condition` does, to false when it has not within `limit` ms. */
export async function eventually(condition, limit = 60_000) {
  for (const end = Date.now() + limit; Date.now() < end;) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

export const setBaseFee = (node, fee) => node.call('anvil_setNextBlockBaseFeePerGas', toHex(fee));
