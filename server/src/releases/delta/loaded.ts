import { fstatSync, openSync, readSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';

/** A file in memory that can be brought back to what is on disk, in the same memory. */
export interface Loaded {
  bytes: Buffer;
  reload(): void;
}

/** @throws PerchError TOO_LONG over EXECUTABLE_LIMIT, MALFORMED when it is empty or cannot be read */
export function load(path: string): Loaded {
  let fd: number;
  let length: number;
  try {
    fd = openSync(path, 'r');
    length = fstatSync(fd).size;
  } catch (error) {
    throw new PerchError('MALFORMED', `cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (length > EXECUTABLE_LIMIT)
    throw new PerchError('TOO_LONG', `${path} has ${length} bytes; boards take at most ${EXECUTABLE_LIMIT}`);
  if (length === 0) throw new PerchError('MALFORMED', `${path} is empty`);
  const bytes = Buffer.alloc(length);
  const reload = (): void => {
    for (let at = 0; at < length; ) {
      const count = readSync(fd, bytes, at, length - at, at);
      if (count === 0)
        throw new PerchError('WRONG_LENGTH', `${path} got shorter while a patch was made of it`);
      at += count;
    }
  };
  reload();
  return { bytes, reload };
}
