import { crc32 } from 'node:zlib';
import { METADATA_VERSION_LIMIT, type MetadataVersions, ROLES } from './metadata-file.ts';

/** Roots that a board keeps at most: one a year and one for each exchange of keys. */
export const ROOTS_KEPT = 512;
/** Longest stored text in characters. */
export const STORED_LIMIT = 8 * 1024 * 1024;

/**
 * What a board keeps of its trust, as text: a first line with the highest versions that it has seen, and below it the
 * files that it trusts, one a line, roots first. All of it is verified again when it is read.
 */
export type StoredTrust = string;

const HEAD = 'perch-trust 1';

// The checksum is there because a flipped digit in a version would shut every update out for good.
function seenLine(seen: MetadataVersions): string {
  const text = [HEAD, ...ROLES.map((role) => seen[role])].join(' ');
  return `${text} ${crc32(text).toString(16)}`;
}

export function writeStored(seen: MetadataVersions, files: readonly Uint8Array[]): StoredTrust {
  return [seenLine(seen), ...files.map((file) => Buffer.from(file).toString('utf8')), ''].join('\n');
}

/** The lines of a stored trust. `seen` is undefined when its line is damaged; whether a file is, only its signatures tell. */
export function readStored(stored: StoredTrust): {
  seen: MetadataVersions | undefined;
  files: Uint8Array[];
} {
  // From a file that may hold anything.
  if (typeof stored !== 'string' || stored.length > STORED_LIMIT) return { seen: undefined, files: [] };
  const [first = '', ...lines] = stored.split('\n', ROOTS_KEPT + ROLES.length + 1);
  return {
    seen: readSeen(first),
    files: lines.filter((line) => line !== '').map((line) => Buffer.from(line)),
  };
}

function readSeen(line: string): MetadataVersions | undefined {
  const numbers = line
    .split(' ')
    .slice(2, 2 + ROLES.length)
    .map(Number);
  const versions = Object.fromEntries(ROLES.map((role, at) => [role, numbers[at]])) as MetadataVersions;
  const whole = numbers.every(
    (each) => Number.isSafeInteger(each) && each >= 0 && each <= METADATA_VERSION_LIMIT,
  );
  return whole && seenLine(versions) === line ? versions : undefined;
}
