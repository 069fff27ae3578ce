// Runs the program that sends, and the chain, the accounts and the contract that its tests share.
import os from 'node:os';
import path from 'node:path';
import fs from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { keccak256, privateKeyToAccount, toHex } from '../devnet/viem.mjs';
import { startAnvil } from '../devnet/lib/anvil.mjs';
import { onLines, spawnGuarded } from '../devnet/lib/guard.mjs';
import { Rpc } from '../devnet/lib/rpc.mjs';

export const CHAIN_ID = 31337;
export const GWEI = 10n ** 9n;
export const COIN = 10n ** 18n;
const WAIT_MS = 60_000;

export const quantity = (value) => `0x${BigInt(value).toString(16)}`;

/** Accounts of a test: keys by name, funded by anvil_setBalance. */
export const keyOf = (name) => keccak256(toHex(name));
export const accountOf = (name) => privateKeyToAccount(keyOf(name));

const TRANSFER = keccak256(toHex('Transfer(address,address,uint256)')).slice(2);

/* What plans call: the first byte of the data says what it does. 0x22 reverts with "nope", 0x33 uses all
   gas up; everything else moves 1000 of itself to the caller and tells of a liquidation of 7 for 9. */
export const CONTRACT = '0x00000000000000000000000000000000000c0de0';
const assemble = (burn) => [
  '60003560f81c', // the first byte
  '80602214', '61', '0000', '57',
  '603314', '61', burn.toString(16).padStart(4, '0'), '57',
  '6103e8600052', '33', '60aa', `7f${TRANSFER}`, '60206000a3',
  '6007600052', '6009602052', '601160f81b', '60406000a1', '00',
];
function contractCode() {
  const revert = ['5b', '6308c379a060e01b600052', '6020600452', '6004602452', '636e6f706560e01b604452', '60646000fd'].join('');
  const size = assemble(0x100).join('').length / 2;
  const burn = size + revert.length / 2;
  const parts = assemble(burn);
  parts[3] = size.toString(16).padStart(4, '0');
  return `0x${parts.join('')}${revert}5b61${burn.toString(16).padStart(4, '0')}56`;
}

/** A chain with the contract and funded senders. Mines when told, or at once. */
export async function startChain(t, { names = ['alice'], automine = true } = {}) {
  const anvil = await startAnvil();
  t.after(() => anvil.stop());
  const rpc = new Rpc(anvil.http);
  await rpc.call('anvil_setCode', [CONTRACT, contractCode()]);
  for (const name of names) await rpc.call('anvil_setBalance', [accountOf(name).address, quantity(100n * COIN)]);
  if (!automine) await rpc.call('evm_setAutomine', [false]);
  await rpc.call('anvil_mine', ['0x2']);
  return {
    ...anvil, rpc,
    mine: (cnt = 1) => rpc.call('anvil_mine', [quantity(cnt)]),
    block: async (tag = 'latest') => rpc.call('eth_getBlockByNumber', [tag, true]),
    pool: async () => Object.values((await rpc.call('txpool_content')).pending).flatMap((txs) => Object.values(txs)),
  };
}

export function scratch(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'liqd-exec-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Comes back when `look` says so. */
export async function until(look, ms = WAIT_MS) {
  for (const end = Date.now() + ms; !await look();) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${look}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/** Mines until the sender says the line `wanted`: an attempt is told before its bytes are with the node, and the next
 *  block may come without it. */
export async function mineUntil(chain, sender, wanted) {
  let over = false;
  const found = sender.wait(wanted).finally(() => { over = true; });
  while (!over) {
    await chain.mine(1);
    await Promise.race([pause(200), found]);
  }
  return found;
}

/** What a stub's method throws to refuse. */
export const refuse = (code, message) => { throw Object.assign(new Error(message), { code }); };

/** A stub of a node before the chain's: `methods` by name answer in its place, called with the parameters and
 *  what asks the chain. Returns {url, seen: [{method, params}]}. */
export async function startStub(t, chain, methods) {
  const seen = [];
  const answer = async ({ id, method, params }) => {
    seen.push({ method, params });
    try {
      const ask = () => chain.rpc.call(method, params);
      return { jsonrpc: '2.0', id, result: await (methods[method] ?? ask)(params, ask) };
    } catch ({ code = -32000, message, data, details }) {
      return { jsonrpc: '2.0', id, error: { code, message: message.replace(`${method}: `, ''), data: details?.data ?? data } };
    }
  };
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString());
    const said = Array.isArray(asked) ? await Promise.all(asked.map(answer)) : await answer(asked);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { url: `http://127.0.0.1:${server.address().port}`, seen };
}

/** The program with these options: {name: value or list}. */
export function startSender(t, options) {
  const args = Object.entries(options).flatMap(([name, value]) => [value].flat().flatMap((one) => [`--${name}`, String(one)]));
  const child = spawnGuarded(process.env.LIQD_TEST_SEND, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = [];
  const errors = [];
  let waiting = [];
  const exited = once(child, 'close').then(([code, signal]) => signal ?? `code ${code}`);
  onLines(child.stderr, (line) => errors.push(line));
  onLines(child.stdout, (line) => {
    said.push(JSON.parse(line));
    waiting = waiting.filter((look) => !look());
  });
  const fail = (why) => new Error(`${why}\n${said.slice(-25).map((one) => JSON.stringify(one)).join('\n')}\n${errors.slice(-25).join('\n')}`);
  t.after(() => child.kill('SIGKILL'));
  const self = {
    said, errors, exited,
    tell: (...words) => child.stdin.write(`${words.join(' ')}\n`),
    /** The first line from number `from` on that is as `wanted` says: members, or a function. */
    async wait(wanted, { from = 0, ms = WAIT_MS } = {}) {
      const fits = typeof wanted === 'function' ? wanted
        : (line) => Object.entries(wanted).every(([name, value]) => line[name] === value);
      let timer;
      const found = new Promise((resolve) => {
        const look = () => {
          const line = said.slice(from).find(fits);
          if (line) resolve(line);
          return Boolean(line);
        };
        if (!look()) waiting.push(look);
      });
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(fail(`${typeof wanted === 'function' ? wanted : JSON.stringify(wanted)} does not come`)), ms);
      });
      const ended = exited.then(async (how) => {
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        throw fail(`the program ended with ${how}`);
      });
      try {
        return await Promise.race([found, late, ended]);
      } finally {
        clearTimeout(timer);
        ended.catch(() => {});
      }
    },
    /** take INTENT of `data`, for `blocks` blocks. */
    take: (intent, { data = '0x11000000', value = 0, gas = 100000, tip = GWEI, most = 100n * GWEI, blocks = 4, to = CONTRACT } = {}) =>
      self.tell('take', intent, to, value, gas, tip, most, blocks, data),
    all: (what) => said.filter((line) => line.what === what),
    async stat() {
      const from = said.length;
      self.tell('stat');
      return self.wait({ what: 'stat' }, { from });
    },
    async stop() {
      self.tell('stop');
      return exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
  return self;
}

/** What a test's program needs at least: one node by IPC or WebSocket, its senders, a log of its own. */
export function basics(chain, folder, names = ['alice']) {
  return {
    endpoint: `node,rst,${chain.ws}`, 'chain-id': CHAIN_ID, key: names.map(keyOf), wal: path.join(folder, 'wal'),
    call: ['0x11', '0x22', '0x33'].map((first) => `${CONTRACT},${first}000000`), token: `${CONTRACT},2,0`,
  };
}
