// A live daemon of which one account signs elsewhere, whose transactions go to relays and builders alone, and which a service
// manager looks after. $LIQD is the program, $SHIM what is preloaded.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendPrice } from '../devnet/lib/actions.mjs';
import { startRelay } from '../devnet/lib/relay_stub.mjs';
import { Rpc } from '../devnet/lib/rpc.mjs';
import { startStrict } from '../devnet/lib/strict_proxy.mjs';
import { undo } from '../devnet/test/proxy_support.mjs';
import { startStubRelay } from '../exec/stub_relay.mjs';
import { makeCertificates, startStubWeb3signer } from '../exec/stub_web3signer.mjs';
import { accountOf, journalOf, keystore } from './daemon.mjs';
import { startManager } from './manager.mjs';
import { Shim } from './shim.mjs';
import { checkOnce, sendingOf, startStage } from './stage.mjs';

const TIMEOUT = { timeout: 600_000 };
const WATCHDOG_MS = 10_000;
const TURN_MS = 100;
const EXIT = { node: 69 };
const run = promisify(execFile);

const stage = await startStage(['main', 'away']);

/** A chain that builds blocks of bundles, a relay and two builders, of which one takes all and does nothing, a signer over TLS. */
async function begin(t) {
  const parts = { relays: [] };
  const place = (kind, { url }) => `{kind: ${kind}, url: "${url}", timeout: 2 s}`;
  const made = await stage.fresh(t, async (folder) => {
    const { state } = stage.scene;
    parts.strict = await startStrict({ upstream: state.ws });
    undo(t, async () => { for (const one of parts.relays) await one.close(); await parts.strict.close(); });
    for (let i = 0; i < 2; i += 1) parts.relays.push(await startRelay({ upstream: parts.strict.wsUrl }));
    parts.dropper = await startStubRelay(t, 'silent');
    const tls = makeCertificates(folder);
    parts.signer = await startStubWeb3signer(t, { name: 'end to end: away', chainId: state.chainId, tls });
    const { address } = accountOf('away');
    const remote = { address, remote: parts.signer.url, client_cert: tls('client.pem'), client_key: tls('client.key'), ca_file: tls('ca.pem') };
    const key = keystore(folder, accountOf('relay'));
    const [relay, builder] = parts.relays;
    return {
      senders: { main: stage.main, away: { remote } },
      nodes: { devnet: parts.strict.wsUrl },
      extra: {
        relays: { relay: place('private', relay), builder: place('bundle', builder), dropper: place('bundle', parts.dropper) },
        send: { public: false, relay_key: `"${key.file}"`, relay_passphrase_file: `"${key.passphrase}"`, in_flight: 2 },
      },
    };
  });
  const node = new Rpc(parts.strict.url);
  const turn = async () => { await node.call('evm_mine'); await sleep(TURN_MS); };
  const fall = async (price) => { await sendPrice(node, stage.scene.state, 'WETH', price); await turn(); };
  return { ...parts, ...made, turn, fall };
}

const wayOf = async (daemon, name) => (await sendingOf(daemon)).ways.find((one) => one.name === name);

test('signed elsewhere and here, it goes to relays and builders alone and lands; who drops it is noticed; the manager is told', TIMEOUT, async (t) => {
  const { config, signer, dropper, relays, turn, fall, folder } = await begin(t);
  const manager = await startManager(t, folder, { watchdogMs: WATCHDOG_MS });
  const shim = new Shim(t, folder);
  const daemon = stage.start(t, config, { before: shim.before, env: manager.env });
  await daemon.says(/start: ready/, { meanwhile: turn });
  assert.ok(manager.tells(/^READY=1\|STATUS=at block/), JSON.stringify(manager.said));
  const from = performance.now();

  // neither TLS nor HTTP gets memory for a while: nothing is lost
  const minedOf = async () => (await sendingOf(daemon)).senders.map((one) => one.mined);
  let price = 2250;
  for (const who of ['libcrypto', 'libcurl']) {
    shim.starve(0, who);
    await fall(String(price));
    for (let i = 0; i < 4; i += 1) await turn();
    assert.ok(!daemon.ended, daemon.tail());
    assert.ok(shim.failed > 0, `${who}: nothing failed`);
    shim.feed();
    price -= 100;
  }

  await fall('1600'); // more at once than one sender has nonces for
  await daemon.until('both have mined', async () => (await minedOf()).every((count) => count > 0), { meanwhile: turn });
  assert.ok(signer.seen.length > 0);
  const named = accountOf('relay').address;
  assert.ok(dropper.seen.length > 0 && dropper.seen.every((one) => one.signer === named), 'requests are signed by the relay key');

  // nobody but the one that drops it
  for (const one of relays.splice(0)) await one.close();
  await fall('1700');
  await daemon.says(/none of them is mined" way=dropper/, { meanwhile: turn });
  assert.ok((await wayOf(daemon, 'dropper')).silent > 0);

  daemon.child.kill('SIGHUP');
  await daemon.until('it says that it reloads', () => manager.tells(/^RELOADING=1\|MONOTONIC_USEC=\d+$/), { meanwhile: turn });
  assert.ok(manager.silence(from) < WATCHDOG_MS, `${manager.silence(from)} ms without a sign of life`);
  await daemon.stop(turn);
  assert.ok(manager.tells(/^STOPPING=1$/));
  await checkOnce(config, { sent: [] });
  const { intents } = await journalOf(stage.program, config);
  assert.ok(intents.length > 0);
});

test('check --online asks relays too', TIMEOUT, async (t) => {
  const { config, dropper, turn } = await begin(t);
  await turn();
  const check = async (...args) => run(stage.program, ['check', '--online', '--config', config.file, ...args]).catch((error) => error);
  const { relays } = JSON.parse((await check('--json')).stdout);
  assert.deepEqual(relays.map(({ name, kind, available, says }) => [name, kind, available, says]), [
    ['relay', 'private', true, 'no signature provided'], ['builder', 'bundle', true, 'no signature provided'], ['dropper', 'bundle', true, ''],
  ]);
  assert.ok(relays.every(({ url }) => !url.includes('key-of-ours')), 'secrets are not told');
  for (const [how, why] of [['hang', /within/], ['page', /status 502 and no JSON-RPC: is its URL right/], ['huge', /more than 16384 bytes/]]) {
    dropper.be(how);
    const bad = await check();
    assert.equal(bad.code, EXIT.node, bad.stderr);
    assert.match(bad.stdout.split('\ndropper: ')[1], new RegExp(`not available +.*${why.source}`), how);
  }
});
