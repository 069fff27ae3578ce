// The client's side of the wire against a server that is none.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from '../lib/wire_client.mjs';

/** Answers the handshake, RFC 6455 section 4.2.2, with FRAME in the same packet. */
function answerWith(frame) {
  return (socket) => socket.on('error', () => {}).on('data', (bytes) => {
    const key = /sec-websocket-key: (.*)\r\n/i.exec(bytes.toString())?.[1];
    if (!key) return;
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), frame]));
  });
}

test('a garbled frame behind the handshake ends the connection, not the process', async (t) => {
  const server = net.createServer(answerWith(Buffer.from([0xff, 0xff, 0xff])));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  for (let i = 0; i < 20; i += 1) {
    const node = await connect(`ws://127.0.0.1:${server.address().port}`).catch(() => undefined);
    if (node) await assert.rejects(node.call('eth_chainId'));
    await node?.close();
  }
});
