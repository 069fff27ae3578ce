// Finds a running chain by its state file, and speaks to the process that keeps it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { DevnetError } from './errors.mjs';
import { isAlive } from './guard.mjs';

/** The state of the chain that a state file describes; throws when it is none or has stopped. */
export function readState(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DevnetError(`state file ${path} (${error.code}): start a chain with devnet up --state ${path}`);
  }
  let state;
  try {
    state = JSON.parse(text);
  } catch {
    state = {};
  }
  if (!state.control || !state.http) throw new DevnetError(`state file ${path}: not one that devnet up wrote: name another`);
  if (!isAlive(state.pids.up)) throw new DevnetError(`state file ${path}: its chain has stopped: start it again with devnet up --state ${path}`);
  return state;
}

/** Sends a command to the chain of a state file and returns its answer. */
export async function control(state, command, options = {}) {
  const socket = connect(state.control);
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new DevnetError(`${state.control} (${error.code}): the chain has stopped: start one with devnet up`);
  }
  socket.write(`${JSON.stringify({ command, options })}\n`);
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  const { text, error } = JSON.parse(Buffer.concat(chunks).toString() || '{"error":"the chain stopped before it answered"}');
  if (error) throw new DevnetError(error);
  return text;
}
