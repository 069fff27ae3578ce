// A stub of Web3Signer: eth_signTransaction by accounts in memory, over TLS that wants a client's certificate. What
// it does not know it refuses; it can be told to misbehave.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { parseTransaction, serializeTransaction } from '../devnet/viem.mjs';
import { accountOf } from './sender.mjs';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const FIELDS = ['from', 'to', 'gas', 'maxFeePerGas', 'maxPriorityFeePerGas', 'nonce', 'value', 'data', 'chainId'];

/** Certificates of a test's own, made by openssl: an authority, a server and a client of its, a stranger. */
export function makeCertificates(folder) {
  const at = (name) => path.join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = (name) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at(`${name}.key`)];
  const authority = (name) => openssl('req', '-x509', ...key(name), '-out', at(`${name}.pem`), '-days', '2', '-subj', `/CN=${name}`);
  authority('ca');
  authority('stranger');
  for (const name of ['server', 'client']) {
    openssl('req', ...key(name), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
    fs.writeFileSync(at('ext'), 'subjectAltName=IP:127.0.0.1');
    openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
      '-out', at(`${name}.pem`), '-days', '2', '-extfile', at('ext'));
  }
  return at;
}

/** The transaction that a request's parameters name, as Web3Signer reads them. */
function transactionOf([given], chainId) {
  const strange = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (strange) throw new Error(`the stub does not know ${strange}`);
  return {
    type: 'eip1559', chainId, to: given.to, gas: BigInt(given.gas), nonce: Number(given.nonce), value: BigInt(given.value),
    data: given.data, maxFeePerGas: BigInt(given.maxFeePerGas), maxPriorityFeePerGas: BigInt(given.maxPriorityFeePerGas),
  };
}

/** The same signature with s in the upper half, which no block may hold. */
function withHighS(raw) {
  const { r, s, yParity, ...tx } = parseTransaction(raw);
  return serializeTransaction(tx, { r, s: `0x${(ORDER - BigInt(s)).toString(16)}`, yParity: 1 - yParity });
}

const HOW = {
  well: (account, tx) => account.signTransaction(tx),
  'another account': (account, tx) => accountOf('mallory').signTransaction(tx),
  'another transaction': (account, tx) => account.signTransaction({ ...tx, to: accountOf('mallory').address }),
  'high s': async (account, tx) => withHighS(await account.signTransaction(tx)),
  silence: () => new Promise(() => {}),
  nonsense: () => '0x02zz',
  refusal: () => { throw new Error('signing failed: \u001b[31mno such key'); },
};

/** Starts one for the account `name`; `tls` is what makeCertificates returned, or nothing for plain HTTP.
 *  Returns {url, seen, be(how)}. */
export async function startStubWeb3signer(t, { name, chainId, tls }) {
  let how = 'well';
  const seen = [];
  const account = accountOf(name);
  const answer = async ({ id, method, params }) => {
    seen.push({ method, params });
    try {
      if (method !== 'eth_signTransaction') throw new Error('method not found');
      if (params[0].from.toLowerCase() !== account.address.toLowerCase()) throw new Error('From address does not match unlocked account');
      return { jsonrpc: '2.0', id, result: await HOW[how](account, transactionOf(params, chainId)) };
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: -32000, message: error.message } };
    }
  };
  const onRequest = async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(await answer(JSON.parse(Buffer.concat(chunks).toString()))));
  };
  const options = tls && {
    key: fs.readFileSync(tls('server.key')), cert: fs.readFileSync(tls('server.pem')), ca: fs.readFileSync(tls('ca.pem')),
    requestCert: true, rejectUnauthorized: true,
  };
  const server = tls ? https.createServer(options, onRequest) : http.createServer(onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { url: `http${tls ? 's' : ''}://127.0.0.1:${server.address().port}`, seen, be: (other) => { how = other; } };
}
