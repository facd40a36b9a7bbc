import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../e2e/processes.ts';
import { findProgram, lacking } from '../../test/programs.ts';

/** For the `skip` option of a test: why there can be no such board here, or false. */
export const lackingBoard = (): string | false =>
  process.getuid?.() !== 0
    ? 'needs root, for chroot'
    : lacking('sshd', 'ssh', 'ssh-keygen', 'dpkg-deb', 'busybox', 'dash');

/** A system that a board's commands run in. */
export interface BoardRoot {
  path: string;
  remove(): void;
}

/** A system with dash and busybox and nothing else. busybox's own shell would take its applets before any stand-in. */
export function smallSystem(): BoardRoot {
  const path = mkdtempSync(join(tmpdir(), 'perch-system-'));
  for (const folder of ['bin', 'var/tmp', 'usr', 'dev', 'root'])
    mkdirSync(join(path, folder), { recursive: true });
  copyFileSync(findProgram('busybox') ?? 'busybox', join(path, 'bin/busybox'));
  execFileSync('chroot', [path, '/bin/busybox', '--install', '-s', '/bin']);
  const dash = findProgram('dash') ?? 'dash';
  const libraries = execFileSync('ldd', [dash], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(join(path, dirname(library)), { recursive: true });
    copyFileSync(library, join(path, library));
  }
  rmSync(join(path, 'bin/sh'));
  copyFileSync(dash, join(path, 'bin/sh'));
  execFileSync('mknod', ['-m', '666', join(path, 'dev/null'), 'c', '1', '3']);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/**
 * A board that is reached by the real ssh client and a real sshd on a port of this machine. Its commands run as root in
 * a root of its own; programs that a test puts into /stand-ins come before the real ones.
 */
export class BoardOverSsh {
  readonly #root: BoardRoot;
  /** For ssh -F; the board is called `board` there. */
  readonly config: string;
  readonly #folder: string;
  readonly #sshd: ChildProcess;

  private constructor(root: BoardRoot, folder: string, sshd: ChildProcess) {
    this.#root = root;
    this.#folder = folder;
    this.config = join(folder, 'ssh_config');
    this.#sshd = sshd;
  }

  /** `root` goes with the board. */
  static async start(root: BoardRoot): Promise<BoardOverSsh> {
    mkdirSync(join(root.path, 'stand-ins'));
    const folder = mkdtempSync(join(tmpdir(), 'perch-sshd-'));
    const at = (name: string): string => join(folder, name);
    for (const name of ['host_key', 'user_key'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
    const port = await freePort();
    const path = '/stand-ins:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    writeFileSync(
      at('enter'),
      `#!/bin/sh\nexec env -i HOME=/root PATH=${path} chroot ${root.path} sh -c "$SSH_ORIGINAL_COMMAND"\n`,
    );
    chmodSync(at('enter'), 0o755);
    // SHLVL: bash reads no ~/.bashrc of this machine then.
    writeFileSync(
      at('sshd_config'),
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host_key')}
AuthorizedKeysFile ${at('user_key.pub')}
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
LogLevel ERROR
SetEnv SHLVL=2
ForceCommand ${at('enter')}
`,
    );
    writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(at('host_key.pub'), 'utf8')}`);
    writeFileSync(
      at('ssh_config'),
      `Host closed
  Port 1
Host *
  HostName 127.0.0.1
  Port ${port}
  User root
  IdentityFile ${at('user_key')}
  IdentitiesOnly yes
  UserKnownHostsFile ${at('known_hosts')}
  BatchMode yes
`,
    );
    mkdirSync('/run/sshd', { recursive: true }); // sshd's own, for its separated privileges
    const sshd = spawn(findProgram('sshd') ?? 'sshd', ['-D', '-e', '-f', at('sshd_config')], {
      stdio: 'ignore',
    });
    for (let tries = 0; !(await answers(port)); tries += 1) {
      if (tries > 100 || sshd.exitCode !== null) throw new Error('sshd does not come up');
      await wait(50);
    }
    return new BoardOverSsh(root, folder, sshd);
  }

  at(path: string): string {
    return join(this.#root.path, path);
  }

  /** A program that notes how it is called and then does what the shell text says. */
  standIn(name: string, text: string): void {
    const path = this.at(`stand-ins/${name}`);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>/calls\n${text}\n`);
    chmodSync(path, 0o755);
  }

  /** How the stand-ins were called, a line each. */
  calls(): string {
    return existsSync(this.at('calls')) ? readFileSync(this.at('calls'), 'utf8') : '';
  }

  reset(): void {
    rmSync(this.at('stand-ins'), { recursive: true });
    mkdirSync(this.at('stand-ins'));
    rmSync(this.at('calls'), { force: true });
  }

  /** A key of another host in known_hosts, as after somebody took its place. */
  forgeHostKey(): () => void {
    const path = join(this.#folder, 'known_hosts');
    const before = readFileSync(path, 'utf8');
    const other = readFileSync(join(this.#folder, 'user_key.pub'), 'utf8');
    writeFileSync(path, `${before.split(' ')[0]} ${other}`);
    return () => writeFileSync(path, before);
  }

  async stop(): Promise<void> {
    if (this.#sshd.exitCode === null) {
      this.#sshd.kill();
      await once(this.#sshd, 'exit');
    }
    this.#root.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
