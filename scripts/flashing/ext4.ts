import { createHash } from 'node:crypto';
import { BoardError } from './board-error.ts';
import { runTool } from './tools.ts';

export type NodeKind = 'file' | 'folder' | 'link' | 'other';

/** An inode as debugfs tells it; `mode` are the twelve permission bits, `target` is a link's. */
export interface Node {
  kind: NodeKind;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  target?: string;
}

/** What counts of a superblock. Free blocks are those that root may fill. */
export interface Superblock {
  blockBytes: number;
  freeBlocks: number;
  freeInodes: number;
  clean: boolean;
}

/** Most links that are followed, as the kernel does (path_resolution(7)). */
export const LINK_LIMIT = 40;

/** A name as debugfs's command line takes it. Its parser has no way to write a quotation mark or a line feed. */
function quoted(path: string): string {
  if (/["\n\r\0]/.test(path))
    throw new BoardError('TOOL_FAILED', `debugfs cannot take the name ${JSON.stringify(path)}`);
  return `"${path}"`;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What `stat` of debugfs prints for one inode. Pure; undefined when it is no such text. */
export function nodeOf(text: string): Node | undefined {
  const head = /^Inode: \d+ +Type: (.+?) +Mode: +(0[0-7]+)/m.exec(text);
  const owner = /^User: +(\d+) +Group: +(\d+).*?Size: (\d+)$/m.exec(text);
  if (head === null || owner === null) return undefined;
  const kinds: Record<string, NodeKind> = { regular: 'file', directory: 'folder', symlink: 'link' };
  const fast = /^Fast link dest: "(.*)"$/m.exec(text);
  return {
    kind: kinds[head[1]!] ?? 'other',
    mode: Number.parseInt(head[2]!, 8),
    uid: Number(owner[1]),
    gid: Number(owner[2]),
    size: Number(owner[3]),
    ...(fast === null ? {} : { target: fast[1]! }),
  };
}

/** What `stats -h` of debugfs prints. Pure; undefined when it is no such text. */
export function superblockOf(text: string): Superblock | undefined {
  const field = (name: string): string => new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1] ?? '';
  const [blockBytes, freeBlocks, freeInodes] = ['Block size', 'Free blocks', 'Free inodes'].map((name) =>
    Number.parseInt(field(name), 10),
  );
  if (!Number.isInteger(blockBytes! + freeBlocks! + freeInodes!)) return undefined;
  return {
    blockBytes: blockBytes!,
    freeBlocks: freeBlocks!,
    freeInodes: freeInodes!,
    clean: field('Filesystem state') === 'clean' && !/\bneeds_recovery\b/.test(field('Filesystem features')),
  };
}

/** An ext4 file system inside an image, through debugfs and e2fsck, neither mounted nor as root. */
export class Ext4 {
  readonly #folder: string;
  readonly #device: string;
  readonly #signal: AbortSignal | undefined;

  /** `image` is a name in `folder`, `offset` in bytes. Files that are written in are named relative to `folder`. */
  constructor(options: { folder: string; image: string; offset: number; signal?: AbortSignal | undefined }) {
    this.#folder = options.folder;
    this.#device = `${options.image}?offset=${options.offset}`;
    this.#signal = options.signal;
  }

  /** Runs debugfs's commands. Its exit code says nothing of most failures; a word on standard error does. */
  async #run(
    commands: readonly string[],
    { writes = false, missingIsFine = false, sink = undefined as ((chunk: Buffer) => void) | undefined } = {},
  ): Promise<string> {
    const script = commands.length === 1 ? ['-R', commands[0]!] : ['-f', '-'];
    const result = await runTool('debugfs', [...(writes ? ['-w'] : []), ...script, this.#device], {
      cwd: this.#folder,
      input: commands.length === 1 ? '' : `${commands.join('\n')}\n`,
      signal: this.#signal,
      ...(sink === undefined ? {} : { sink }),
    });
    const complaint = result.stderr
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^debugfs \d/.test(line))
      .filter((line) => !(missingIsFine && line.includes('File not found by ext2_lookup')))[0];
    if (complaint !== undefined) throw failureOf(complaint);
    return result.stdout.toString();
  }

  async superblock(): Promise<Superblock> {
    const superblock = superblockOf(await this.#run(['stats -h']));
    if (superblock === undefined) throw new BoardError('TOOL_FAILED', 'debugfs tells no superblock');
    return superblock;
  }

  /** The inodes at these paths, links in the last place not followed; undefined where there is none. A long link has no target. */
  async stat(paths: readonly string[]): Promise<(Node | undefined)[]> {
    if (paths.length === 0) return [];
    // A single command would be printed without its prompt.
    const text = await this.#run([...paths.map((path) => `stat ${quoted(path)}`), 'quit'], {
      missingIsFine: true,
    });
    const nodes = text
      .split(/^debugfs: +stat ".*"\n/m)
      .slice(1)
      .map(nodeOf);
    if (nodes.length !== paths.length)
      throw new BoardError(
        'TOOL_FAILED',
        `debugfs told of ${nodes.length} files in place of ${paths.length}`,
      );
    return nodes;
  }

  /** Where a path leads to, every link followed; undefined when there is nothing. */
  async resolve(path: string): Promise<{ path: string; node: Node } | undefined> {
    let at = path;
    for (let followed = 0; followed <= LINK_LIMIT; followed += 1) {
      const [node] = await this.stat([at]);
      if (node === undefined) return undefined;
      if (node.kind !== 'link') return { path: at, node };
      const target = node.target ?? (await this.#run([`cat ${quoted(at)}`]));
      at = target.startsWith('/') ? target : `${folderOf(at)}/${target}`;
    }
    return undefined;
  }

  /** Content of a file, links followed; undefined when there is none. For files that fit in memory. */
  async read(path: string): Promise<Buffer | undefined> {
    const found = await this.resolve(path);
    if (found === undefined || found.node.kind !== 'file') return undefined;
    const chunks: Buffer[] = [];
    await this.#run([`cat ${quoted(found.path)}`], { sink: (chunk) => chunks.push(chunk) });
    return Buffer.concat(chunks);
  }

  async text(path: string): Promise<string | undefined> {
    return (await this.read(path))?.toString();
  }

  /** SHA-256 of a file's content in hex; the file may be of any size. */
  async digest(path: string): Promise<string> {
    const hash = createHash('sha256');
    await this.#run([`cat ${quoted(path)}`], { sink: (chunk) => hash.update(chunk) });
    return hash.digest('hex');
  }

  /** Names in a folder, without . and .. */
  async list(path: string): Promise<{ name: string; kind: NodeKind }[]> {
    const text = await this.#run([`ls -p ${quoted(path)}`]);
    return text.split('\n').flatMap((line) => {
      const [, , mode, , , name] = /^\/(\d+)\/(\d+)\/(\d+)\/(\d+)\/(.*?)\/\d*\/$/.exec(line) ?? [];
      if (mode === undefined || name === undefined || name === '.' || name === '..') return [];
      const kinds: Record<string, NodeKind> = { '04': 'folder', '10': 'file', '12': 'link' };
      return [{ name, kind: kinds[mode.slice(0, 2)] ?? 'other' }];
    });
  }

  /** Runs commands that write, made by the functions below, in one go. @throws BoardError NO_SPACE, DISK_FULL, TOOL_FAILED */
  async write(commands: readonly string[], now: number): Promise<void> {
    if (commands.length > 0) await this.#run([`set_current_time @${now}`, ...commands], { writes: true });
  }

  /** e2fsck without repair. @throws BoardError with the given code when it finds anything */
  async check(code: 'DIRTY' | 'NOT_VERIFIED'): Promise<void> {
    const { status, stdout, stderr } = await runTool('e2fsck', ['-f', '-n', this.#device], {
      cwd: this.#folder,
      signal: this.#signal,
    });
    if (status === 0) return;
    const lines = `${stderr}\n${stdout}`.split('\n').filter((line) => line !== '');
    const fault = lines.find((line) => !/^(e2fsck|Pass) \d|^Warning/.test(line)) ?? `status ${status}`;
    throw new BoardError(
      code,
      code === 'DIRTY'
        ? `the image's root file system is not whole (${fault}); use an image that was never started, or repair it with e2fsck`
        : `the root file system is not whole after writing (${fault}); this is a fault of the tools here`,
    );
  }
}

