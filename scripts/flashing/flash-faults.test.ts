import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Payload } from '../package/payload.ts';
import { lacking } from '../test/programs.ts';
import { BoardError, type BoardFault } from './board-error.ts';
import { type FlashOptions, flashImage } from './flash-image.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import {
  debianRoot,
  type ImageOptions,
  ImageReader,
  makeImage,
  raspberryPiBoot,
  type Tree,
} from './testing/images.ts';

const IS_ROOT = process.getuid?.() === 0;

describe('what cannot be flashed', { skip: lacking('debugfs', 'mkfs.ext4', 'mformat', 'xz') }, () => {
  let folder: string;
  let payload: Payload;
  let good: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-flash-faults-'));
    payload = samplePayload(folder);
    good = image('good', { boot: raspberryPiBoot() });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const image = (name: string, options: Partial<ImageOptions> = {}): string =>
    makeImage({ path: at(`${name}.img`), tree: debianRoot(), ...options });
  const without = (tree: Tree, ...paths: string[]): Tree =>
    Object.fromEntries(Object.entries(tree).filter(([path]) => !paths.includes(path)));

  /** Flashing fails with this code and one line, and leaves neither an image nor a part of one. */
  async function refuse(
    options: Partial<FlashOptions>,
    code: BoardFault,
    pattern: RegExp,
    out = at('out.img'),
  ): Promise<void> {
    const attempt = flashImage({ image: good, out, token: tokenFor('board'), payload, ...options });
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof BoardError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, pattern);
      assert.equal(error.message.includes('\n'), false);
      return true;
    });
    assert.equal(existsSync(`${out}.part`), false, 'a part is left');
    if (code !== 'EXISTS') assert.equal(existsSync(out), false, 'an image is left');
    assert.equal(existsSync(`${out}.part.files`), false, 'secrets are left');
  }

  test('a file that is no image, or one that is packed in another way', async () => {
    await refuse({ image: at('nowhere.img') }, 'NOT_AN_IMAGE', /there is no image/);
    writeFileSync(at('text.img'), 'hello\n'.repeat(1000));
    await refuse({ image: at('text.img') }, 'NOT_AN_IMAGE', /no partition table/);
    writeFileSync(at('card.zip'), Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(600)]));
    await refuse({ image: at('card.zip') }, 'NOT_AN_IMAGE', /zip file; unpack it first/);
  });

  test('an image that is cut short, and an xz file that is', async () => {
    writeFileSync(at('short.img'), readFileSync(good).subarray(0, 12 * 1024 * 1024));
    await refuse({ image: at('short.img') }, 'TRUNCATED', /cut short: its partitions take/);
    execFileSync('xz', ['-0', '--keep', '-T1', good]);
    const packed = readFileSync(`${good}.xz`);
    writeFileSync(at('short.img.xz'), packed.subarray(0, packed.length - 100));
    await refuse({ image: at('short.img.xz') }, 'TRUNCATED', /\.xz file is cut short or damaged/);
    const rotten = Buffer.from(packed);
    rotten.fill(0x55, packed.length / 2, packed.length / 2 + 64);
    writeFileSync(at('rotten.img.xz'), rotten);
    await refuse({ image: at('rotten.img.xz') }, 'TRUNCATED', /\.xz file is cut short or damaged/);
  });

  test('a system for another processor, found through links', async () => {
    const arm = image('arm', { tree: debianRoot('arm') });
    await refuse({ image: arm }, 'WRONG_PLATFORM', /32-bit ARM .*use the 64-bit image/);
    const tree = {
      ...without(debianRoot(), '/usr/bin/dpkg'),
      '/usr/bin/sh': '-> ../lib/shell',
      '/usr/lib/shell': '-> /usr/bin/dash',
    };
    const x64 = image('x64', { tree: { ...tree, '/usr/bin/dash': debianRoot('x64')['/usr/bin/dpkg'] } });
    await refuse({ image: x64 }, 'WRONG_PLATFORM', /x86-64 \(\/bin\/sh\)/);
    const none = image('none', { tree: { ...tree, '/usr/bin/dash': '-> loop', '/usr/bin/loop': '-> dash' } });
    await refuse({ image: none }, 'WRONG_PLATFORM', /no program that tells its processor/);
  });

  test('a root that is not ext4', async () => {
    const ext2 = image('ext2', { mkfs: ['-O', '^has_journal,^extent,^64bit'] });
    await refuse({ image: ext2 }, 'NOT_EXT4', /ext2 or ext3/);
    const empty = image('empty', { tree: { '/lost': undefined } });
    await refuse({ image: empty }, 'NOT_EXT4', /no partition of the image is the ext4 root.*1: ext4/);
  });

  test('a root that was not unmounted, and one that is damaged', async () => {
    const dirty = image('dirty');
    new ImageReader(dirty, {}).change(['feature needs_recovery']);
    await refuse({ image: dirty }, 'DIRTY', /not unmounted cleanly/);
    const damaged = image('damaged');
    new ImageReader(damaged, {}).change(['sif /etc/hosts links_count 7']);
    await refuse({ image: damaged }, 'DIRTY', /not whole/);
  });

  test('a root without room says how much is needed, before anything is written', async () => {
    const full = image('full', { rootSize: 9, mkfs: ['-O', '^has_journal'] });
    await refuse(
      { image: full },
      'NO_SPACE',
      /root has [\d.]+ MB free and [\d.]+ MB are needed; make it larger/,
    );
  });

  test('an OUT that is there is left alone unless it may be replaced', async () => {
    const out = at('there.img');
    writeFileSync(out, 'precious');
    await refuse({}, 'EXISTS', /there already; --force/, out);
    assert.equal(readFileSync(out, 'utf8'), 'precious');
    await flashImage({ image: good, out, token: tokenFor('board'), payload, force: true });
    assert.ok(readFileSync(out).length > 1e6);
    await assert.rejects(
      flashImage({ image: good, out: good, token: tokenFor('board'), payload, force: true }),
      /another name/,
    );
    await assert.rejects(
      flashImage({ image: good, out: at('no/where.img'), token: tokenFor('b'), payload }),
      /there is no folder/,
    );
  });

  test('a token that is none, cut short, or damaged, is found before anything is read', async () => {
    const token = tokenFor('board');
    await refuse({ token: 'hello' }, 'BAD_TOKEN', /does not start with "perch1\."/);
    await refuse({ token: token.slice(0, -20) }, 'BAD_TOKEN', /cut short or damaged/);
    await refuse(
      { hostname: 'my board', image: at('nowhere.img') },
      'BAD_OPTION',
      /"my board" is no host name/,
    );
  });

  test('Wi-Fi for a system that has none', async () => {
    const wired = image('wired', { tree: without(debianRoot(), '/usr/sbin/NetworkManager') });
    await refuse(
      { image: wired, wifi: { ssid: 'Garden', passphrase: 'eight or more' } },
      'NO_WIFI',
      /neither NetworkManager/,
    );
  });

  test('a disk that is full here', {
    skip: IS_ROOT ? false : 'mounting a small disk needs root',
  }, async () => {
    const small = at('small');
    mkdirSync(small);
    // Too small for the copy; large enough for it, and not for what comes into it.
    for (const size of ['200k', '1500k']) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);
      try {
        await refuse({}, 'DISK_FULL', /disk here is full/, join(small, 'out.img'));
        assert.deepEqual(readdirSync(small), []);
      } finally {
        execFileSync('umount', [small]);
      }
    }
  });

  test('a missing tool is named with its package', async () => {
    const { PATH } = process.env;
    // Debian's sbin is looked into all the same, so this is about mtools in /usr/bin.
    process.env.PATH = folder;
    try {
      await refuse({}, 'MISSING_TOOL', /the program mcopy is missing.*apt-get install mtools/);
    } finally {
      process.env.PATH = PATH;
    }
  });

  test('what was told to stop, at whatever moment, leaves nothing', async () => {
    const stopped: string[] = [];
    const moments = [
      'copying the image',
      'looking into it',
      'putting in the agent and its settings',
      'reading everything back',
    ];
    for (const moment of moments) {
      const stop = new AbortController();
      const reached = (what: string): void => {
        if (what !== moment) return;
        stopped.push(what);
        stop.abort();
      };
      const stage = (what: string) => {
        reached(what);
        return { to: () => {}, end: () => {} };
      };
      await refuse({ signal: stop.signal, progress: { stage, step: reached } }, 'STOPPED', /^stopped/);
    }
    assert.deepEqual(stopped, moments);
  });

  test('a write that does not come back as it was is noticed', async () => {
    const liar = { ...payload, files: payload.files.map((file) => ({ ...file })) };
    const executable = liar.files.find(({ path }) => path === '/usr/bin/perch-agent')!;
    executable.source = at('changing');
    writeFileSync(at('changing'), Buffer.alloc(100_000, 1));
    const step = (what: string): void => {
      if (what === 'reading everything back') truncateSync(at('changing'), 99_999);
    };
    const progress = { stage: () => ({ to: () => {}, end: () => {} }), step };
    await refuse(
      { payload: liar, progress },
      'NOT_VERIFIED',
      /perch-agent did not come back as it was written/,
    );
  });
});
