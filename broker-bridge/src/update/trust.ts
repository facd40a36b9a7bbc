import type { Targets } from '@tufjs/models';
import { BadVersionError } from 'tuf-js/dist/error.js';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { PerchError } from '../protocol/errors.ts';
import type { Platform } from '../release.ts';
import { FILES_LIMIT } from './metadata-blob.ts';
import { isSignedBy, versionsIn } from './metadata-content.ts';
import { type MetadataFile, type MetadataVersions, type Role, readMetadataFile } from './metadata-file.ts';
import { expired, missing, old, refusalOf } from './refusals.ts';
import { type ReleaseTarget, readReleaseTarget, targetPath } from './release-target.ts';
import { followRoot, losesOnlineKey } from './root-chain.ts';
import { ROOTS_KEPT, readStored, type StoredTrust, writeStored } from './stored-trust.ts';
import { bufferOf, setTime, takesTimestamp } from './trusted-set.ts';

export interface TrustOptions {
  /** SHA-256 of root 1, 32 bytes, from the enrolment. */
  rootSha256: Uint8Array;
  /** What stored() gave before. */
  stored?: StoredTrust | undefined;
  /** The reference time of this check: the later of the persisted floor and of what the board's clock says. */
  time: Date;
}

type Next = (role: Role) => MetadataFile | undefined;
type Signed = Exclude<Role, 'root'>;

const NONE: MetadataVersions = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };

/**
 * What a board trusts of its fleet's signed metadata: the client of TUF 1.0.33, section 5, without its transport and
 * its storage. One is opened for each check for updates, as its time stands still (section 5.1).
 *
 * A stored file that is damaged is dropped and fetched again; of the roots it and all that follow, back to nothing but
 * the pinned hash if need be. The versions that were seen stay the lowest that are taken, as far as one of their two
 * records is whole: the first line of the text, and the files.
 */
export class Trust {
  readonly #rootSha256: Uint8Array;
  readonly #time: Date;
  readonly #roots: MetadataFile[] = [];
  readonly #newest = new Map<Signed, MetadataFile>();
  /** Files that are trusted no more, but may be the very ones that the server has and so did not send. */
  readonly #spare = new Map<Signed, MetadataFile>();
  #seen: MetadataVersions = NONE;
  /** Only after a check that went through. */
  #targets: Targets | undefined;

  private constructor(options: TrustOptions) {
    this.#rootSha256 = options.rootSha256;
    this.#time = options.time;
  }

  /** Never throws: a stored text that is damaged as a whole is as good as none. */
  static open(options: TrustOptions): Trust {
    const trust = new Trust(options);
    if (options.stored !== undefined) trust.#load(options.stored);
    return trust;
  }

  /** The versions of the files that are trusted, to be sent with the question for newer ones. */
  get versions(): MetadataVersions {
    const of = (role: Signed): number => this.#newest.get(role)?.version ?? 0;
    return {
      root: this.#roots.at(-1)?.version ?? 0,
      timestamp: of('timestamp'),
      snapshot: of('snapshot'),
      targets: of('targets'),
    };
  }

  /**
   * Verifies the files of an answer, in the order of ROLES, together with those that are trusted already; an answer
   * without files is right when nothing is newer. Throws PerchError BAD_SIGNATURE, EXPIRED, OLD_METADATA (rollback),
   * MIXED_METADATA (files that do not fit, or are missing), MALFORMED, TOO_LONG. What was verified before the error
   * counts: keep stored() either way.
   */
  take(files: readonly Uint8Array[]): void {
    this.#targets = undefined;
    if (files.length > FILES_LIMIT) throw new PerchError('TOO_LONG', `${files.length} metadata files`);
    const given = [...files];
    const next: Next = (role) => {
      const file = given[0] === undefined ? undefined : readMetadataFile(given[0]);
      if (file?.role !== role) return undefined;
      given.shift();
      return file;
    };
    const set = this.#takeRoots(next);
    this.#takeTimestamp(set, next('timestamp') ?? this.#spared(set, 'timestamp'));
    this.#takeSnapshot(set, next('snapshot') ?? this.#spared(set, 'snapshot'));
    const targets = this.#takeTargets(set, next('targets'));
    if (given.length > 0) throw new PerchError('MALFORMED', 'a metadata file that was not asked for');
    this.#targets = targets;
  }

  /**
   * The release that the owner signed for this platform under this version. Undefined when there is none, or when the
   * last take() did not go through: what is past its date, or was never complete, installs nothing.
   * Throws PerchError MALFORMED when the owner signed something there that is no release.
   */
  target(platform: Platform, version: string): ReleaseTarget | undefined {
    const file = this.#targets?.targets[targetPath(platform, version)];
    return file && readReleaseTarget(file);
  }

