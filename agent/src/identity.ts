import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { type Enrolment, readToken, writeToken } from '@perch/broker-bridge/enrolment.ts';
import type { KeyPair } from '@perch/broker-bridge/protocol/primitives.ts';
import { readIfThere, writeAtomic } from './atomic-file.ts';

/** Who this board is and whom it trusts: what `perch-agent enroll` wrote. */
export interface Identity {
  enrolment: Enrolment;
  key: KeyPair;
}

const identityFile = (state: string): string => join(state, 'identity.json');

const rawKey = (text: unknown): Uint8Array => {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.length !== 32) throw new TypeError('its device key is damaged');
  return new Uint8Array(bytes);
};

/** The raw 32-byte keys in an enrolment. */
export const keyOf = (text: string): Uint8Array => rawKey(text);

/**
 * Writes the board's identity from a token: a new device key, or the one it has when it is enrolled anew with the same
 * server, so that a server which already let it in knows it. Throws a TypeError for a bad token, PerchError DISK else.
 */
export function enrol(state: string, token: string): Identity {
  const enrolment = readToken(token);
  makeStateFolder(state);
  const before = tryLoad(state);
  const key =
    before !== undefined && before.enrolment.serverKey === enrolment.serverKey
      ? before.key
      : primitives.generateKeyPair();
  save(state, { enrolment, key });
  return { enrolment, key };
}

/** The identity, or undefined when the board was never enrolled. @throws TypeError when its file is damaged */
export function loadIdentity(state: string): Identity | undefined {
  const text = readIfThere(identityFile(state));
  if (text === undefined) return undefined;
  try {
    const { token, key } = JSON.parse(text) as { token: string; key: string };
    return { enrolment: readToken(token), key: primitives.keyPairOf(rawKey(key)) };
  } catch (error) {
    throw new TypeError(
      `${identityFile(state)} is damaged (${error instanceof SyntaxError ? 'not JSON' : (error as Error).message}); enrol this board again: perch-agent enroll TOKEN`,
    );
  }
}

/** Whoever may write there could put a release in place of ours. */
function makeStateFolder(state: string): void {
  if (mkdirSync(state, { recursive: true, mode: 0o700 }) !== undefined) return; // it is new
  if ((statSync(state).mode & 0o022) !== 0)
    throw new TypeError(
      `others may write to the state folder ${state}; choose another with --state DIR, or: chmod go-w ${state}`,
    );
}

/**
 * The secret has done its work once the server let this key in; it is not kept longer. A board that was enrolled anew
 * since then keeps what it has now.
 */
export function forgetSecret(state: string, identity: Identity): Identity {
  const { secret, ...enrolment } = identity.enrolment;
  const without = { ...identity, enrolment };
  if (tryLoad(state)?.enrolment.secret === secret) save(state, without);
  return without;
}

function save(state: string, { enrolment, key }: Identity): void {
  const content = { token: writeToken(enrolment), key: Buffer.from(key.privateKey).toString('base64url') };
  writeAtomic(identityFile(state), `${JSON.stringify(content)}\n`, 0o600);
}

function tryLoad(state: string): Identity | undefined {
  try {
    return loadIdentity(state);
  } catch {
    return undefined; // damaged: enrolling anew is the way out
  }
}
