import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PATHS_LIMIT } from '../commands/paths.ts';
import { httpHouse } from '../http/testing/house.ts';
import { callRemote } from './call-remote.ts';

/** A server with its HTTP API, and files for it. */
async function opened(t: TestContext, files: number) {
  const house = await httpHouse(t);
  await house.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = house.app.server.address() as AddressInfo;
  const { token } = await house.run('tokenAdd', { name: 'ci', scope: 'admin' });
  const folder = mkdtempSync(join(tmpdir(), 'perch-remote-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = Array.from({ length: files }, (_, n) => join(folder, `file-${n}`));
  for (const path of paths) writeFileSync(path, path);
  const { uploads, dataDir } = house.context;
  let coming = 0;
  const seen = { most: 0, taken: 0 };
  const { take } = uploads;
  uploads.take = async (...args) => {
    coming += 1;
    seen.most = Math.max(seen.most, coming);
    try {
      return await take.apply(uploads, args);
    } finally {
      coming -= 1;
      seen.taken += 1;
    }
  };
  const publish = (targets: string, all: readonly string[]) =>
    callRemote({ url: `http://127.0.0.1:${port}`, token }, 'releasePublishSigned', {
      ...{ targets, files: [...all] },
    });
  const kept = (): string[] => {
    try {
      return readdirSync(join(dataDir, 'uploads'));
    } catch {
      return [];
    }
  };
  return { house, paths, seen, publish, kept };
}

test('all files that a command may have are sent, one after the other, and are gone after it', async (t) => {
  const { house, paths, seen, publish, kept } = await opened(t, PATHS_LIMIT + 1);
  const [targets = '', ...files] = paths;
  let given: string[] = [];
  const { path } = house.context.uploads;
  house.context.uploads.path = (...args) => {
    const found = path.apply(house.context.uploads, args);
    given = [...given, readFileSync(found, 'utf8')];
    return found;
  };
  // They are no releases, but have come that far.
  await assert.rejects(publish(targets, files), /the file that was sent: a metadata file is not JSON/);
  assert.deepEqual(given, paths);
  assert.deepEqual(seen, { most: 1, taken: PATHS_LIMIT + 1 });
  while (kept().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('when one cannot be sent, those before it do not stay', async (t) => {
  const { paths, seen, publish, kept } = await opened(t, 3);
  const [targets = '', ...files] = paths;
  await assert.rejects(publish(targets, [...files, '/nowhere/file']), /cannot read \/nowhere\/file/);
  assert.equal(seen.taken, 3);
  assert.deepEqual(kept(), []);
});

test('when the command is refused before it begins, none stays', async (t) => {
  const { house, paths, publish, kept } = await opened(t, 3);
  const [targets = '', ...files] = paths;
  house.context.uploads.path = () => {
    throw new Error('not now');
  };
  const drops: string[] = [];
  const { drop } = house.context.uploads;
  house.context.uploads.drop = async (owner, name) => {
    drops.push(name);
    // What the route does by itself is left out, as for a caller who is told to slow down.
    return drops.length > 3 && drop.call(house.context.uploads, owner, name);
  };
  await assert.rejects(publish(targets, files), /the server failed/);
  assert.equal(drops.length, 6);
  assert.deepEqual(kept(), []);
});
