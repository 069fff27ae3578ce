// A stub of relays and builders that misbehave: takes what is signed, and says or does what it is told to.
import http from 'node:http';
import { once } from 'node:events';
import { keccak256 } from '../devnet/viem.mjs';
import { verifySignature } from '../devnet/lib/relay_stub.mjs';

const HASH = `0x${'77'.repeat(32)}`;
const SLOW_MS = 1500;

/* What it says to a request; null: nothing, ever. */
const WAYS = {
  silent: ({ method, params: [{ tx }] }) => (method === 'eth_sendBundle' ? { result: { bundleHash: HASH } } : { result: tx ? keccak256(tx) : true }),
  hang: () => null,
  slow: (request) => new Promise((resolve) => { setTimeout(() => resolve(WAYS.silent(request)), SLOW_MS); }),
  lie: () => ({ result: HASH }),
  page: () => '<html><body>502 Bad Gateway</body></html>',
  bomb: () => `[${'['.repeat(100000)}`,
  huge: () => JSON.stringify({ result: 'x'.repeat(1 << 20) }),
  refuse: () => ({ error: { code: -32000, message: 'insufficient funds for gas * price + value' } }),
};

/** Starts one that behaves as `how` says, a name above. Returns {url, seen: [{method, params, signer}], be(how)}. */
export async function startStubRelay(t, how) {
  const seen = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { id, method, params } = JSON.parse(text);
    const header = request.headers['x-flashbots-signature'];
    seen.push({ method, params, signer: header ? await verifySignature(header, text) : null });
    const said = await WAYS[how]({ method, params });
    if (said === null) return;
    if (typeof said === 'string') response.statusCode = how === 'page' ? 502 : 200;
    response.setHeader('Content-Type', 'application/json');
    response.end(typeof said === 'string' ? said : JSON.stringify({ jsonrpc: '2.0', id, ...said }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { url: `http://127.0.0.1:${server.address().port}/key-of-ours-0123456789`, seen, be: (other) => { how = other; } };
}
