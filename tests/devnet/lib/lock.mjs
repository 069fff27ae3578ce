// A lock between processes that saves double work: whoever creates the file holds it, and a dead
// holder's file is taken away. Two that take it away at once may both go on, so what is done under it
// must bear being done twice.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './guard.mjs';

const POLL_MS = 50;

function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    // an empty file is one whose creator has not written its pid yet
    if (holder && !isAlive(holder)) rmSync(path, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

/** Runs work while holding the lock file; waits for other processes that hold it. */
export async function withLock(path, work) {
  while (!tryLock(path)) await sleep(POLL_MS);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
