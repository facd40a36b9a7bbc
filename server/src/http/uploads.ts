import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { Problem } from './problem.ts';
import { newId } from './secrets.ts';

/** Longest file that is taken, in bytes: an executable with room. */
export const UPLOAD_LIMIT = 512 * 1024 * 1024;
/** Files that wait for a command at once, and how long they do, in ms. */
export const UPLOADS_LIMIT = 16;
export const UPLOAD_MS = 3_600_000;

/** How an argument of a command names a file that was sent before. */
export const UPLOAD_FORM = /^upload:([0-9a-f]{12})$/;

interface Upload {
  path: string;
  owner: string;
  at: number;
}

/** Files that callers sent for commands which read files. They are the sender's alone, and go soon. */
export class Uploads {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #kept = new Map<string, Upload>();
  #coming = 0;
  readonly #paths: RegExp;

  /** What a run before left is removed. */
  constructor(dataDir: string, now: () => number) {
    this.#folder = join(dataDir, 'uploads');
    this.#now = now;
    const folder = this.#folder.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    this.#paths = new RegExp(`${folder}/[0-9a-f]{12}`, 'g');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @returns the file's id. @throws Problem 413 when it is too long, 503 when too many wait; PerchError DISK */
  async take(owner: string, bytes: Readable): Promise<{ id: string; bytes: number }> {
    this.#dropOld();
    if (this.#kept.size + this.#coming >= UPLOADS_LIMIT)
      throw new Problem(503, `${UPLOADS_LIMIT} files wait already; try again later`);
    const id = newId();
    const path = join(this.#folder, id);
    this.#coming += 1;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      await pipeline(bytes, bounded(), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      this.#kept.set(id, { path, owner, at: this.#now() });
      return { id, bytes: (await stat(path)).size };
    } catch (error) {
      await rm(path, { force: true });
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

  /** Path of a file that this owner sent. @throws Problem 400 */
  path(owner: string, name: string): string {
    const [, id = ''] = UPLOAD_FORM.exec(name) ?? [];
    const upload = this.#kept.get(id);
    if (upload === undefined || upload.owner !== owner)
      throw new Problem(
        400,
        `${JSON.stringify(name.slice(0, 40))} is no file that you sent; send it to /api/v1/uploads first, and name it upload:ID`,
      );
    return upload.path;
  }

  /** An error about a file that was sent, without the server's own name for it. */
  cloak(error: unknown): unknown {
    if (error instanceof Error)
      error.message = error.message.replaceAll(this.#paths, 'the file that was sent');
    return error;
  }

  async drop(owner: string, name: string): Promise<void> {
    const [, id = ''] = UPLOAD_FORM.exec(name) ?? [];
    if (this.#kept.get(id)?.owner !== owner) return;
    const { path } = this.#kept.get(id)!;
    this.#kept.delete(id);
    await rm(path, { force: true });
  }

  #dropOld(): void {
    const oldest = this.#now() - UPLOAD_MS;
    for (const [id, { path, at }] of this.#kept) {
      if (at > oldest) continue;
      this.#kept.delete(id);
      rmSync(path, { force: true });
    }
  }

  close(): void {
    this.#kept.clear();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function bounded(): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > UPLOAD_LIMIT) done(new Problem(413, `a file has at most ${UPLOAD_LIMIT} bytes`));
      else done(null, chunk);
    },
  });
}
