// A reset that strikes in the very turn in which a connection ends; then this process has nothing left to do.
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { serveBytes } from '../lib/fault_bytes.mjs';
import { Schedule } from '../lib/fault_script.mjs';

/** Asked for a latency when the end of the connection is taken, it begins a reset right behind that. */
class Sharp extends Schedule {
  active(kind) {
    if (kind === 'latency') process.nextTick(() => this.inject({ kind: 'reset', after: 0 }));
    return super.active(kind);
  }
}

const socket = path.join(os.tmpdir(), `devnet-reset-${process.pid}`);
const inner = net.createServer((connection) => connection.end());
inner.listen(socket);
await once(inner, 'listening');
const schedule = new Sharp(1);
const outer = await serveBytes(0, socket, schedule);
const client = net.connect(outer.port, '127.0.0.1').resume();
client.on('error', () => {}); // a reset may be seen
await new Promise((done) => { client.once('close', done); });
await outer.close();
inner.close();
schedule.stop();
if (schedule.counts.reset.hits !== 1) throw new Error(`${schedule.counts.reset.hits} resets`);
