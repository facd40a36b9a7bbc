import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { writeBoot } from '../../../agent/src/update/boot-file.ts';
import { e2eExecutable } from '../../build/e2e-executables.ts';
import { runCommand } from '../../build/run-command.ts';
import { hostTarget } from '../../build/targets.ts';
import { tokenFor } from '../../flashing/testing/board.ts';
import { makePackages } from '../../package/make-packages.ts';
import { debianRoot, lackingRoot, SCENE_UNIT } from '../../package/testing/debian-root.ts';
import { standInAgent } from '../../package/testing/stand-in.ts';
import { bookBlocks, onBoard } from './book.ts';
import { ON_BOARD } from './elsewhere.ts';

const BOOT_TIMEOUT = 110_000;

/** A release that came over the air. */
const RELEASE = '0.2.0-0123456789ab';

/**
 * Runs the blocks in their order, each as bash would, and leaves what they print and their exit codes. Before one that forces the
 * packaged release there is another.
 */
const SCENE = `
cd /root
for block in blocks/*; do
  name=$(basename "$block")
  if grep -q use-packaged "$block"; then
    rm -f /var/lib/perch/boot.*
    cp -a release/. /var/lib/perch/
    chown -R perch: /var/lib/perch
  fi
  bash -euo pipefail "$block" >"$name.out" 2>&1 </dev/null
  echo $? >"$name.code"
done
systemctl poweroff
`;

describe('the commands of the book for a board, under a real systemd', {
  skip: lackingRoot('dpkg-deb', 'systemd-nspawn'),
}, () => {
  test('installing, looking at it, and forcing the packaged release', { timeout: 300_000 }, async (t) => {
    const root = await debianRoot();
    t.after(() => root.remove());
    const inside = (path: string): string => join(root.path, path);
    const { platform } = hostTarget();
    const executable = await e2eExecutable(platform, '0.1.0');
    const [deb] = await makePackages({
      platform,
      version: '0.1.0',
      executable,
      out: inside('tmp'),
      fast: true,
    });
    // The page names that of a Raspberry Pi; the board here has this machine's processor.
    renameSync(deb!.path, inside('root/perch-agent_0.1.0_arm64.deb'));
    root.put('root/token.txt', tokenFor('greenhouse-1', { broker: 'mqtt://127.0.0.1:1' }));
    root.put('usr/bin/sudo', '#!/bin/sh\nexec "$@"\n', 0o755);
    root.put('root/scene', SCENE);
    mkdirSync(inside(`root/release/releases/${RELEASE}`), { recursive: true });
    standInAgent(inside(`root/release/releases/${RELEASE}/perch-agent`), '0.2.0');
    writeBoot(inside('root/release'), { current: RELEASE });
    root.put('etc/systemd/system/scene.service', SCENE_UNIT);
    mkdirSync(inside('root/blocks'));
    const blocks = bookBlocks().filter((block) => onBoard(block) >= 0);
    for (const block of blocks) root.put(`root/blocks/${onBoard(block)}`, block.text);
    await root.ok('systemctl', 'enable', 'scene.service');
    const words = ['--boot', '--register=no', '--keep-unit', '--private-network'];
    words.push('--console=pipe', '--directory', root.path);
    const booted = await runCommand('systemd-nspawn', words, { timeout: BOOT_TIMEOUT });
    assert.ok(existsSync(inside('root/0.code')), booted.output);

    for (const block of blocks) {
      const at = onBoard(block);
      const output = readFileSync(inside(`root/${at}.out`), 'utf8');
      const place = `${block.page}:${block.line}`;
      assert.equal(readFileSync(inside(`root/${at}.code`), 'utf8').trim(), '0', `${place}:\n${output}`);
      assert.match(output, ON_BOARD[at]!.prints, place);
    }
  });
});
