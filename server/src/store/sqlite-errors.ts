import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';

// Primary result codes of https://sqlite.org/rescode.html, the low byte of an extended code.
const CODES: Record<number, { code: ErrorCode; hint: string }> = {
  5: { code: 'BUSY', hint: 'another process holds the database; try again' },
  6: { code: 'BUSY', hint: 'the database is locked; try again' },
  8: { code: 'DISK', hint: 'the database cannot be written; check the permissions and the mount' },
  10: { code: 'DISK', hint: 'reading or writing the database failed; check the disk' },
  11: { code: 'DISK', hint: 'the database is damaged; restore it from a backup' },
  13: { code: 'DISK', hint: 'the disk is full; free some space' },
  14: { code: 'DISK', hint: 'the database cannot be opened; check its folder and permissions' },
  26: { code: 'DISK', hint: 'the file is not a database' },
};

/** The PerchError (BUSY or DISK) for an error of SQLite that is no fault of the program, else the error as it is. */
export function fromSqlite(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const known = CODES[error.errcode & 0xff];
  return known ? new PerchError(known.code, `${known.hint} (SQLite: ${error.message})`) : error;
}
