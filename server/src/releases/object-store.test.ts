import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FRAME_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { OBJECTS_OPEN, ObjectStore, objectPath } from './object-store.ts';

async function withObjects(body: (dataDir: string, objects: ObjectStore) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-objects-'));
  const objects = new ObjectStore(dataDir);
  mkdirSync(join(dataDir, 'objects'));
  try {
    await body(dataDir, objects);
  } finally {
    await objects.close();
    rmSync(dataDir, { recursive: true });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('objects are read by range, and only by range', () =>
  withObjects(async (dataDir, objects) => {
    const whole = randomBytes(3 * FRAME_LIMIT);
    const name = sha256(whole);
    writeFileSync(objectPath(dataDir, name), whole);
    const object = await objects.open(name, whole.length);
    assert.equal(object.length, whole.length);
    assert.deepEqual(await object.read(100, 50), whole.subarray(100, 150));
    assert.deepEqual(await object.read(whole.length - 5, FRAME_LIMIT), whole.subarray(-5));
    const bad: [number, number][] = [
      [-1, 10],
      [whole.length, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [0, 0],
      [0, FRAME_LIMIT + 1],
    ];
    for (const [offset, length] of bad)
      await assert.rejects(object.read(offset, length), { code: 'BAD_RANGE' });
    object.close();
    await assert.rejects(objects.open(name, 5), { code: 'WRONG_LENGTH' });
    truncateSync(objectPath(dataDir, name), 10);
    await assert.rejects(object.read(100, 50), { code: 'DISK', message: /shorter/ });
  }));

test('a name that is no hash never reaches the disk, and an unknown one is told as such', () =>
  withObjects(async (dataDir, objects) => {
    writeFileSync(join(dataDir, 'secret'), 'secret');
    for (const name of ['../secret', '', 'A'.repeat(64), `${'a'.repeat(63)}/`, 'a'.repeat(64)])
      await assert.rejects(objects.open(name), { code: 'UNKNOWN_OBJECT' });
  }));

test('only a few objects are open at once: idle ones make room, busy ones do not', () =>
  withObjects(async (dataDir, objects) => {
    const names = Array.from({ length: OBJECTS_OPEN + 2 }, (_, index) => sha256(Buffer.from([index])));
    for (const name of names) writeFileSync(objectPath(dataDir, name), name);
    const openFiles = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return statSync(`/proc/self/fd/${fd}`).size === 64;
        } catch {
          return false;
        }
      }).length;
    for (const name of names) (await objects.open(name)).close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(openFiles(), OBJECTS_OPEN);
    const held = await Promise.all(names.slice(0, OBJECTS_OPEN).map((name) => objects.open(name)));
    await assert.rejects(objects.open(names.at(-1)!), { code: 'BUSY' });
    held[0]!.close();
    held[0]!.close();
    const last = await objects.open(names.at(-1)!);
    assert.equal((await last.read(0, 64)).toString(), names.at(-1));
    for (const [index, object] of held.entries())
      if (index > 0) assert.equal((await object.read(0, 64)).toString(), names[index]);
    await objects.close();
    assert.equal(openFiles(), 0);
  }));