function failureOf(complaint: string): BoardError {
  if (/Could not allocate (block|inode)|No free space/.test(complaint))
    return new BoardError('NO_SPACE', `the image's root file system is full: ${complaint}`);
  if (/No space left on device/.test(complaint))
    return new BoardError('DISK_FULL', `the disk here is full: ${complaint}`);
  return new BoardError('TOOL_FAILED', `debugfs: ${complaint}`);
}

const attributes = (path: string, type: number, node: { mode: number; uid: number; gid: number }): string[] =>
  [`mode 0${(type | node.mode).toString(8)}`, `uid ${node.uid}`, `gid ${node.gid}`].map(
    (field) => `sif ${quoted(path)} ${field}`,
  );

/** Commands that put a file in place of what is there. `staged` is a name without spaces in the folder. Pure. */
export const fileCommands = (
  path: string,
  staged: string,
  node: { mode: number; uid: number; gid: number; replaces: boolean },
): string[] => [
  ...(node.replaces ? [`rm ${quoted(path)}`] : []),
  // `write` takes a name in the working folder only.
  `cd ${quoted(folderOf(path))}`,
  `write ${staged} ${quoted(nameOf(path))}`,
  ...attributes(path, 0o100000, node),
];

/** Commands for a folder that is `made` now, or that is there and gets this mode and owner. Pure. */
export const folderCommands = (
  path: string,
  node: { mode: number; uid: number; gid: number; made: boolean },
): string[] => [...(node.made ? [`mkdir ${quoted(path)}`] : []), ...attributes(path, 0o040000, node)];

export const linkCommands = (path: string, target: string, replaces: boolean): string[] => [
  ...(replaces ? [`rm ${quoted(path)}`] : []),
  `symlink ${quoted(path)} ${quoted(target)}`,
];

export const removeCommand = (path: string, kind: NodeKind): string =>
  `${kind === 'folder' ? 'rmdir' : 'rm'} ${quoted(path)}`;
