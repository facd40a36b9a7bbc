import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { UPLOAD_LIMIT, UPLOAD_MS, UPLOADS_LIMIT, Uploads } from './uploads.ts';

function bench(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-uploads-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const clock = { now: 0 };
  return { dataDir, clock, uploads: new Uploads(dataDir, () => clock.now) };
}
const file = (text: string): Readable => Readable.from([Buffer.from(text)]);

test('a file is its sender’s alone, private, and gone once it was used', async (t) => {
  const { uploads, dataDir } = bench(t);
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
  const { uploads } = bench(t);
  for (const name of ['/etc/passwd', 'upload:../../etc/passwd', 'upload:', '', `upload:${'0'.repeat(12)}`])
    assert.throws(() => uploads.path('ada', name), /is no file that you sent/);
});

test('what breaks off or is too long leaves nothing', async (t) => {
  const { uploads, dataDir } = bench(t);
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
  const { uploads, clock, dataDir } = bench(t);
  for (let count = 0; count < UPLOADS_LIMIT; count++) await uploads.take('ada', file(`${count}`));
  await assert.rejects(uploads.take('ada', file('more')), { status: 503 });
  clock.now += UPLOAD_MS;
  await uploads.take('ada', file('more'));
  assert.equal(readdirSync(join(dataDir, 'uploads')).length, 1);
  new Uploads(dataDir, () => 0);
  assert.equal(existsSync(join(dataDir, 'uploads')), false);
});
