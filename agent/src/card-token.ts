import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readToken, TOKEN_LIMIT } from '@perch/broker-bridge/enrolment.ts';
import { diskError, syncFolder } from './atomic-file.ts';
import { enrol, type Identity, loadIdentity } from './identity.ts';

/** Where flashing puts a board's token. */
export const cardToken = (state: string): string => join(state, 'token');

/** Bytes of a token's file that are read: one more than a good one has, lines and all. */
const FILE_LIMIT = TOKEN_LIMIT + 4096;

function readStart(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw diskError(`cannot read ${path}`, error);
  }
  try {
    const bytes = Buffer.alloc(FILE_LIMIT);
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } catch (error) {
    throw diskError(`cannot read ${path}`, error);
  } finally {
    closeSync(fd);
  }
}

/** Takes the card's token away; what it says is in the identity now, or a person gave another. @throws PerchError DISK */
export function removeCardToken(state: string): void {
  try {
    rmSync(cardToken(state), { force: true });
    syncFolder(state);
  } catch (error) {
    throw diskError(`cannot remove ${cardToken(state)}`, error);
  }
}

const tokenFault = (path: string, error: unknown): string =>
  `the card's token (${path}) is no use: ${(error as Error).message}`;

/** Why a board without an identity has none, in one line that says what to do. */
export function notEnrolled(state: string): string {
  const path = cardToken(state);
  try {
    const token = readStart(path);
    if (token === undefined)
      return `this board is not enrolled (nothing in ${state}); run: perch-agent enroll TOKEN`;
    readToken(token);
    return `this board is not enrolled yet; it does that by itself at the agent's next start, from ${path}`;
  } catch (error) {
    return error instanceof TypeError ? tokenFault(path, error) : (error as Error).message;
  }
}

/**
 * The board's identity. A card that was flashed with a token has it in the state folder: the board makes its own key at its
 * first start, so that no copy of the card's image holds one, and takes the token away. The identity is on the disk before
 * that: a power cut between the two has it done again, with the key that is there. A token that is no use stops no board
 * that knows who it is.
 * @throws TypeError for a bad token or a damaged identity, which says what to do; PerchError DISK
 */
export function identityOfBoard(state: string, note: (text: string) => void): Identity | undefined {
  const token = readStart(cardToken(state));
  if (token === undefined) return loadIdentity(state);
  try {
    readToken(token);
  } catch (error) {
    const wrong = tokenFault(cardToken(state), error);
    const identity = loadIdentity(state);
    if (identity === undefined) throw new TypeError(wrong);
    note(`${wrong}; this board goes on as ${identity.enrolment.alias}`);
    return identity;
  }
  const identity = enrol(state, token);
  removeCardToken(state);
  note(`enrolled as ${identity.enrolment.alias} with the card's token`);
  return identity;
}
