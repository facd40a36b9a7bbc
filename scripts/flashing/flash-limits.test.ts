import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { enrol } from '../../agent/src/identity.ts';
import type { Payload } from '../package/payload.ts';
import { lacking } from '../test/programs.ts';
import { BoardError, type BoardFault } from './board-error.ts';
import { SETTINGS_LIMIT } from './fat.ts';
import { type FlashOptions, flashImage } from './flash-image.ts';
import { IMAGE_LIMIT } from './image-file.ts';
import { KEYS_LIMIT, publicKeys, readText } from './inputs.ts';
import { EDIT_LIMIT } from './plan.ts';
import { STATE_DEPTH_LIMIT } from './plan-state.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import { debianRoot, ImageReader, makeImage } from './testing/images.ts';
import { runTool, TOOL_OUTPUT_LIMIT } from './tools.ts';
import { roomNeeded } from './write-plan.ts';

describe('what is too much for flashing', { skip: lacking('debugfs', 'mkfs.ext4', 'mformat', 'xz') }, () => {
  let folder: string;
  let payload: Payload;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-flash-limits-'));
    payload = samplePayload(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);

  const refuse = (options: Partial<FlashOptions> & { image: string }, code: BoardFault, pattern: RegExp) =>
    assert.rejects(
      flashImage({ out: at('out.img'), token: tokenFor('board'), payload, ...options }),
      (error: unknown) => error instanceof BoardError && error.code === code && pattern.test(error.message),
    );

  test(`an image of more than ${IMAGE_LIMIT} bytes`, async () => {
    writeFileSync(at('huge.img'), '');
    truncateSync(at('huge.img'), IMAGE_LIMIT + 1);
    await refuse({ image: at('huge.img') }, 'NOT_AN_IMAGE', /the limit is 274877906944/);
  });

  test(`a config.txt of more than ${SETTINGS_LIMIT} bytes`, async () => {
    const boot = { 'config.txt': '#'.repeat(SETTINGS_LIMIT + 1) };
    const image = makeImage({ path: at('settings.img'), tree: debianRoot(), boot });
    await refuse({ image }, 'TOOL_FAILED', /config\.txt in the boot partition has over 1048576 bytes/);
  });

  test(`a text to edit of more than ${EDIT_LIMIT} bytes`, async () => {
    const tree = { ...debianRoot(), '/etc/hosts': Buffer.alloc(EDIT_LIMIT + 1, '#') };
    const image = makeImage({ path: at('hosts.img'), tree, rootSize: 64 });
    await refuse(
      { image, hostname: 'shed' },
      'TOOL_FAILED',
      /\/etc\/hosts in the image has more than 33554432/,
    );
  });

  test(`folders of another board that are nested deeper than ${STATE_DEPTH_LIMIT}`, async () => {
    const image = makeImage({ path: at('deep.img'), tree: debianRoot() });
    enrol(at('state'), tokenFor('other'));
    const deep = (levels: number): string[] =>
      Array.from({ length: levels }, (_, index) => `mkdir /var/lib/perch${'/d'.repeat(index + 1)}`);
    const reader = new ImageReader(image, {});
    const identity = `write ${join(at('state'), 'identity.json')} identity.json`;
    reader.change(['mkdir /var/lib/perch', 'cd /var/lib/perch', identity, ...deep(STATE_DEPTH_LIMIT)]);
    await flashImage({ image, out: at('fits.img'), token: tokenFor('board'), payload });
    assert.equal(new ImageReader(at('fits.img'), {}).owner('/var/lib/perch/d'), undefined);
    reader.change(deep(STATE_DEPTH_LIMIT + 1));
    await refuse({ image }, 'TOOL_FAILED', /nested deeper than 8/);
  });

  test(`a tool that prints more than ${TOOL_OUTPUT_LIMIT} bytes is ended`, async () => {
    writeFileSync(at('zeros'), Buffer.alloc(TOOL_OUTPUT_LIMIT + 1));
    execFileSync('xz', ['-0', at('zeros')]);
    await assert.rejects(runTool('xz', ['-dc', at('zeros.xz')]), /xz wrote more than 67108864 bytes/);
  });

  test(`a file of keys of more than ${KEYS_LIMIT} bytes, or one that never ends`, () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)} ${'x'.repeat(KEYS_LIMIT)}`;
    writeFileSync(at('keys.pub'), `${key.slice(0, KEYS_LIMIT - 1)}\n`);
    assert.equal(publicKeys(at('keys.pub')).length, KEYS_LIMIT);
    writeFileSync(at('keys.pub'), `${key.slice(0, KEYS_LIMIT)}\n`);
    assert.throws(() => publicKeys(at('keys.pub')), /over 65536 bytes/);
    assert.throws(() => readText('--many', '/dev/zero', 1000), /--many \/dev\/zero: over 1000 bytes/);
  });

  test('the room that files need counts whole blocks, and what they give back', () => {
    assert.equal(roomNeeded([{ bytes: 1, before: 0 }], 0, 4096), 4096);
    assert.equal(roomNeeded([{ bytes: 4096, before: 1 }], 2, 4096), 2 * 4096);
    assert.equal(roomNeeded([{ bytes: 100 * 4096, before: 0 }], 0, 4096), 101 * 4096);
    assert.equal(roomNeeded([{ bytes: 1, before: 4097 }], 0, 4096), -4096);
  });
});
