import { BoardError } from './board-error.ts';
import { runTool } from './tools.ts';

/** Longest file of a boot partition that is read, in bytes: its settings are short texts. */
export const SETTINGS_LIMIT = 1024 * 1024;

/** The FAT file system of a boot partition, through mtools, not mounted. Files of its top folder only. */
export class Fat {
  readonly #folder: string;
  readonly #device: string;
  readonly #signal: AbortSignal | undefined;

  constructor(options: { folder: string; image: string; offset: number; signal?: AbortSignal | undefined }) {
    this.#folder = options.folder;
    this.#device = `${options.image}@@${options.offset}`;
    this.#signal = options.signal;
  }

  async #run(tool: 'mcopy' | 'mdir', args: string[]): Promise<Buffer> {
    const { status, stdout, stderr } = await runTool(tool, ['-i', this.#device, ...args], {
      cwd: this.#folder,
      signal: this.#signal,
    });
    if (status === 0) return stdout;
    const complaint = stderr.trim().split('\n')[0] ?? `status ${status}`;
    if (/disk full|no free space/i.test(stderr))
      throw new BoardError('NO_SPACE', `the image's boot partition is full: ${complaint}`);
    if (/no space left/i.test(stderr))
      throw new BoardError('DISK_FULL', `the disk here is full: ${complaint}`);
    throw new BoardError('TOOL_FAILED', `the boot partition: ${tool}: ${complaint}`);
  }

  /** Names of the files in the top folder. */
  async names(): Promise<Set<string>> {
    const text = (await this.#run('mdir', ['-b', '-a', '::'])).toString();
    return new Set(
      text
        .split('\n')
        .filter((line) => line.startsWith('::/') && !line.endsWith('/'))
        .map((line) => line.slice('::/'.length)),
    );
  }

  async read(name: string): Promise<Buffer> {
    const bytes = await this.#run('mcopy', [`::${name}`, '-']);
    if (bytes.length > SETTINGS_LIMIT)
      throw new BoardError('TOOL_FAILED', `${name} in the boot partition has over ${SETTINGS_LIMIT} bytes`);
    return bytes;
  }

  /** Puts the staged file (a name in the folder) in place of what is there. */
  async write(name: string, staged: string): Promise<void> {
    await this.#run('mcopy', ['-o', staged, `::${name}`]);
  }
}
