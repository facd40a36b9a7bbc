// Debian's arm64 packages on a machine of any architecture: apt with folders of its own, so that nothing of the machine
// is changed and root is not needed. apt checks the archive's signatures as always.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from '../build/run-command.ts';

const UPDATE_TIMEOUT = 180_000;
const DOWNLOAD_TIMEOUT = 15 * 60_000;
const QUERY_TIMEOUT = 60_000;
const UNPACK_TIMEOUT = 120_000;
/** Longest unpacked package, in bytes. */
const PACKAGE_LIMIT = 64 * 1024 * 1024;

/** Unpacks packages below `root`, one over the other; `exclude` are paths such as `./usr/share`. */
export function unpackDebs(debs: readonly string[], root: string, exclude: readonly string[] = []): void {
  mkdirSync(root, { recursive: true });
  const how = ['--keep-directory-symlink', '--no-same-owner', ...exclude.map((path) => `--exclude=${path}`)];
  for (const deb of debs) {
    const tar = execFileSync('dpkg-deb', ['--fsys-tarfile', deb], { maxBuffer: PACKAGE_LIMIT });
    execFileSync('tar', ['--extract', ...how, '--directory', root], { input: tar, timeout: UNPACK_TIMEOUT });
  }
}

/** Packages of one architecture, fetched into a folder. */
export class DebianPackages {
  readonly #folder: string;
  readonly #options: string[];
  #updated: Promise<void> | undefined;

  constructor(folder: string, architecture: string) {
    this.#folder = folder;
    for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs'])
      mkdirSync(join(folder, name), { recursive: true });
    const status = join(folder, 'state/status');
    if (!existsSync(status)) writeFileSync(status, '');
    this.#options = [
      `Dir::State=${join(folder, 'state')}`,
      `Dir::State::status=${status}`,
      `Dir::Cache=${join(folder, 'cache')}`,
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
      'Acquire::Retries=3',
    ].flatMap((option) => ['-o', option]);
  }

  async #apt(program: string, args: string[], timeout: number, cwd?: string): Promise<string> {
    const result = await runCommand(program, [...this.#options, '-q', ...args], {
      timeout,
      env: { ...process.env, LC_ALL: 'C' },
      ...(cwd === undefined ? {} : { cwd }),
    });
    if (result.missing) throw new Error(`${program} is missing; the emulated board is made on Debian only`);
    if (result.status !== 0) throw new Error(`${program} ${args[0]} failed:\n${lastLines(result.output, 5)}`);
    return result.output;
  }

  #update(): Promise<void> {
    this.#updated ??= this.#apt('apt-get', ['update'], UPDATE_TIMEOUT).then(() => {});
    return this.#updated;
  }

  /** The package that a package without content, like linux-image-arm64, stands for. */
  async dependencyOf(name: string, pattern: RegExp): Promise<string> {
    await this.#update();
    const text = await this.#apt('apt-cache', ['depends', name], QUERY_TIMEOUT);
    const found = [...text.matchAll(/^ *\|?Depends: (\S+)$/gm)].map((match) => match[1]!);
    const one = found.find((candidate) => pattern.test(candidate));
    if (one === undefined) throw new Error(`${name} depends on nothing like ${pattern}`);
    return one;
  }

  /** Names with all that they depend on. */
  async closure(names: readonly string[]): Promise<string[]> {
    await this.#update();
    const text = await this.#apt(
      'apt-get',
      ['install', '--simulate', '--no-install-recommends', ...names],
      QUERY_TIMEOUT,
    );
    return [...text.matchAll(/^Inst (\S+) /gm)].map((match) => match[1]!);
  }

  /** Paths of the .deb files, each fetched if it is not there. */
  async fetch(names: readonly string[]): Promise<string[]> {
    const folder = join(this.#folder, 'debs');
    const have = (name: string): string | undefined =>
      readdirSync(folder).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    const lacking = names.filter((name) => have(name) === undefined);
    if (lacking.length > 0) {
      await this.#update();
      const work = join(this.#folder, `fetching-${process.pid}`);
      mkdirSync(work, { recursive: true });
      try {
        await this.#apt('apt-get', ['download', ...lacking], DOWNLOAD_TIMEOUT, work);
        for (const file of readdirSync(work)) renameSync(join(work, file), join(folder, file));
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    }
    return names.map((name) => {
      const file = have(name);
      if (file === undefined) throw new Error(`apt-get download brought no ${name}`);
      return join(folder, file);
    });
  }

  /** Writes one file of a package. */
  async unpackFile(deb: string, name: string, path: string): Promise<void> {
    const tar = execFileSync('dpkg-deb', ['--fsys-tarfile', deb], { maxBuffer: PACKAGE_LIMIT });
    writeFileSync(
      path,
      execFileSync('tar', ['--extract', '--to-stdout', name], { input: tar, maxBuffer: PACKAGE_LIMIT }),
      {
        mode: 0o755,
      },
    );
  }
}
