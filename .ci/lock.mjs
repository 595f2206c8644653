/**
 * A lock between processes of one machine: a directory, because mkdir is atomic everywhere, with the holder's pid in it.
 * A lock whose holder has died is taken over. Who takes over makes a second directory inside the first and reads the pid
 * once more there, so that of several only one does, and none takes a lock that was fresh by then.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
/** A directory without a pid is younger than this only while its maker is about to write it. */
const UNNAMED_MS = 10_000;

/**
 * Waits for the lock, at most `patienceMs`; `waiting(pid)` is called once if somebody else holds it.
 * Answers with the function that releases it.
 */
export async function acquire(path, { patienceMs, waiting }) {
  mkdirSync(dirname(path), { recursive: true });
  const giveUpAt = Date.now() + patienceMs;
  let told = false;
  while (!tryTake(path)) {
    if (!told) waiting(holder(path));
    told = true;
    if (Date.now() > giveUpAt) {
      throw new Error(
        `process ${holder(path)} holds ${path} for too long; if it does something else, remove that folder`,
      );
    }
    await sleep(POLL_MS);
  }
  return () => release(path);
}

function tryTake(path) {
  if (made(path)) {
    sign(path);
    return true;
  }
  return isStale(path) && takeOver(path);
}

function takeOver(path) {
  const claim = join(path, 'takeover');
  if (!made(claim)) return false;
  const stale = isStale(path);
  if (stale) sign(path);
  rmdirSync(claim);
  return stale;
}

function release(path) {
  const away = `${path}.${process.pid}`;
  renameSync(path, away);
  rmSync(away, { recursive: true, force: true });
}

/** False when it is there already, or its parent was released meanwhile. */
function made(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    throw error;
  }
}

function sign(path) {
  const draft = join(path, `pid.${process.pid}`);
  writeFileSync(draft, String(process.pid));
  renameSync(draft, join(path, 'pid'));
}

function holder(path) {
  try {
    return Number(readFileSync(join(path, 'pid'), 'utf8'));
  } catch {
    return null;
  }
}

function isStale(path) {
  const pid = holder(path);
  if (pid !== null) return !isAlive(pid);
  try {
    return Date.now() - statSync(path).mtimeMs > UNNAMED_MS;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
