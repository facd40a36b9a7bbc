import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { perchServer } from './run-process.ts';

test('who is logged in is listed, and can be logged out', { timeout: 60_000 }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'perch-access-'));
  t.after(() => rmSync(data, { recursive: true }));
  const store = await openSqliteStore(databasePath(data));
  const created = Date.now();
  for (const [id, name] of [
    ['0123456789ab', 'ada'],
    ['ba9876543210', 'bob'],
  ] as const)
    await store.addGrant({
      ...{ kind: 'session', id, name, scope: 'read', secretSha256: `hash of ${name}`, created },
      expires: created + 60_000,
    });
  await store.close();
  const run = (...words: string[]) => perchServer([...words, '--data', data], { cwd: data });

  const listed = await run('session', 'list');
  assert.match(listed.out, /^ID +NAME +SCOPE +BEGUN +EXPIRES +USED\n/);
  assert.match(listed.out, /^0123456789ab +ada +read .* never$/m);
  const ended = await run('session', 'end', '0123456789ab');
  assert.deepEqual([ended.code, ended.out], [0, 'The session 0123456789ab of ada has ended.\n']);
  const again = await run('session', 'end', '0123456789ab');
  assert.equal(again.code, 1);
  assert.match(again.err, /there is no session "0123456789ab"; see perch-server session list/);
  const { sessions } = JSON.parse((await run('session', 'list', '--json')).out);
  assert.deepEqual(sessions, [
    { id: 'ba9876543210', name: 'bob', scope: 'read', created, expires: created + 60_000, own: false },
  ]);
  assert.equal((await run('session', 'end', 'ba9876543210')).code, 0);
  assert.match((await run('session', 'list')).err, /Nobody is logged in/);
});
