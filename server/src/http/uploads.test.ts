import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATHS_LIMIT } from '../commands/paths.ts';
import {
  UPLOAD_LIMIT,
  UPLOAD_MS,
  UPLOADS_BYTES_LIMIT,
  UPLOADS_LIMIT,
  UPLOADS_LOOK_MS,
  Uploads,
  type UploadsOptions,
} from './uploads.ts';

function bench(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-uploads-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const clock = { now: 0 };
  const told: string[] = [];
  const start = (more: Partial<UploadsOptions> = {}): Uploads => {
    const failed = (what: string, error: unknown): void => void told.push(`${what}: ${String(error)}`);
    const uploads = new Uploads({ dataDir, now: () => clock.now, failed, ...more });
    t.after(() => uploads.close());
    return uploads;
  };
  return { dataDir, clock, told, start };
}
const file = (text: string): Readable => Readable.from([Buffer.from(text)]);

test('a file is its sender’s alone, private, and gone once it was used', async (t) => {
  const { start, dataDir } = bench(t);
  const uploads = start();
  const { id, bytes } = await uploads.take('ada', file('hello'));
  assert.equal(bytes, 5);
  const path = uploads.path('ada', `upload:${id}`);
  assert.equal(readFileSync(path, 'utf8'), 'hello');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.throws(() => uploads.path('bob', `upload:${id}`), /is no file that you sent/);
  await uploads.drop('bob', `upload:${id}`);
  assert.ok(existsSync(path));
  await uploads.drop('ada', `upload:${id}`);
  assert.deepEqual(readdirSync(join(dataDir, 'uploads')), []);
});

test('no path of the server’s machine passes for a file that was sent', (t) => {
  const uploads = bench(t).start();
  for (const name of ['/etc/passwd', 'upload:../../etc/passwd', 'upload:', '', `upload:${'0'.repeat(12)}`])
    assert.throws(() => uploads.path('ada', name), /is no file that you sent/);
});

test('what breaks off or is too long leaves nothing', async (t) => {
  const { start, dataDir } = bench(t);
  const uploads = start();
  const broken = new Readable({
    read() {
      this.push('some');
      this.destroy();
    },
  });
  await assert.rejects(uploads.take('ada', broken), /ended before all of it came/);
  let sent = 0;
  const chunk = Buffer.alloc(8 * 1024 * 1024);
  const endless = new Readable({
    read() {
      sent += chunk.length;
      this.push(chunk);
    },
  });
  await assert.rejects(uploads.take('ada', endless), { status: 413 });
  assert.ok(sent < UPLOAD_LIMIT + 100 * 1024 * 1024);
  assert.deepEqual(readdirSync(join(dataDir, 'uploads')), []);
});

test('so many wait at once; old ones go, and a start begins with none', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { start, clock, dataDir } = bench(t);
  const uploads = start();
  for (let count = 0; count < UPLOADS_LIMIT; count++) await uploads.take('ada', file(`${count}`));
  await assert.rejects(uploads.take('ada', file('more')), { status: 503 });
  clock.now += UPLOAD_MS;
  const { id } = await uploads.take('ada', file('more'));
  assert.equal(readdirSync(join(dataDir, 'uploads')).length, 1);
  clock.now += UPLOAD_MS;
  t.mock.timers.tick(UPLOADS_LOOK_MS);
  await until(() => readdirSync(join(dataDir, 'uploads')).length === 0);
  assert.throws(() => uploads.path('ada', `upload:${id}`), /is no file that you sent/);
  start();
  assert.equal(existsSync(join(dataDir, 'uploads')), false);
});

test('there is room for all files of one command, and for others', () => {
  assert.ok(UPLOADS_LIMIT > PATHS_LIMIT + 1);
});

test('a file that a command works with stays for as long as that takes', async (t) => {
  const { start, clock } = bench(t);
  const uploads = start();
  const { id } = await uploads.take('ada', file('hello'));
  const path = uploads.path('ada', `upload:${id}`);
  clock.now += 2 * UPLOAD_MS;
  await uploads.take('ada', file('another'));
  assert.ok(existsSync(path));
});

test('all files that wait have so many bytes together, also those that come', async (t) => {
  const { start, dataDir } = bench(t);
  assert.ok(UPLOADS_BYTES_LIMIT > UPLOAD_LIMIT);
  const uploads = start({ bytesLimit: 20 });
  const coming = new Readable({ read: () => undefined });
  const comes = uploads.take('ada', coming);
  coming.push('0123456789');
  const ids = [(await uploads.take('ada', file('0123456789'))).id];
  await assert.rejects(uploads.take('ada', file('x')), { status: 503 });
  coming.push(null);
  ids.push((await comes).id);
  assert.equal(readdirSync(join(dataDir, 'uploads')).length, 2);
  await assert.rejects(uploads.take('ada', file('x')), { status: 503 });
  assert.equal(await uploads.drop('ada', `upload:${ids[0]}`), true);
  assert.equal(await uploads.drop('ada', `upload:${ids[0]}`), false);
  assert.equal((await uploads.take('ada', file('x'))).bytes, 1);
});

test('a sender who falls silent is let go; one who is slow is not', async (t) => {
  const { start, dataDir } = bench(t);
  const uploads = start({ silenceMs: 100 });
  const slow = Readable.from(
    (async function* () {
      for (let n = 0; n < 6; n++) {
        await sleep(40);
        yield Buffer.from('x');
      }
    })(),
  );
  assert.equal((await uploads.take('ada', slow)).bytes, 6);
  const silent = new Readable({ read: () => undefined });
  silent.push('hello');
  await assert.rejects(uploads.take('ada', silent), { status: 408 });
  assert.equal(silent.destroyed, true);
  assert.equal(readdirSync(join(dataDir, 'uploads')).length, 1);
});

test('a file that cannot be removed fails nothing, and is told', async (t) => {
  const { start, told } = bench(t);
  const uploads = start();
  const { id } = await uploads.take('ada', file('hello'));
  const path = uploads.path('ada', `upload:${id}`);
  rmSync(path);
  mkdirSync(path); // which is not removed as a file is
  assert.equal(await uploads.drop('ada', `upload:${id}`), true);
  assert.match(told.join(), /a file that was sent stays/);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
