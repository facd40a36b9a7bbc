import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lacking } from '../test/programs.ts';
import { BATCH_LIMIT, readBatch } from './batch-list.ts';
import { BoardError } from './board-error.ts';
import { flashBatch } from './flash-batch.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import { debianRoot, ImageReader, makeImage } from './testing/images.ts';

describe('the list of a batch', () => {
  const [first, second] = [tokenFor('one'), tokenFor('two')];

  test('has a board on each line, by alias or by host name, from any spreadsheet', () => {
    const byAlias = readBatch(`\ufeffalias,token\r\n"one","${first}"\r\ntwo, ${second}\r\n\r\n`);
    assert.deepEqual(
      byAlias.map(({ name, hostname }) => [name, hostname]),
      [
        ['one', 'one'],
        ['two', 'two'],
      ],
    );
    const [board] = readBatch(`token,hostname\n${first},North-1\n`);
    assert.deepEqual([board?.name, board?.hostname, board?.enrolment.alias], ['North-1', 'North-1', 'one']);
  });

  test('says on which line it is wrong, and repeats no token', () => {
    const refuse = (text: string, pattern: RegExp): void =>
      assert.throws(
        () => readBatch(text),
        (error: unknown) => {
          assert.ok(error instanceof BoardError);
          assert.match(error.message, pattern);
          assert.ok(!error.message.includes(first.slice(7, 60)));
          return true;
        },
      );
    refuse('', /line 1: the first line must be "alias,token"/);
    refuse('alias,token\n', /there is no board/);
    refuse(`alias,token\none,${first}\ntwo,${first.slice(0, -9)}\n`, /line 3: the token is cut short/);
    refuse(`hostname,token\na,${first}\nb,${first}\n`, /line 3: the same token as on line 2/);
    refuse(`hostname,token\na,${first}\nb,${tokenFor('one')}\n`, /line 3: the same alias as on line 2/);
    refuse(`hostname,token\na,${first}\nA,${second}\n`, /line 3: the same name as on line 2/);
    refuse(`alias,token\ntwo,${first}\n`, /line 2: the token is for "one" and not for "two"/);
    refuse(`hostname,token\n../x,${first}\n`, /line 2: "\.\.\/x" is no host name/);
    refuse(`alias,token\n.hid,${tokenFor('.hid')}\n`, /line 2: .*starts with a dot/);
    refuse(`alias,token\none\n`, /line 2: not two fields/);
  });

  test(`has no more than ${BATCH_LIMIT} boards`, () => {
    const key = 'A'.repeat(43);
    const line = (index: number): string => {
      const enrolment = {
        v: 1,
        alias: `b${index}`,
        broker: 'mqtt://b',
        prefix: 'p',
        serverKey: key,
        root: key,
      };
      return `b${index},perch1.${Buffer.from(JSON.stringify(enrolment)).toString('base64url')}`;
    };
    const text = ['alias,token', ...Array.from({ length: BATCH_LIMIT + 1 }, (_, index) => line(index))];
    assert.equal(readBatch(text.slice(0, -1).join('\n')).length, BATCH_LIMIT);
    assert.throws(() => readBatch(text.join('\n')), /more than 10000 boards/);
  });
});

describe('a batch of images', { skip: lacking('debugfs', 'mkfs.ext4', 'xz') }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-batch-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('that was broken off goes on where it was, and makes nothing anew that is whole', async () => {
    const image = makeImage({ path: join(folder, 'debian.img'), tree: debianRoot() });
    execFileSync('xz', ['-0', '-T1', image]);
    const out = join(folder, 'out');
    const boards = readBatch(
      `alias,token\n${['a', 'b', 'c'].map((alias) => `${alias},${tokenFor(alias)}`).join('\n')}`,
    );
    const options = { image: `${image}.xz`, folder: out, boards, payload: samplePayload(folder) };

    const stop = new AbortController();
    const begin = ({ name }: { name: string }): void => {
      if (name === 'b') stop.abort();
    };
    await assert.rejects(flashBatch({ ...options, begin, signal: stop.signal }), /stopped/);
    assert.deepEqual(readdirSync(out).toSorted(), ['.perch-batch.json', 'a.img']);
    const made = statSync(join(out, 'a.img')).mtimeMs;

    const seen: string[] = [];
    const results = await flashBatch({
      ...options,
      begin: ({ name }, index, done) => void seen.push(`${index} ${name} ${done}`),
    });
    assert.deepEqual(seen, ['0 a true', '1 b false', '2 c false']);
    assert.deepEqual(
      results.map(({ alias }) => alias),
      ['b', 'c'],
    );
    assert.equal(statSync(join(out, 'a.img')).mtimeMs, made);
    assert.deepEqual(readdirSync(out).toSorted(), ['.perch-batch.json', 'a.img', 'b.img', 'c.img']);
    for (const { name, token } of boards) {
      const reader = new ImageReader(join(out, `${name}.img`), {});
      assert.equal(reader.cat('/var/lib/perch/token'), `${token}\n`);
      assert.equal(reader.cat('/etc/hostname'), `${name}\n`);
    }

    const others = readBatch(`alias,token\na,${tokenFor('a')}\n`);
    await assert.rejects(
      flashBatch({ ...options, boards: others }),
      /a\.img is there and was made from something else; --force/,
    );
    await flashBatch({ ...options, boards: others, force: true });
    assert.equal(
      new ImageReader(join(out, 'a.img'), {}).cat('/var/lib/perch/token'),
      `${others[0]?.token}\n`,
    );
  });

  test('a journal that is damaged is said, and nothing is made', async () => {
    const image = makeImage({ path: join(folder, 'other.img'), tree: debianRoot() });
    const out = mkdtempSync(join(folder, 'damaged-'));
    writeFileSync(join(out, '.perch-batch.json'), '{"a": 1}');
    const boards = readBatch(`alias,token\na,${tokenFor('a')}\n`);
    await assert.rejects(
      flashBatch({ image, folder: out, boards, payload: samplePayload(folder) }),
      /damaged; remove it/,
    );
    assert.deepEqual(readdirSync(out), ['.perch-batch.json']);
  });
});
