import { closeSync, openSync, readSync } from 'node:fs';
import { parseDuration } from '@perch/broker-bridge/config/duration.ts';
import { UsageError } from './usage-error.ts';

const DAY = 86_400_000;

/** Milliseconds of "500ms", "10s", "5m", "24h" or "7d". */
export function readSpan(text: string): number | undefined {
  const days = /^([0-9]{1,5})d$/.exec(text);
  return days ? Number(days[1]) * DAY : parseDuration(text);
}

export function spanOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const span = readSpan(text);
  if (span === undefined) throw new UsageError(`--${name} ${text}: write a time such as 90s, 30m, 24h or 7d`);
  return span;
}

/** Unix ms of a span before `now` ("1h") or of a date ("2026-01-31", "2026-01-31T10:00:00Z"). */
export function timeOption(name: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const span = readSpan(text);
  const time = span === undefined && /^[0-9]{4}-/.test(text) ? Date.parse(text) : now - (span ?? Number.NaN);
  if (Number.isNaN(time))
    throw new UsageError(`--${name} ${text}: write how long ago (1h, 7d) or a date (2026-01-31T10:00:00Z)`);
  return Math.max(0, time);
}

export function countOption(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const count = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new UsageError(`--${name} ${text}: write a number from 1 to ${most}`);
  return count;
}

/** Text of a file of at most `limit` bytes; `-` reads standard input. */
export function readInput(file: string, limit: number): string {
  let bytes: Buffer;
  try {
    const fd = file === '-' ? 0 : openSync(file, 'r');
    try {
      bytes = readAtMost(fd, limit + 1);
    } finally {
      if (fd !== 0) closeSync(fd);
    }
  } catch (error) {
    throw new UsageError(`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (bytes.length > limit) throw new UsageError(`${file} is too long: at most ${limit} bytes can be right`);
  return bytes.toString('utf8');
}

function readAtMost(fd: number, limit: number): Buffer {
  const bytes = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const read = readSync(fd, bytes, length, limit - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
