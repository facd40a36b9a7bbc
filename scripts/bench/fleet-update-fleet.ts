import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { readToken } from '../../broker-bridge/src/enrolment.ts';
import type { Platform } from '../../broker-bridge/src/release.ts';
import { perform } from '../../server/src/cli/perform.ts';
import { objectPath } from '../../server/src/releases/object-store.ts';
import { elfOf } from '../../server/src/releases/sample-elf.ts';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { ROOT } from '../build/paths.ts';
import { Process } from '../e2e/processes.ts';
import type { Watch } from './benchmark.ts';
import { type Goal, UpdatingBoard } from './fleet-update-board.ts';

/** Boards that say their first Hello at once. */
const STARTING_AT_ONCE = 50;
const PLATFORM: Platform & 'linux-x64' = 'linux-x64';
/** The beginning of a made-up executable runs. */
const FILLED_FROM = 4096;
/** Where files are memory: the boards' disks are not what is measured, and there are many of them in one process. */
const MEMORY = '/dev/shm';

export interface Fleet {
  boards: UpdatingBoard[];
  /** Of the server's process. */
  pid: number;
  /** SHA-256 of the executable that the boards run. */
  runs: string;
  /** Bytes of what carries the release. */
  objects: { full: number; patch: number };
  [Symbol.asyncDispose](): Promise<void>;
}

export interface FleetPlan {
  boards: number;
  /** What a board keeps on its disk. */
  bytes: number;
  /** Bytes of a made-up executable; undefined for the real one. */
  size: number | undefined;
}

/** A server with two releases and what carries the second, and boards that run the first. */
export async function startFleet(
  { boards: count, bytes, size }: FleetPlan,
  brokerUrl: string,
  { progress, signal }: Watch,
): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const folder = (where: string): string => {
    const path = mkdtempSync(join(where, 'perch-bench-fleet-'));
    stack.defer(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const data = folder(tmpdir());
  const disks = folder(hasRoom(MEMORY, count * bytes) ? MEMORY : tmpdir());
  const main = join(ROOT, 'server/src/main.ts');
  const args = ['serve', '--data', data, '--broker', brokerUrl, '--fast-objects', '--no-http'];
  const server = new Process('server', process.execPath, [main, ...args]);
  stack.defer(async () => void (await server.end()));
  await server.says('connected to the broker');

  const releases = [];
  for (const version of ['0.1.0', '0.2.0'] as const) {
    progress(`release ${version} is built and published`);
    const file = size === undefined ? await e2eExecutable(PLATFORM, version) : madeUp(disks, size, version);
    signal.throwIfAborted();
    const { release } = await perform(data, 'releasePublish', { platform: PLATFORM, version, file });
    releases.push(release);
  }
  const [base, target] = releases;
  await untilMade(data, { progress, signal });
  const objects = objectsOf(data, target!.sha256);

  const boards: UpdatingBoard[] = [];
  stack.defer(async () => void (await Promise.all(boards.map((board) => board.close()))));
  const goal = { sequence: target!.sequence, sha256: target!.sha256, hashOf: hashesIn(data) };
  for (let n = 1; n <= count; n++) {
    const alias = `board-${String(n).padStart(4, '0')}`;
    const { token } = await perform(data, 'enroll', { alias });
    mkdirSync(join(disks, alias));
    boards.push(new UpdatingBoard(readToken(token), PLATFORM, join(disks, alias), goal));
  }
  for (let at = 0; at < count; at += STARTING_AT_ONCE) {
    signal.throwIfAborted();
    await Promise.all(boards.slice(at, at + STARTING_AT_ONCE).map((board) => board.start()));
  }
  const kept = stack.move();
  return {
    ...{ boards, pid: server.child.pid!, runs: base!.sha256, objects },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** An executable that does little, and that nothing makes smaller. Both versions differ in little. */
function madeUp(folder: string, size: number, version: string): string {
  const bytes = elfOf(PLATFORM, size, version);
  const zeros = Buffer.alloc(bytes.length - FILLED_FROM);
  createCipheriv('chacha20', Buffer.alloc(32), Buffer.alloc(16)).update(zeros).copy(bytes, FILLED_FROM);
  const file = join(folder, `executable-${version}`);
  writeFileSync(file, bytes, { mode: 0o755 });
  return file;
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 2 * bytes;
  } catch {
    return false;
  }
}

/** The server makes objects one after the other. */
async function untilMade(data: string, { progress, signal }: Watch): Promise<void> {
  for (;;) {
    const { objects } = await perform(data, 'status', {});
    if (objects.making === null && objects.waiting === 0) return;
    progress(`the server makes ${objects.making ?? 'objects'}, ${objects.percent} %`);
    await sleep(200, undefined, { signal });
  }
}

function objectsOf(data: string, target: string): Fleet['objects'] {
  const db = new DatabaseSync(databasePath(data), { readOnly: true });
  try {
    const rows = db
      .prepare('SELECT base_sha256 AS base, length FROM objects WHERE target_sha256 = ?')
      .all(target);
    const full = rows.find(({ base }) => base === '');
    const patch = rows.find(({ base }) => base !== '');
    if (full === undefined || patch === undefined) throw new Error('the server did not make both objects');
    return { full: Number(full.length), patch: Number(patch.length) };
  } finally {
    db.close();
  }
}

/** Reads each beginning of an object once. */
function hashesIn(data: string): Goal['hashOf'] {
  const known = new Map<string, string>();
  return (object, length) => {
    const key = `${object} ${length}`;
    const hash =
      known.get(key) ??
      createHash('sha256')
        .update(readFileSync(objectPath(data, object)).subarray(0, length))
        .digest('hex');
    known.set(key, hash);
    return hash;
  };
}
