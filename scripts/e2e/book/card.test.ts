import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../build/paths.ts';
import { runCommand } from '../../build/run-command.ts';
import { debianRoot, lackingRoot } from '../../package/testing/debian-root.ts';
import { findProgram } from '../../test/programs.ts';
import { blocksOf } from './blocks.ts';
import { bookBlocks, onCards } from './book.ts';

const MB = 1024 * 1024;

/** An old card at /mnt and a new one at /new, with the user perch under another number. */
const CARDS = `
mount -t proc proc /proc
mount -t sysfs sysfs /sys
useradd --system --uid 990 perch
old=/mnt/var/lib/perch new=/new/var/lib/perch
mkdir -p $old/outbox $old/native $new /var/lib/perch/outbox
for folder in $old /var/lib/perch; do
  echo somebody >$folder/identity.json
  echo a record >$folder/outbox/1
  chown -R 980:980 $folder
  chmod 700 $folder
done
echo made anew >$old/native/part
echo nobody >$new/token
chown -R 990:990 $new
`;

const AFTER_COPY = `
echo files: $(cd /new/var/lib/perch && find . -type f | sort)
echo owners: $(stat -c %u:%g /new/var/lib/perch /new/var/lib/perch/outbox/1 | sort -u)
`;

const AFTER_MOVE = `
echo mounted: $(findmnt -n -o SOURCE,FSTYPE,OPTIONS /var/lib/perch)
echo folder: $(stat -c '%U:%G %a' /var/lib/perch)
echo moved: $(cd /var/lib/perch && find . -type f | sort)
`;

/** Copies a program of this machine into a root, with the libraries that the root lacks. */
function bring(program: string, root: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
  for (const path of [program, ...[...libraries].map(([, path]) => path!)]) {
    const target = join(root, path.replace(/^\/(lib|lib64|bin)\//, '/usr/$1/'));
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(path, target);
  }
}

/** A card of its own as a block device of this machine. */
function card(path: string): { device: string; number: number } {
  writeFileSync(path, '');
  truncateSync(path, 64 * MB);
  const device = execFileSync('losetup', ['--find', '--show', path], { encoding: 'utf8' }).trim();
  return { device, number: Number(/\d+$/.exec(device)![0]) };
}

test('the commands of the book for cards: a board on a new card, and the state folder on a partition of its own', {
  skip: lackingRoot('losetup', 'rsync', 'unshare'),
  timeout: 120_000,
}, async (t) => {
  const root = await debianRoot();
  t.after(() => root.remove());
  const { device, number } = card(`${root.path}.card`);
  t.after(() => void execFileSync('losetup', ['--detach', device]));
  bring(findProgram('rsync')!, root.path);
  for (const name of [device, '/dev/mmcblk0p3'])
    if (!existsSync(join(root.path, name)))
      execFileSync('mknod', [join(root.path, name), 'b', '7', String(number)]);
  root.put('usr/local/bin/sudo', '#!/bin/sh\nexec "$@"\n', 0o755);
  root.put('usr/local/bin/systemctl', '#!/bin/sh\necho "$@" >>/root/services\n', 0o755); // nothing is booted
  const page = readFileSync(join(ROOT, 'firmware-notes/recovery.md'), 'utf8');
  const fstab = blocksOf('recovery.md', page).find(({ text }) => text.startsWith('# /etc/fstab\n'))!;
  root.put('etc/fstab', `${fstab.text}\n`);
  const blocks = bookBlocks().filter((block) => onCards(block) >= 0);
  const [copy, move] = blocks.map((block) => {
    root.put(`root/${onCards(block)}`, block.text);
    return `bash -euo pipefail /root/${onCards(block)} 2>&1 || { echo '${block.page}:${block.line}' failed; exit 1; }\n`;
  });
  const script = ['set -eu', CARDS, copy, AFTER_COPY, move, AFTER_MOVE].join('\n');
  // Mounts of its own, which end with it.
  const words = ['--mount', '--propagation', 'private', 'chroot', root.path, 'bash', '-c', script];
  const { status, output } = await runCommand('unshare', words, {
    timeout: 60_000,
    env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  assert.equal(status, 0, output);
  assert.match(
    output,
    /^files: \.\/identity\.json \.\/outbox\/1$/m,
    'the token went, native parts did not come',
  );
  assert.match(output, /^owners: 990:990$/m);
  assert.match(output, /^mounted: \/dev\/\S+ ext4 rw,nosuid,nodev,noatime,lazytime/m);
  assert.match(output, /^folder: perch:perch 700$/m);
  assert.match(output, /^moved: \.\/identity\.json \.\/outbox\/1$/m);
});
