import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { PATHS_LIMIT } from '../commands/paths.ts';
import { HTTP_SILENCE_MS } from './limits.ts';
import { Problem } from './problem.ts';
import { newId } from './secrets.ts';

/** Longest file that is taken, in bytes: an executable with room. */
export const UPLOAD_LIMIT = 512 * 1024 * 1024;
/** Files that wait for a command at once: what one command reads at most, with its list of them, and some of others. */
export const UPLOADS_LIMIT = PATHS_LIMIT + 16;
/** Bytes of all of them together. */
export const UPLOADS_BYTES_LIMIT = 4 * UPLOAD_LIMIT;
/** How long they wait, and how often it is looked for those that waited for so long, in ms. */
export const UPLOAD_MS = 3_600_000;
export const UPLOADS_LOOK_MS = 60_000;

/** How an argument of a command names a file that was sent before. */
export const UPLOAD_FORM = /^upload:([0-9a-f]{12})$/;

interface Upload {
  path: string;
  owner: string;
  bytes: number;
  /** When it came; undefined while a command works with it. */
  at: number | undefined;
}

export interface UploadsOptions {
  dataDir: string;
  /** Unix ms */
  now(): number;
  failed(what: string, error: unknown): void;
  /** How long the sender of a file may be silent (HTTP_SILENCE_MS). */
  silenceMs?: number;
  /** Bytes of all files together (UPLOADS_BYTES_LIMIT). */
  bytesLimit?: number;
}

/** Files that callers sent for commands which read files. They are the sender's alone, and go soon. */
export class Uploads {
  readonly #folder: string;
  readonly #o: UploadsOptions;
  readonly #kept = new Map<string, Upload>();
  readonly #looking: NodeJS.Timeout;
  #coming = 0;
  /** Of those that are kept and those that come. */
  #bytes = 0;
  readonly #paths: RegExp;

  /** What a run before left is removed. */
  constructor(options: UploadsOptions) {
    this.#o = options;
    this.#folder = join(options.dataDir, 'uploads');
    const folder = this.#folder.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    this.#paths = new RegExp(`${folder}/[0-9a-f]{12}`, 'g');
    rmSync(this.#folder, { recursive: true, force: true });
    this.#looking = setInterval(() => void this.#dropOld(), UPLOADS_LOOK_MS).unref();
  }

  /**
   * @returns the file's id. @throws Problem 413 when it is too long, 503 when too many wait, 408 when nothing comes of it;
   * PerchError DISK
   */
  async take(owner: string, bytes: Readable): Promise<{ id: string; bytes: number }> {
    await this.#dropOld();
    if (this.#kept.size + this.#coming >= UPLOADS_LIMIT)
      throw new Problem(503, `${UPLOADS_LIMIT} files wait already; try again later`);
    const id = newId();
    const path = join(this.#folder, id);
    this.#coming += 1;
    const { bytesLimit = UPLOADS_BYTES_LIMIT, silenceMs = HTTP_SILENCE_MS } = this.#o;
    let length = 0;
    const count = (more: number): void => {
      length += more;
      this.#bytes += more;
      if (length > UPLOAD_LIMIT) throw new Problem(413, `a file has at most ${UPLOAD_LIMIT} bytes`);
      if (this.#bytes > bytesLimit)
        throw new Problem(503, `the files that wait have ${bytesLimit} bytes already; try again later`);
    };
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      await pipeline(bytes, counted(count, silenceMs), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      this.#kept.set(id, { path, owner, bytes: length, at: this.#o.now() });
      return { id, bytes: length };
    } catch (error) {
      this.#bytes -= length;
      await this.#remove(path);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EACCES')
        throw new PerchError('DISK', `the file cannot be kept (${code}); make room in the data folder`);
      if (code === 'ERR_STREAM_PREMATURE_CLOSE')
        throw new Problem(400, 'the file ended before all of it came');
      throw error;
    } finally {
      this.#coming -= 1;
    }
  }

  /** Path of a file that this owner sent, for a command; it stays until it is dropped. @throws Problem 400 */
  path(owner: string, name: string): string {
    const [, id = ''] = UPLOAD_FORM.exec(name) ?? [];
    const upload = this.#kept.get(id);
    if (upload === undefined || upload.owner !== owner)
      throw new Problem(
        400,
        `${JSON.stringify(name.slice(0, 40))} is no file that you sent; send it to /api/v1/uploads first, and name it upload:ID`,
      );
    upload.at = undefined;
    return upload.path;
  }

  /** An error about a file that was sent, without the server's own name for it. */
  cloak(error: unknown): unknown {
    if (error instanceof Error)
      error.message = error.message.replaceAll(this.#paths, 'the file that was sent');
    return error;
  }

  /** @returns false when this owner has no such file */
  async drop(owner: string, name: string): Promise<boolean> {
    const [, id = ''] = UPLOAD_FORM.exec(name) ?? [];
    if (this.#kept.get(id)?.owner !== owner) return false;
    await this.#forget(id);
    return true;
  }

  async #dropOld(): Promise<void> {
    const oldest = this.#o.now() - UPLOAD_MS;
    const old = [...this.#kept].filter(([, { at }]) => at !== undefined && at <= oldest);
    await Promise.all(old.map(([id]) => this.#forget(id)));
  }

  async #forget(id: string): Promise<void> {
    const { path, bytes } = this.#kept.get(id)!;
    this.#kept.delete(id);
    this.#bytes -= bytes;
    await this.#remove(path);
  }

  /** A file that cannot be removed goes at the next start: that is no reason to fail what is done with it. */
  async #remove(path: string): Promise<void> {
    await rm(path, { force: true }).catch((error: unknown) =>
      this.#o.failed('a file that was sent stays', error),
    );
  }

  close(): void {
    clearInterval(this.#looking);
    this.#kept.clear();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Bytes as they come. `count` throws to refuse them; who sends nothing for `silenceMs` is let go. */
function counted(count: (bytes: number) => void, silenceMs: number): Transform {
  const silent = setTimeout(
    () => stream.destroy(new Problem(408, `nothing came of the file for ${silenceMs / 1000} s`)),
    silenceMs,
  );
  const stream: Transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      silent.refresh();
      try {
        count(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      clearTimeout(silent);
      done();
    },
  });
  return stream.once('close', () => clearTimeout(silent));
}
