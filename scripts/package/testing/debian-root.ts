import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { withFileLock } from '../../build/file-lock.mjs';
import { CACHE } from '../../build/paths.ts';
import { type CommandResult, lastLines, runCommand } from '../../build/run-command.ts';
import { hostTarget } from '../../build/targets.ts';
import { lacking } from '../../test/programs.ts';
import { ARCHITECTURES } from '../control.ts';

/** Beside what debootstrap's minbase has: the shells of small systems, and systemd. */
const INCLUDED = ['busybox', 'dash', 'kmod', 'systemd', 'systemd-sysv', 'udev'];
const BOOTSTRAP_TIMEOUT = 10 * 60_000;
const LOCK_WAIT = 15 * 60_000;
const COPY_TIMEOUT = 2 * 60_000;
/** Milliseconds for a command inside the root. */
const RUN_TIMEOUT = 60_000;

/** A systemd unit that runs /root/scene once the root is up. */
export const SCENE_UNIT = `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /root/scene
TimeoutStartSec=100
[Install]
WantedBy=multi-user.target
`;

/** For the `skip` option of a test: why there can be no Debian root here, or false. */
export const lackingRoot = (...programs: string[]): string | false =>
  process.getuid?.() !== 0 ? 'needs root, for chroot' : lacking('debootstrap', ...programs);

/** The release of this machine, when it is a Debian. */
function suite(): string {
  const words = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return (/^ID=debian$/m.test(words) && /^VERSION_CODENAME=(\w+)$/m.exec(words)?.[1]) || 'bookworm';
}

/** A Debian as debootstrap makes it, in node_modules/.cache; it is never changed. */
async function cachedRoot(): Promise<string> {
  const architecture = ARCHITECTURES[hostTarget().platform];
  const root = join(CACHE, `debian-root-${suite()}-${architecture}-${INCLUDED.join('+')}`);
  return withFileLock(`${root}.lock`, { wait: LOCK_WAIT }, async () => {
    if (existsSync(root)) return root;
    mkdirSync(CACHE, { recursive: true });
    const work = mkdtempSync(join(CACHE, 'debootstrap-'));
    try {
      const made = join(work, 'root');
      const words = ['--variant=minbase', `--arch=${architecture}`, `--include=${INCLUDED.join(',')}`];
      const result = await runCommand('debootstrap', [...words, suite(), made], {
        timeout: BOOTSTRAP_TIMEOUT,
      });
      if (result.status !== 0) throw new Error(`debootstrap failed:\n${lastLines(result.output)}`);
      for (const folder of ['var/cache/apt', 'var/lib/apt/lists'])
        rmSync(join(made, folder), { recursive: true, force: true });
      renameSync(made, root);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    return root;
  });
}

export interface DebianRoot {
  /** Its folder on this machine. */
  path: string;
  /** Runs a command inside; words that a shell need not see. */
  run(...words: string[]): Promise<CommandResult>;
  /** The same, and throws with its output unless it succeeds. @returns the output, trimmed */
  ok(...words: string[]): Promise<string>;
  /**
   * Writes a file inside, in place of what is there. An absolute link in the root leads to this machine's own files from
   * here: no link is followed.
   */
  put(path: string, text: string, mode?: number): void;
  remove(): void;
}

/** A copy of that Debian, to be changed. */
export async function debianRoot(): Promise<DebianRoot> {
  const work = mkdtempSync(join(tmpdir(), 'perch-debian-'));
  const path = join(work, 'root');
  const copied = await runCommand('cp', ['-a', '--reflink=auto', await cachedRoot(), path], {
    timeout: COPY_TIMEOUT,
  });
  if (copied.status !== 0) throw new Error(`the root could not be copied: ${lastLines(copied.output)}`);
  const run = (...words: string[]): Promise<CommandResult> =>
    runCommand('chroot', [path, ...words], {
      timeout: RUN_TIMEOUT,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    });
  return {
    path,
    run,
    async ok(...words) {
      const { status, output } = await run(...words);
      if (status !== 0) throw new Error(`${words.join(' ')}: exit code ${status}\n${output}`);
      return output.trim();
    },
    put(file, text, mode = 0o644) {
      const target = join(path, file);
      if (!`${realpathSync(dirname(target))}${sep}`.startsWith(`${realpathSync(path)}${sep}`))
        throw new Error(`${file} leads out of the root`);
      rmSync(target, { force: true });
      writeFileSync(target, text, { mode, flag: 'wx' });
    },
    remove: () => rmSync(work, { recursive: true, force: true }),
  };
}
