// Finds a running chain by its state file, and speaks to the process that keeps it.
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { DevnetError } from './errors.mjs';
import { isAlive } from './guard.mjs';

/** What a state file says, whether its chain runs or not; undefined when there is no file. */
function parseState(path) {
  let state;
  try {
    state = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    if (error.code) throw new DevnetError(`state file ${path}: ${error.code}: name another`);
  }
  if (!state?.control || !state.pids?.up) throw new DevnetError(`state file ${path}: not one that devnet up wrote: name another`);
  return state;
}

/** The state of the running chain that a state file describes. */
export function readState(path) {
  const state = parseState(path);
  if (!state) throw new DevnetError(`state file ${path}: there is none: start a chain with devnet up --state ${path}`);
  if (!isAlive(state.pids.up)) {
    throw new DevnetError(`state file ${path}: its chain has stopped: start it again with devnet up --state ${path}`);
  }
  return state;
}

/** Throws unless a chain may write this state file: it overwrites what a dead chain left, nothing else. */
export function requireStateFile(path) {
  const { pids } = parseState(path) ?? {};
  if (pids && isAlive(pids.up)) {
    throw new DevnetError(`state file ${path}: its chain runs (pid ${pids.up}): stop it with devnet down --state ${path}`);
  }
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new DevnetError(`state file ${path}: its folder: ${error.code}: name another`);
  }
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
