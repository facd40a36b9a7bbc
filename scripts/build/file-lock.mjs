// Plain JavaScript, because bootstrap.mjs uses it on Node 20.
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The holder touches its lock this often, in milliseconds. */
const HEARTBEAT = 2_000;
/** A lock that nobody touched for this long is left over. A process id alone would not tell: ids are used again. */
const STALE_AFTER = 60_000;
const POLL = 100;

const readLock = (path) => {
  try {
    return { text: readFileSync(path, 'utf8'), touched: statSync(path).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const isLeftOver = ({ text, touched }) => {
  const pid = Number.parseInt(text, 10);
  const age = Date.now() - touched;
  // A lock without a number was caught between its creation and its first byte, or its writer died there.
  return age > STALE_AFTER || (Number.isInteger(pid) ? !alive(pid) : age > HEARTBEAT);
};

/** Moves a left-over lock aside. Two waiters may try it together: who got a fresh lock by mistake puts it back. */
const removeLeftOver = (path, seen) => {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== seen.text) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
};

/**
 * Runs `work` while holding the lock file `path` (process id and a random word). Waits at most `wait` milliseconds for
 * another holder; `onWait(pid)` is called once when there is one.
 * @template T
 * @param {string} path
 * @param {{ wait: number, onWait?: (pid: number) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFileLock(path, options, work) {
  const text = `${process.pid} ${randomBytes(8).toString('hex')}\n`;
  const deadline = Date.now() + options.wait;
  let told = false;
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const seen = readLock(path);
    if (seen === undefined) continue;
    if (isLeftOver(seen)) {
      removeLeftOver(path, seen);
      continue;
    }
    if (!told) {
      told = true;
      options.onWait?.(Number.parseInt(seen.text, 10));
    }
    if (Date.now() > deadline)
      throw new Error(
        `${path} has been held by process ${seen.text.split(' ')[0]} for too long. If nothing is running, delete that file and try again.`,
      );
    await sleep(POLL);
  }
  const heartbeat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Deleted by hand: there is nothing to keep fresh.
    }
  }, HEARTBEAT);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readLock(path)?.text === text) rmSync(path, { force: true });
  }
}
