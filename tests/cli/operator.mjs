// What tests of a live run's surroundings share: keystores with coins, configurations, the program. $LIQD is it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { liqdConfig } from '../devnet/lib/liqd_config.mjs';
import { scratch } from '../devnet/test/proxy_support.mjs';
import { generatePrivateKey, privateKeyToAccount } from '../devnet/viem.mjs';

/** Runs liqd to its end: {code, out, err}. */
export async function liqd(...args) {
  const child = spawn(process.env.LIQD, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => { said.out += chunk; });
  child.stderr.on('data', (chunk) => { said.err += chunk; });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

/** A keystore of a new account with coins, its passphrase beside it: {key, address, text of senders.NAME}. */
export async function sender(rpc, folder, name, { coins = 10n } = {}) {
  const key = generatePrivateKey();
  const { address } = privateKeyToAccount(key);
  const [keystore, pass, raw] = ['json', 'pass', 'key'].map((end) => path.join(folder, `${name}.${end}`));
  fs.writeFileSync(pass, 'open sesame\n', { mode: 0o600 });
  fs.writeFileSync(raw, `${key}\n`, { mode: 0o600 });
  const { code, err } = await liqd('keys', 'import', '--key-file', raw, '--passphrase-file', pass, '--out', keystore);
  assert.equal(code, 0, err);
  await rpc.call('anvil_setBalance', [address, `0x${(coins * 10n ** 18n).toString(16)}`]);
  return { key, address, text: `  ${name}:\n    keystore: ${keystore}\n    passphrase_file: ${pass}` };
}

/** A folder for keys and journals, with another on a tmpfs for locks and logs, which is named after it. */
export function place(t) {
  const folder = scratch(t);
  const run = runOf(folder);
  t.after(() => fs.rmSync(run, { recursive: true, force: true }));
  return folder;
}
export const runOf = (folder) => path.join('/dev/shm', `liqd-${path.basename(folder)}`);

/** A configuration of these senders. */
export function config(state, folder, senders, { funding = 'flash', executor, change = (text) => text } = {}) {
  const file = path.join(folder, 'liqd.yaml');
  const parts = [
    liqdConfig({ ...state, executor }, { funding }),
    `senders:\n${senders.map(({ text }) => text).join('\n')}`,
    `journal:\n  file: ${path.join(folder, 'journal.db')}\n  run_dir: ${runOf(folder)}\n  wal_size: 1 MiB`,
  ];
  fs.writeFileSync(file, change(`${parts.join('\n\n')}\n`), { mode: 0o600 });
  return file;
}
