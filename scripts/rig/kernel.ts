import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lastLines, runCommand } from '../build/run-command.ts';
import type { DebianPackages } from './debs.ts';

const UNPACK_TIMEOUT = 5 * 60_000;

export interface Kernel {
  /** As `uname -r` says it. */
  release: string;
  image: string;
  /** Paths of modules, each behind those that it needs. */
  modules: readonly string[];
}

/** Names that a module needs, from its own .modinfo section; the kernel writes underscores where files have dashes. */
export function needsOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  const [, names = ''] = /\0depends=([\w,-]*)\0/.exec(text) ?? [];
  return names.split(',').filter(Boolean);
}

const plain = (name: string): string => name.replaceAll('-', '_');

/** Debian's arm64 kernel and the modules of `wanted`, unpacked below `folder`. */
export async function debianKernel(
  packages: DebianPackages,
  folder: string,
  wanted: readonly string[],
  onFetch: () => void,
): Promise<Kernel> {
  const kept = join(folder, 'kernel');
  if (!existsSync(kept)) {
    onFetch();
    const name = await packages.dependencyOf('linux-image-arm64', /^linux-image-\d/);
    const [deb] = await packages.fetch([name]);
    const work = `${kept}.${process.pid}`;
    mkdirSync(work, { recursive: true });
    try {
      const unpacked = await runCommand('dpkg-deb', ['--extract', deb!, work], { timeout: UNPACK_TIMEOUT });
      if (unpacked.status !== 0) throw new Error(`cannot unpack ${deb}:\n${lastLines(unpacked.output)}`);
      renameSync(work, kept);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const image = readdirSync(join(kept, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${kept} has no kernel; remove that folder and try again`);
  const release = image.slice('vmlinuz-'.length);
  const libraries = ['usr/lib/modules', 'lib/modules'].map((path) => join(kept, path)).find(existsSync)!;
  return {
    release,
    image: join(kept, 'boot', image),
    modules: await inOrder(join(libraries, release), wanted),
  };
}

/** Newer kernels have their modules packed with xz, which a small insmod cannot read. */
async function unpackModule(path: string): Promise<string> {
  if (!path.endsWith('.xz')) return path;
  const plainPath = path.slice(0, -'.xz'.length);
  const result = await runCommand('xz', ['--decompress', '--keep', '--force', path], {
    timeout: UNPACK_TIMEOUT,
  });
  if (result.status !== 0) throw new Error(`cannot unpack ${path}:\n${lastLines(result.output)}`);
  return plainPath;
}

async function inOrder(root: string, wanted: readonly string[]): Promise<string[]> {
  const paths = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const [, name] = /^(.*)\.ko(\.xz)?$/.exec(basename(entry)) ?? [];
    if (name !== undefined) paths.set(plain(name), join(root, entry));
  }
  const builtIn = new Set(
    readFileSync(join(root, 'modules.builtin'), 'utf8')
      .split('\n')
      .map((line) => plain(basename(line, '.ko'))),
  );
  const order = new Map<string, string>();
  const add = async (name: string): Promise<void> => {
    if (order.has(name) || builtIn.has(name)) return;
    const packed = paths.get(name);
    if (packed === undefined) throw new Error(`Debian's kernel has no module ${name}`);
    const path = await unpackModule(packed);
    for (const needed of needsOf(readFileSync(path))) await add(plain(needed));
    order.set(name, path);
  };
  for (const name of wanted) await add(plain(name));
  return [...order.values()];
}

/** The list of modules in a file: a name on each line. */
export const readModuleList = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** Writes the order of modules as the board's first program reads it. */
export const writeModuleOrder = (path: string, modules: readonly string[]): void =>
  writeFileSync(path, modules.map((module) => `${basename(module)}\n`).join(''));
