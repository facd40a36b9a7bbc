import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { lacking } from '../test/programs.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import { debianRoot, ImageReader, makeImage } from './testing/images.ts';

const COMMAND = join(ROOT, 'scripts/flash');

describe('scripts/flash', { skip: lacking('debugfs', 'mkfs.ext4') }, () => {
  let folder: string;
  let executable: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-flash-command-'));
    makeImage({ path: join(folder, 'debian.img'), tree: debianRoot() });
    samplePayload(folder);
    executable = join(folder, 'perch-agent-0.1.0');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it in the test's folder, past npm's environment. `when` is called with what it said so far. */
  async function flash(
    args: string[],
    { input = '', when }: { input?: string; when?: (said: string, pid: number) => void } = {},
  ) {
    const { INIT_CWD: _, ...env } = process.env;
    const child = spawn(COMMAND, args, { cwd: folder, env, detached: true });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      if (child.pid !== undefined) when?.(stderr, child.pid);
    });
    const stdout = text(child.stdout);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: await stdout, stderr };
  }

  test('makes an image from another folder, with the token by standard input, and tells it as JSON', async () => {
    const token = tokenFor('mill');
    const args = [
      'debian.img',
      '--token-file',
      '-',
      '--out',
      'mill.img',
      '--executable',
      executable,
      '--hostname',
      'mill',
    ];
    const { code, stdout, stderr } = await flash([...args, '--json'], { input: `${token}\n` });
    assert.equal(code, 0, stderr);
    const [result] = JSON.parse(stdout);
    assert.deepEqual([result.alias, result.out], ['mill', join(folder, 'mill.img')]);
    assert.match(
      stderr,
      /^copying the image\n(.*%\n)+looking into it\nputting in.*\nreading everything back\n$/,
    );
    assert.equal(new ImageReader(join(folder, 'mill.img'), {}).cat('/var/lib/perch/token'), `${token}\n`);
    assert.ok(!`${stdout}${stderr}`.includes(token.slice(7)), 'no token in what it says');
  });

  test('says in one line what is wrong with its words, and its exit code is 2', async () => {
    writeFileSync(join(folder, 'id'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    const token = ['--token', tokenFor('mill')];
    const cases: [string[], RegExp][] = [
      [[], /the image is missing; see scripts\/flash --help/],
      [['debian.img', ...token], /give --out FILE or --device/],
      [
        ['debian.img', '--out', 'x.img'],
        /give --token TOKEN, or --token-file FILE: it is what `perch-server enroll/,
      ],
      [['debian.img', '--out', 'x.img', '--colour'], /Unknown option '--colour'/],
      [['debian.img', ...token, '--out', 'x.img', '--ssh-key', 'id'], /is a private key/],
      [
        ['debian.img', ...token, '--out', 'x.img', '--wifi', 'Garden'],
        /no terminal to ask on.*--wifi-password-file/,
      ],
      [
        ['debian.img', ...token, '--out', 'x.img', '--executable', 'id'],
        /is no program; linux-arm64 is needed/,
      ],
      [
        ['debian.img', '--many', 'absent.csv', '--out', 'many'],
        /--many .*absent\.csv: there is no such file/,
      ],
    ];
    const results = await Promise.all(cases.map(([args]) => flash(args)));
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, new RegExp(`^flash: .*${cases[index]![1].source}.*\\n$`));
    }
    assert.equal(existsSync(join(folder, 'x.img')), false);
  });

  test('explains itself', async () => {
    const { code, stdout } = await flash(['--help']);
    assert.equal(code, 0);
    for (const word of ['--token-file', '--many', '--device', 'list of processes'])
      assert.match(stdout, new RegExp(word));
  });

  const WAIT = ['debian.img', '--token', tokenFor('mill'), '--out', 'never.img'];
  test('Ctrl-C leaves neither an image nor a part of one', async () => {
    let sent = false;
    const when = (said: string, pid: number): void => {
      if (sent || !said.includes('looking into it')) return;
      sent = true;
      process.kill(-pid, 'SIGINT');
    };
    const { code, stderr } = await flash([...WAIT, '--executable', executable], { when });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /flash: stopped; nothing was written\n$/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('never')),
      [],
    );
  });

  test('killed in the middle, there is no image; the next run is not held up by what is left', async () => {
    let sent = false;
    const when = (said: string, pid: number): void => {
      if (sent || !said.includes('putting in')) return;
      sent = true;
      process.kill(-pid, 'SIGKILL');
    };
    const { signal } = await flash([...WAIT, '--executable', executable], { when });
    assert.equal(signal, 'SIGKILL');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('never')),
      ['never.img.part', 'never.img.part.files'],
    );
    const again = await flash([...WAIT, '--executable', executable]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /never\.img {2}mill {2}27 MB, read back and compared/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('never')),
      ['never.img'],
    );
    assert.equal(readFileSync(join(folder, 'never.img')).length, 26 * 1024 * 1024);
  });
});
