import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { MetaFile, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { PerchError } from '../../protocol/errors.ts';
import { filesFor } from '../metadata-blob.ts';
import { type MetadataFile, type MetadataVersions, ROLES, type Role } from '../metadata-file.ts';
import { type ReleaseTarget, writeReleaseTarget } from '../release-target.ts';
import { metaOf, type Signable, SPEC_VERSION, signMetadata, tufKey, tufTime } from '../signing.ts';
import { Trust } from '../trust.ts';

export const DAY = 86_400_000;
/** When the tests take place. */
export const NOW = Date.UTC(2026, 5, 1);

export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

const each = <T>(value: (role: Role) => T): Record<Role, T> =>
  Object.fromEntries(ROLES.map((role) => [role, value(role)])) as Record<Role, T>;

/** Metadata as JSON for tests that bend it. */
// biome-ignore lint/suspicious/noExplicitAny: tests put anything anywhere
export type Json = Record<string, any>;

/** Canonical JSON of what has no texts beyond plain ones: members in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** A file of any content, correctly signed. */
export function signJson(signed: Json, keys: readonly KeyObject[]): Uint8Array {
  const bytes = Buffer.from(canonical(signed));
  const signatures = keys.map((key) => ({
    keyid: tufKey(createPublicKey(key)).keyID,
    sig: sign(null, bytes, key).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

/** What a board trusts that was just enrolled. */
export const NOTHING: MetadataVersions = each(() => 0);

/** A release for tests: what the test cares about put in. */
export const releaseOf = (release: Partial<ReleaseTarget> = {}): Omit<ReleaseTarget, 'path'> => ({
  platform: 'linux-arm64',
  version: '0.2.0',
  sequence: 1,
  length: 1000,
  sha256: 'a1'.repeat(32),
  index: 'b2'.repeat(32),
  ...release,
});

/**
 * A fleet's owner and server for tests. What the next files say can be changed, by the owner or by a thief, before
 * publish() makes and signs them.
 */
export class TestFleet {
  readonly keys: Record<Role, KeyObject[]> = each(() => [newKey()]);
  readonly threshold = each(() => 1);
  readonly expires = each(() => NOW + 30 * DAY);
  readonly version: MetadataVersions = each(() => 0);
  /** Who signs instead of the keys of a role. */
  readonly signers: Partial<Record<Role, KeyObject[]>> = {};
  releases: Omit<ReleaseTarget, 'path'>[] = [releaseOf()];
  /** All roots, and the newest file of each other role. */
  files: MetadataFile[] = [];

  constructor() {
    this.publish(...ROLES);
  }

  get rootSha256(): Uint8Array {
    return createHash('sha256').update(this.files[0]!.bytes).digest();
  }

  file(role: Role): MetadataFile {
    return this.files.findLast((file) => file.role === role)!;
  }

  /** What a server sends to a board that has these versions. */
  answer(have: MetadataVersions): Uint8Array[] {
    return filesFor(have, this.files);
  }

  /** Makes the next version of these roles' files, each naming the newest of the one below it. */
  publish(...roles: Role[]): this {
    for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
      if (!roles.includes(role)) continue;
      this.version[role] += 1;
      this.put(signMetadata(this.signed(role), this.#signersOf(role)));
    }
    return this;
  }

  /** Puts a file in the place of the role's newest, whatever it is; a root goes at the end of the chain. */
  put(bytes: Uint8Array): void {
    const { _type, version } = (JSON.parse(Buffer.from(bytes).toString()) as { signed: Json }).signed;
    const file: MetadataFile = { role: _type, version, expires: 0, bytes };
    const stays = (other: MetadataFile): boolean =>
      other.role !== file.role || (file.role === 'root' && other.version !== file.version);
    this.files = [...this.files.filter(stays), file];
  }

  /** Changes the newest file of a role by hand and signs it again, with the role's keys unless told. */
  forge(role: Role, change: (signed: Json) => void, keys: readonly KeyObject[] = this.keys[role]): this {
    const { signed } = JSON.parse(Buffer.from(this.file(role).bytes).toString()) as { signed: Json };
    change(signed);
    this.put(signJson(signed, keys));
    return this;
  }

  /** The owner takes the keys of a role away and makes a new one. The root says so once it is published. */
  rotate(role: Role): this {
    if (role === 'root') this.signers.root = [...this.keys.root];
    this.keys[role] = [newKey()];
    if (role === 'root') this.signers.root!.push(...this.keys.root);
    return this;
  }

  /** What the next file of a role will say, as it is signed. */
  signed(role: Role): Signable {
    const common = {
      specVersion: SPEC_VERSION,
      version: this.version[role],
      expires: tufTime(this.expires[role]),
    };
    if (role === 'root') return this.#root();
    if (role === 'targets') {
      const targets = this.releases.map((release) => writeReleaseTarget(release));
      return new Targets({ ...common, targets: Object.fromEntries(targets.map((one) => [one.path, one])) });
    }
    const below = this.file(role === 'snapshot' ? 'targets' : 'snapshot');
    const meta = new MetaFile(metaOf(below.version, below.bytes));
    return role === 'snapshot'
      ? new Snapshot({ ...common, meta: { 'targets.json': meta } })
      : new Timestamp({ ...common, snapshotMeta: meta });
  }

  #root(): Root {
    const keys = ROLES.flatMap((role) => this.keys[role]).map((key) => tufKey(createPublicKey(key)));
    return Root.fromJSON({
      spec_version: SPEC_VERSION,
      version: this.version.root,
      expires: tufTime(this.expires.root),
      consistent_snapshot: false,
      keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
      roles: each((role) => ({
        keyids: this.keys[role].map((key) => tufKey(createPublicKey(key)).keyID),
        threshold: this.threshold[role],
      })),
    });
  }

  #signersOf(role: Role): KeyObject[] {
    return this.signers[role] ?? this.keys[role];
  }
}

/** A board for tests: it opens its trust for each check and keeps the text, as agents do. */
export class TestBoard {
  readonly rootSha256: Uint8Array;
  stored: string | undefined;
  trust: Trust;

  constructor(fleet: TestFleet) {
    this.rootSha256 = fleet.rootSha256;
    this.trust = this.open(NOW);
  }

  open(time: number): Trust {
    this.trust = Trust.open({ rootSha256: this.rootSha256, stored: this.stored, time: new Date(time) });
    return this.trust;
  }

  /** Asks the fleet's server once. 'done', or the code of the refusal. */
  check(fleet: TestFleet, time = NOW): string {
    return this.take(fleet.answer(this.open(time).versions), time);
  }

  /** Is given these files, whatever it asked for. */
  take(files: Uint8Array[], time = NOW): string {
    const trust = this.open(time);
    try {
      trust.take(files);
      return 'done';
    } catch (error) {
      if (error instanceof PerchError) return error.code;
      throw error;
    } finally {
      this.stored = trust.stored();
    }
  }

  /** The versions that it trusts, after a restart. */
  get versions(): MetadataVersions {
    const { rootSha256, stored } = this;
    return Trust.open({ rootSha256, stored, time: new Date(NOW) }).versions;
  }
}
