import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { PerchError } from '../protocol/errors.ts';
import { ROLES, type Role } from './roles.ts';

export { ROLES, type Role };

/** The newest version of each role's file that a board trusts or a server has; 0: none. */
export type MetadataVersions = Record<Role, number>;

/** A metadata file as it is signed, and what it says of itself. Nothing of it is verified by being here. */
export interface MetadataFile {
  role: Role;
  version: number;
  expires: number; // Unix ms
  bytes: Uint8Array; // JSON without a newline
}

/** Root files that one answer carries, and that a board takes at once; a longer chain comes in several rounds. */
export const ROOTS_LIMIT = 8;
/** Longest file of each role in bytes. A root with 8 keys and as many signatures has about 3,500. */
export const FILE_LIMITS: Record<Role, number> = {
  root: 8 * 1024,
  timestamp: 4 * 1024,
  snapshot: 4 * 1024,
  targets: 112 * 1024,
};
/** Most keys that a root names, and most signatures of a file. */
export const KEYS_LIMIT = 24;
/** Most releases that targets name. */
export const TARGETS_LIMIT = 240;
/** Metadata files that a snapshot may list. There are no delegations, so it is one. */
export const SNAPSHOT_FILES_LIMIT = 16;
/** Highest version of a file: whole numbers of any codec, and far from what a clock in seconds comes to. */
export const METADATA_VERSION_LIMIT = 2 ** 40;

const Version = Type.Integer({ minimum: 1, maximum: METADATA_VERSION_LIMIT });
// Section 4.2.2: ISO 8601 in UTC, no fractions.
const Expires = Type.String({
  pattern: '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$',
});
const common = { spec_version: Type.String({ maxLength: 16 }), version: Version, expires: Expires };

const RoleKeys = Type.Object({
  keyids: Type.Array(Type.String({ maxLength: 128 }), { maxItems: KEYS_LIMIT }),
  threshold: Type.Integer({ minimum: 1, maximum: KEYS_LIMIT }),
});
const Meta = Type.Object({ version: Version });

// Bounds for what is read before it is verified. Members that are not known stay: signatures cover them (section 4.1).
const SIGNED: Record<Role, TSchema> = {
  root: Type.Object({
    ...common,
    _type: Type.Literal('root'),
    keys: Type.Record(
      Type.String(),
      Type.Object({ keyval: Type.Object({ public: Type.String({ minLength: 1, maxLength: 2048 }) }) }),
      { maxProperties: KEYS_LIMIT },
    ),
    roles: Type.Object({ root: RoleKeys, timestamp: RoleKeys, snapshot: RoleKeys, targets: RoleKeys }),
  }),
  timestamp: Type.Object({
    ...common,
    _type: Type.Literal('timestamp'),
    meta: Type.Object({ 'snapshot.json': Meta }),
  }),
  snapshot: Type.Object({
    ...common,
    _type: Type.Literal('snapshot'),
    meta: Type.Intersect([
      Type.Object({ 'targets.json': Meta }),
      Type.Record(Type.String(), Meta, { maxProperties: SNAPSHOT_FILES_LIMIT }),
    ]),
  }),
  targets: Type.Object({
    ...common,
    _type: Type.Literal('targets'),
    targets: Type.Record(Type.String(), Type.Object({}), { maxProperties: TARGETS_LIMIT }),
  }),
};

const Head = Type.Object({
  signed: Type.Object({ ...common, _type: Type.Union(ROLES.map((role) => Type.Literal(role))) }),
  signatures: Type.Array(
    Type.Object({ keyid: Type.String({ maxLength: 128 }), sig: Type.String({ maxLength: 2048 }) }),
    { maxItems: KEYS_LIMIT },
  ),
});

/** The longest file of any role: what is longer is not even looked at. */
const LONGEST = Math.max(...Object.values(FILE_LIMITS));

/**
 * Reads what a metadata file says of itself, within the bounds above and without verifying it.
 * Throws PerchError MALFORMED or TOO_LONG.
 */
export function readMetadataFile(bytes: Uint8Array): MetadataFile {
  const head = readHead(bytes);
  const { _type: role, version, expires } = head.signed;
  if (bytes.length > FILE_LIMITS[role])
    throw new PerchError('TOO_LONG', `${role} metadata of ${bytes.length} bytes (${FILE_LIMITS[role]})`);
  if (!Value.Check(SIGNED[role], head.signed)) {
    const fault = Value.Errors(SIGNED[role], head.signed).First();
    throw new PerchError('MALFORMED', `${role} metadata${fault?.path}: ${fault?.message}`);
  }
  if (role === 'root') checkKeysDiffer(head.signed);
  const time = Date.parse(expires);
  if (Number.isNaN(time)) throw new PerchError('MALFORMED', `${role} metadata expires on ${expires}`);
  return { role, version, expires: time, bytes };
}

function readHead(bytes: Uint8Array): Static<typeof Head> {
  if (bytes.length > LONGEST) throw new PerchError('TOO_LONG', `metadata of ${bytes.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new PerchError('MALFORMED', 'a metadata file is not JSON');
  }
  if (Value.Check(Head, value)) return value;
  const fault = Value.Errors(Head, value).First();
  throw new PerchError('MALFORMED', `a metadata file${fault?.path}: ${fault?.message}`);
}

/** One key under two ids would count twice towards a threshold (section 4.3: signatures of different keys). */
function checkKeysDiffer(signed: object): void {
  const { keys } = signed as { keys: Record<string, { keyval: { public: string } }> };
  const texts = Object.values(keys).map((key) => key.keyval.public.replaceAll(/\s/g, '').toLowerCase());
  if (new Set(texts).size !== texts.length)
    throw new PerchError('MALFORMED', 'root metadata names one key under two ids');
}
