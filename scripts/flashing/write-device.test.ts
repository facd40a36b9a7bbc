import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lacking } from '../test/programs.ts';
import { BoardError } from './board-error.ts';
import { flashDevice } from './flash-device.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import { debianRoot, ImageReader, makeImage, raspberryPiBoot } from './testing/images.ts';
import { writeDevice } from './write-device.ts';

/** A loop device over a file, or why there can be none: it needs root, and a kernel that has them. */
function attach(file: string): { device: string } | { why: string } {
  try {
    return {
      device: execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8', stdio: 'pipe' }).trim(),
    };
  } catch {
    return { why: 'this kernel or user has no loop devices' };
  }
}
const detach = (device: string): void => void execFileSync('losetup', ['--detach', device]);

describe('writing a device', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-device-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const medium = (name: string, bytes: number): string => {
    writeFileSync(at(name), Buffer.alloc(bytes, 0xff));
    return at(name);
  };

  test('writes zeros too, leaves what is behind the image, and reads all back', async () => {
    const image = Buffer.concat([randomBytes(5_000_000), Buffer.alloc(4_000_000), randomBytes(123)]);
    writeFileSync(at('image'), image);
    const stages: string[] = [];
    const stage = (what: string) => {
      stages.push(what);
      return { to: () => {}, end: () => {} };
    };
    const target = medium('medium', 10_000_000);
    assert.equal(
      await writeDevice(at('image'), target, { progress: { stage, step: () => {} } }),
      image.length,
    );
    const now = readFileSync(target);
    assert.ok(now.subarray(0, image.length).equals(image));
    assert.ok(now.subarray(image.length).every((byte) => byte === 0xff));
    assert.deepEqual(stages, [`writing ${target}`, `reading ${target} back`]);
  });

  test('a device that keeps something else is found out', async () => {
    writeFileSync(at('image'), randomBytes(3_000_000));
    const target = medium('forgetful', 4_000_000);
    const stage = (what: string) => {
      if (what.startsWith('reading')) {
        const bytes = readFileSync(target);
        bytes[2_999_999]! ^= 1;
        writeFileSync(target, bytes);
      }
      return { to: () => {}, end: () => {} };
    };
    await assert.rejects(
      writeDevice(at('image'), target, { progress: { stage, step: () => {} } }),
      (error: unknown) =>
        error instanceof BoardError && error.code === 'NOT_VERIFIED' && /another card/.test(error.message),
    );
  });

  test('what is stopped says that the device is half written', async () => {
    writeFileSync(at('image'), randomBytes(1_000));
    const signal = AbortSignal.abort();
    await assert.rejects(
      writeDevice(at('image'), medium('half', 2_000), { signal }),
      /half written; write it again/,
    );
    await assert.rejects(writeDevice(at('image'), at('nothing')), /cannot be opened/);
  });

  test('a device that takes no more says so', async () => {
    writeFileSync(at('image'), randomBytes(1_000));
    await assert.rejects(
      writeDevice(at('image'), '/dev/full'),
      (error: unknown) => error instanceof BoardError && error.code === 'DISK_FULL',
    );
  });

  test('a whole card through a loop device: asked for, written, read back; refused while mounted', {
    skip: lacking('debugfs', 'mkfs.ext4', 'mformat', 'losetup'),
  }, async (t) => {
    const boot = raspberryPiBoot();
    const image = makeImage({ path: at('raspios.img'), tree: debianRoot(), boot });
    const card = at('card');
    writeFileSync(card, '');
    truncateSync(card, 64 * 1024 * 1024);
    const loop = attach(card);
    if ('why' in loop) {
      // In CI nothing is left out.
      assert.notEqual(process.env.CI, 'true', loop.why);
      return t.skip(loop.why);
    }
    const { device } = loop;
    const options = { image, device, token: tokenFor('field'), payload: samplePayload(folder), work: folder };
    try {
      await assert.rejects(
        flashDevice({ ...options, yes: true, forceDevice: false }),
        /neither removable.*--force-device/,
      );
      // No terminal here, so nobody can be asked.
      const asked = flashDevice({ ...options, yes: false, forceDevice: true });
      if (!process.stdin.isTTY) await assert.rejects(asked, /All that is on it will be lost.*--yes/s);
      assert.ok(
        readFileSync(card).every((byte) => byte === 0),
        'nothing was written so far',
      );

      const result = await flashDevice({ ...options, yes: true, forceDevice: true });
      assert.equal(result.out, device);
      execFileSync('sync', [device]);
      assert.match(new ImageReader(card, { boot }).cat('/var/lib/perch/token'), /^perch1\./);

      const root = at('mounted');
      execFileSync('mkdir', [root]);
      execFileSync('mkfs.ext4', ['-q', '-F', device]);
      execFileSync('mount', [device, root]);
      try {
        await assert.rejects(
          flashDevice({ ...options, yes: true, forceDevice: true }),
          /is in use: it is mounted at/,
        );
        await assert.rejects(writeDevice(image, device), /is in use; unmount what is on it/);
      } finally {
        execFileSync('umount', [root]);
      }
    } finally {
      detach(device);
    }
  });
});
