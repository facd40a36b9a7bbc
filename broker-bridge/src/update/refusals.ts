import { LengthOrHashMismatchError, UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js';
import { PerchError } from '../protocol/errors.ts';
import type { Role } from './metadata-file.ts';

/** What tuf-js had against a file of a role, as one of our errors. */
export function refusalOf(error: unknown, role: Role): PerchError {
  if (error instanceof PerchError) return error;
  if (error instanceof UnsignedMetadataError)
    return new PerchError('BAD_SIGNATURE', `${role} metadata lacks signatures of this fleet's owner`);
  if (error instanceof ExpiredMetadataError) return expired(role);
  if (error instanceof LengthOrHashMismatchError)
    return new PerchError('MIXED_METADATA', `${role} metadata is not the file that was signed for`);
  if (error instanceof BadVersionError) return old(role);
  return new PerchError('MALFORMED', `${role} metadata cannot be read`);
}

export const expired = (role: Role): PerchError =>
  new PerchError('EXPIRED', `${role} metadata is past its date; perch-server keys show says what to renew`);

export const missing = (role: Role): PerchError =>
  new PerchError('MIXED_METADATA', `${role} metadata that the others name did not come; ask again`);

export const old = (role: Role): PerchError =>
  new PerchError('OLD_METADATA', `${role} metadata is older than what this board has seen`);
