import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Boot, judgeBoot, readBoot, writeBoot } from '../../agent/src/update/boot-file.ts';
import { lacking } from '../test/programs.ts';
import { PACKAGING } from './payload.ts';
import { standInAgent } from './testing/stand-in.ts';

const SCRIPT = join(PACKAGING, 'use-packaged');
const HASH = '0123456789ab';
/** Its shells: that of Debian, and the one of small systems. */
const SHELLS = [
  { name: 'dash', words: ['dash'] },
  { name: 'busybox', words: ['busybox', 'sh'] },
];

for (const { name, words } of SHELLS)
  describe(`use-packaged under ${name}`, { skip: lacking(words[0]!) }, () => {
    let state: string;
    beforeEach(() => {
      state = mkdtempSync(join(tmpdir(), 'perch-packaged-'));
    });
    afterEach(() => rmSync(state, { recursive: true, force: true }));

    const release = (version: string, boot: Partial<Boot> = {}): string => {
      const folder = `${version}-${HASH}`;
      mkdirSync(join(state, 'releases', folder), { recursive: true });
      standInAgent(join(state, 'releases', folder, 'perch-agent'), version);
      writeBoot(state, { current: folder, ...boot });
      return folder;
    };
    const run = (...args: string[]): string => {
      const [program = '', ...rest] = [...words, SCRIPT, ...args];
      const env = { ...process.env, PERCH_STATE: state };
      const { status, stderr } = spawnSync(program, rest, { env, encoding: 'utf8', timeout: 20_000 });
      assert.equal(status, 0, stderr);
      return stderr;
    };

    test('a newer package takes the place of an older release, and the agent sees no failure in that', () => {
      release('0.2.0', { previous: '0.1.0-0123456789ab', tries: 2, boot: 'b', proved: true });
      assert.match(run('0.3.0'), /the packaged executable runs in place of release 0\.2\.0-/);
      assert.deepEqual(readBoot(state), { current: 'packaged' });
      assert.deepEqual(judgeBoot(readBoot(state), '0.3.0').phase, 'settled');
      assert.equal(judgeBoot(readBoot(state), '0.3.0').gaveUp, undefined);
    });

    test('an older package, or the same version, leaves the release in force and on its trial', () => {
      const current = release('0.2.0', { previous: 'packaged', tries: 2, cuts: 10 });
      for (const version of ['0.1.9', '0.2.0', '0.2.0-rc.1']) {
        assert.match(run(version), /release 0\.2\.0-0123456789ab came over the air.*it goes on/);
        assert.deepEqual(readBoot(state), { current, previous: 'packaged', tries: 2, cuts: 10 });
      }
    });

    test('without a version the packaged executable runs in any case', () => {
      release('9.0.0');
      run();
      assert.deepEqual(readBoot(state), { current: 'packaged' });
    });

    test('versions count by number, and a pre-release before its release', () => {
      const rising = ['0.9.9', '0.10.0-alpha', '0.10.0-alpha.1', '0.10.0-alpha.beta', '0.10.0-rc.2'];
      const more = [...rising, '0.10.0-rc.10', '0.10.0', '0.10.1', '1.0.0-x-y'];
      for (const [i, version] of more.entries()) {
        const next = more[i + 1];
        if (next === undefined) break;
        release(version);
        assert.match(run(next), /in place of/, `${next} is newer than ${version}`);
        release(next);
        assert.match(run(version), /it goes on/, `${version} is older than ${next}`);
      }
    });

    test('what the launcher gave up before is still told to the agent', () => {
      const gaveUp = { name: `0.3.0-${HASH}`, why: 'crashes' } as const;
      release('0.2.0', { gaveUp });
      run('0.4.0');
      assert.deepEqual(readBoot(state), { current: 'packaged', gaveUp });
    });

    test('with one copy damaged the whole one counts, and the damaged one is written', () => {
      release('0.1.0');
      release('0.2.0');
      truncateSync(join(state, 'boot.a'), 10);
      run('0.3.0');
      assert.deepEqual(readBoot(state), { current: 'packaged' });
      assert.match(readFileSync(join(state, 'boot.a'), 'utf8'), /^current packaged$/m);
    });

    test('a board that has no release, or whose release is gone, is left as it is', () => {
      assert.equal(run('0.3.0'), '');
      assert.deepEqual(readBoot(state), {});
      release('0.2.0');
      rmSync(join(state, 'releases'), { recursive: true });
      assert.equal(run('0.3.0'), '');
      assert.equal(readBoot(state).current, `0.2.0-${HASH}`);
    });
  });
