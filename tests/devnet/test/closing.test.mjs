// What is closed ends, or is named.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { once } from 'node:events';
import { closeInTurn, within } from '../lib/closing.mjs';
import { spawnGuarded } from '../lib/guard.mjs';
import { startStrict } from '../lib/strict_proxy.mjs';
import { anvil, eventually } from './proxy_support.mjs';

const CLOSING = new URL('../lib/closing.mjs', import.meta.url);

/** Runs a program of these lines behind an import of endSoon; resolves to {code, signal, said (on stderr)}. */
async function run(lines) {
  const text = `import { endSoon } from '${CLOSING}';\n${lines}`;
  const child = spawnGuarded(process.execPath, ['--input-type=module', '-e', text],
    { stdio: ['ignore', 'inherit', 'pipe'], timeout: 30_000, killSignal: 'SIGKILL' });
  let said = '';
  child.stderr.on('data', (chunk) => { said += chunk; });
  const [code, signal] = await once(child, 'close');
  return { code, signal, said };
}

/** Stops a process; resolves when none of its threads runs any more. */
async function halt(pid) {
  process.kill(pid, 'SIGSTOP');
  const isHalted = () => fs.readdirSync(`/proc/${pid}/task`).every((id) =>
    /^State:\s+T/m.test(fs.readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8')));
  assert.ok(await eventually(isHalted));
}

test('closes', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('what ends in time is what it became', async () => {
      assert.equal(await within('it', Promise.resolve(1)), 1);
      await assert.rejects(within('it', Promise.reject(new Error('why'))), /^Error: why$/);
    }),

    t.test('what does not end is named', async () => {
      await assert.rejects(within('it', new Promise(() => {})), /^Error: it: still open after 10 s$/);
    }),

    t.test('all parts close, in turn, whatever became of those before', async () => {
      const seen = [];
      const part = (name, error) => async () => {
        seen.push(name);
        if (error) throw new Error(error);
      };
      await closeInTurn(part('a'), () => seen.push('b'));
      await assert.rejects(closeInTurn(part('c', 'one'), part('d')), /^Error: one$/);
      await assert.rejects(closeInTurn(part('e', 'one'), part('f', 'two'), part('g')), /^Error: one\ntwo$/);
      assert.equal(seen.join(''), 'abcdefg');
    }),

    t.test('a program with nothing left ends at once', async () => {
      const started = Date.now();
      assert.deepEqual(await run('endSoon();'), { code: 0, signal: null, said: '' });
      assert.ok(Date.now() - started < 8000);
    }),

    t.test('a program with something left says what, and ends', async () => {
      const { code, said } = await run("import net from 'node:net'; net.createServer().listen(0); endSoon();");
      assert.equal(code, 1);
      assert.match(said, /^still open 10 s after the end: TCPServerWrap\n$/);
    }),

    t.test('a strict proxy before an anvil that says nothing more closes', async (each) => {
      const { url, pid } = await anvil(each);
      const proxy = await startStrict({ upstream: url });
      await halt(pid);
      await assert.rejects(proxy.close(), /giving anvil its mining back: still open/);
      await assert.rejects(fetch(proxy.url));
      process.kill(pid, 'SIGCONT');
    }),
  ]);
});
