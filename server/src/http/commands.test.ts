import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type HttpHouse, httpHouse } from './testing/house.ts';

async function admin(house: HttpHouse) {
  const { id, token } = await house.run('tokenAdd', { name: 'ci', scope: 'admin' });
  const ask = (method: 'POST' | 'DELETE', path: string, payload?: object) =>
    house.inject({
      ...{ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } },
      ...(payload === undefined ? {} : { payload }),
    });
  const send = async (): Promise<string> =>
    (await house.context.uploads.take(id, Readable.from([Buffer.from('hello')]))).id;
  const isThere = (upload: string): boolean => {
    try {
      house.context.uploads.path(id, `upload:${upload}`);
      return true;
    } catch {
      return false;
    }
  };
  return { ask, send, isThere };
}

test('a file that was sent is taken back', async (t) => {
  const { ask, send, isThere } = await admin(await httpHouse(t));
  const [one, other] = [await send(), await send()];
  assert.equal((await ask('DELETE', `/uploads/${one}`)).status, 204);
  assert.deepEqual([isThere(one), isThere(other)], [false, true]);
  const again = await ask('DELETE', `/uploads/${one}`);
  assert.deepEqual([again.status, /no file that you sent/.test(again.json.detail)], [404, true]);
});

test('nobody takes back what another sent', async (t) => {
  const house = await httpHouse(t);
  const { send, isThere } = await admin(house);
  const one = await send();
  assert.equal((await house.ask('admin', 'DELETE', `/uploads/${one}`)).status, 404);
  assert.equal(isThere(one), true);
});

test('files of a command that names one which is none do not stay', async (t) => {
  const { ask, send, isThere } = await admin(await httpHouse(t));
  const [targets, file] = [`upload:${await send()}`, await send()];
  const args = { targets, files: [`upload:${file}`, 'upload:000000000000'] };
  const answer = await ask('POST', '/commands/releasePublishSigned', args);
  assert.equal(answer.status, 400, answer.text);
  assert.equal(isThere(file), false);
});

test('a disk that does not let a used file go ends no server', async (t) => {
  const house = await httpHouse(t);
  const { ask, send } = await admin(house);
  house.context.uploads.drop = () => Promise.reject(new Error('EROFS'));
  const args = { targets: `upload:${await send()}`, files: [] };
  const { text } = await ask('POST', '/commands/releasePublishSigned', args);
  assert.match(text, /"error"/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(house.told, ['failed: files of the command releasePublishSigned: Error: EROFS']);
});