  /** What the board must keep, as a whole: write it in the place of what was there. */
  stored(): StoredTrust {
    const newest = (['timestamp', 'snapshot', 'targets'] as const).flatMap(
      (role) => this.#newest.get(role) ?? [],
    );
    return writeStored(
      this.#seen,
      [...this.#roots, ...newest].map((file) => file.bytes),
    );
  }

  #load(stored: StoredTrust): void {
    const { seen, files } = readStored(stored);
    const read = files.flatMap((bytes) => attempt(() => readMetadataFile(bytes)) ?? []);
    let set: TrustedMetadataStore | undefined;
    for (const file of read.filter(({ role }) => role === 'root')) {
      const followed = attempt(() => followRoot(set, file, this.#rootSha256));
      if (followed === undefined) break;
      set = followed;
      this.#roots.push(file);
    }
    this.#raise(seen ?? {});
    this.#raise({ root: this.versions.root });
    // Past its date or not: an old file still tells what must not come again.
    for (const file of read)
      if (file.role !== 'root' && set && isSignedBy(set.root, file)) {
        this.#newest.set(file.role, file);
        this.#raise(versionsIn(file));
      }
  }

  /** Section 5.3 */
  #takeRoots(next: Next): TrustedMetadataStore {
    const last = this.#roots.at(-1);
    let set = last === undefined ? undefined : new TrustedMetadataStore(bufferOf(last.bytes));
    for (let file = next('root'); file !== undefined; file = next('root')) {
      if (this.#roots.length >= ROOTS_KEPT) throw new PerchError('TOO_LONG', `more than ${ROOTS_KEPT} roots`);
      const before = set?.root.signed;
      set = followRoot(set, file, this.#rootSha256);
      this.#roots.push(file);
      // A root that was here before and is fetched again tells nothing new about keys.
      if (file.version <= this.#seen.root) continue;
      if (before !== undefined && losesOnlineKey(before, set.root.signed)) this.#forgetOnline();
      this.#raise({ root: file.version });
    }
    if (set === undefined) throw missing('root');
    if (set.root.signed.version < this.#seen.root) throw old('root');
    setTime(set, this.#time);
    if (set.root.signed.isExpired(this.#time)) throw expired('root');
    return set;
  }

  /** Section 5.3.11 */
  #forgetOnline(): void {
    for (const role of ['timestamp', 'snapshot'] as const) {
      const file = this.#newest.get(role);
      if (file !== undefined) this.#spare.set(role, file);
      this.#newest.delete(role);
    }
    this.#seen = { ...NONE, root: this.#seen.root };
  }

  #spared(set: TrustedMetadataStore, role: Signed): MetadataFile | undefined {
    const file = this.#spare.get(role);
    return file && isSignedBy(set.root, file) ? file : undefined;
  }

  /** Section 5.4 */
  #takeTimestamp(set: TrustedMetadataStore, given: MetadataFile | undefined): void {
    const stored = this.#newest.get('timestamp');
    if (stored !== undefined) attempt(() => set.updateTimestamp(bufferOf(stored.bytes)));
    if (given !== undefined && takesTimestamp(set, given)) {
      const { snapshotMeta } = set.timestamp!.signed;
      if (given.version < this.#seen.timestamp || snapshotMeta.version < this.#seen.snapshot)
        throw old('timestamp');
      this.#accept(given);
    }
    if (set.timestamp === undefined) throw missing('timestamp');
    if (set.timestamp.signed.isExpired(this.#time)) throw expired('timestamp');
  }

  /** Section 5.5 */
  #takeSnapshot(set: TrustedMetadataStore, given: MetadataFile | undefined): void {
    const wanted = set.timestamp!.signed.snapshotMeta.version;
    const stored = this.#newest.get('snapshot');
    if (stored !== undefined) attempt(() => set.updateSnapshot(bufferOf(stored.bytes), true));
    if (given === undefined) {
      if (set.snapshot?.signed.version !== wanted) throw missing('snapshot');
      if (set.snapshot.signed.isExpired(this.#time)) throw expired('snapshot');
      return;
    }
    try {
      set.updateSnapshot(bufferOf(given.bytes));
    } catch (error) {
      if (error instanceof BadVersionError && given.version !== wanted) throw missing('snapshot');
      throw refusalOf(error, 'snapshot');
    }
    if ((versionsIn(given).targets ?? 0) < this.#seen.targets) throw old('snapshot');
    this.#accept(given);
  }

  /** Section 5.6 */
  #takeTargets(set: TrustedMetadataStore, given: MetadataFile | undefined): Targets {
    const file = given ?? this.#newest.get('targets');
    if (file === undefined) throw missing('targets');
    try {
      set.updateDelegatedTargets(bufferOf(file.bytes), 'targets', 'root');
    } catch (error) {
      const refusal = error instanceof BadVersionError ? missing('targets') : refusalOf(error, 'targets');
      // One that is of the right version, but not the right file, would never be sent again.
      if (given === undefined && refusal.code !== 'EXPIRED') this.#newest.delete('targets');
      throw refusal;
    }
    this.#accept(file);
    return set.targets!.signed;
  }

  #accept(file: MetadataFile): void {
    this.#newest.set(file.role as Signed, file);
    this.#raise(versionsIn(file));
  }

  #raise(to: Partial<MetadataVersions>): void {
    const highest = (role: Role): number => Math.max(this.#seen[role], to[role] ?? 0);
    this.#seen = {
      root: highest('root'),
      timestamp: highest('timestamp'),
      snapshot: highest('snapshot'),
      targets: highest('targets'),
    };
  }
}

function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
