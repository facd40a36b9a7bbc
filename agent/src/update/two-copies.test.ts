import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { cksum } from './cksum.ts';
import { folder } from './testing/folder.ts';
import { formatCopy, parseCopy, readCopies, writeCopies } from './two-copies.ts';

const files = (state: string): [string, string] => [join(state, 'x.a'), join(state, 'x.b')];

test('the sum is what the program cksum prints', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('123456789'), Buffer.alloc(70_000, 0xa7)])
    assert.equal(cksum(bytes), execFileSync('cksum', { input: bytes, encoding: 'utf8' }).trim());
});

test('a text comes back, and nothing that was changed or cut comes back at all', () => {
  const line = fc.string({ unit: 'grapheme-ascii' }).map((text) => `${text}\n`);
  fc.assert(
    fc.property(
      fc.nat(10 ** 9),
      fc.array(line, { maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (generation, lines, at, flip) => {
        const copy = { generation, text: lines.join('') };
        const content = formatCopy(copy);
        assert.deepEqual(parseCopy(content), copy);
        const bytes = Buffer.from(content);
        assert.equal(parseCopy(content.slice(0, at % content.length)), undefined);
        bytes[at % bytes.length]! ^= flip;
        assert.equal(parseCopy(bytes.toString('latin1')), undefined);
      },
    ),
  );
});

test('the copies are written in turn, so that the one before is there whatever happens to the last', (t) => {
  const state = folder(t);
  assert.equal(readCopies(state, 'x'), undefined);
  for (let round = 0; round < 6; round++) {
    writeCopies(state, 'x', `round ${round}\n`);
    assert.equal(readCopies(state, 'x'), `round ${round}\n`);
    if (round === 0) continue;
    const [newest] = files(state).filter((path) => readFileSync(path, 'utf8').includes(`round ${round}`));
    const whole = readFileSync(newest!);
    for (const spoil of [
      () => writeFileSync(newest!, whole.subarray(0, whole.length - 3)),
      () => writeFileSync(newest!, ''),
      () => rmSync(newest!),
    ]) {
      spoil();
      assert.equal(readCopies(state, 'x'), `round ${round - 1}\n`);
    }
    writeFileSync(newest!, whole);
  }
});

test('a copy that is damaged is the one that is written next', (t) => {
  const state = folder(t);
  writeCopies(state, 'x', 'one\n');
  writeCopies(state, 'x', 'two\n');
  for (const path of files(state)) {
    writeFileSync(path, 'rotten');
    writeCopies(state, 'x', 'three\n');
    assert.equal(readCopies(state, 'x'), 'three\n');
    assert.ok(files(state).every((one) => parseCopy(readFileSync(one, 'utf8')) !== undefined));
  }
  for (const path of files(state)) writeFileSync(path, 'rotten');
  assert.equal(readCopies(state, 'x'), undefined);
  writeCopies(state, 'x', 'four\n');
  assert.equal(readCopies(state, 'x'), 'four\n');
  assert.ok(files(state).every(existsSync));
});
