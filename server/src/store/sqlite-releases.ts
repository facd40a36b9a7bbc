import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Release } from './contract.ts';

interface Stored {
  platform: string;
  sequence: number;
  version: string;
  length: number;
  sha256: string;
  object_length: number;
  object_sha256: string;
  manifest: Uint8Array;
  signature: Uint8Array;
  created: number;
}

const releaseOf = (row: Stored): Release => ({
  platform: row.platform,
  version: row.version,
  sequence: row.sequence,
  length: row.length,
  sha256: row.sha256,
  objectLength: row.object_length,
  objectSha256: row.object_sha256,
  manifest: row.manifest,
  signature: row.signature,
  created: row.created,
});

/** Reads and writes of the releases. Every write must run inside a transaction. */
export function releaseTable(db: DatabaseSync) {
  const highest = db.prepare('SELECT max(sequence) AS sequence FROM releases WHERE platform = ?');
  const ofVersion = db.prepare('SELECT 1 FROM releases WHERE platform = ? AND version = ?');
  const insert = db.prepare('INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const all = db.prepare('SELECT * FROM releases ORDER BY platform, sequence DESC');
  const ofPlatform = db.prepare('SELECT * FROM releases WHERE platform = ? ORDER BY sequence DESC');
  const wanted = db.prepare(
    `SELECT * FROM releases WHERE (platform, sequence) IN
     (SELECT platform, max(sequence) FROM releases GROUP BY platform) ORDER BY platform`,
  );
  const rows = (found: unknown): Release[] => (found as Stored[]).map(releaseOf);
  return {
    add(release: Release): void {
      // Again inside the transaction: another process may have published meanwhile, and boards go by the version.
      if (ofVersion.get(release.platform, release.version) !== undefined)
        throw new PerchError(
          'OLD_RELEASE',
          `${release.version} of ${release.platform} was published meanwhile; give this build a version of its own`,
        );
      const last = Number(highest.get(release.platform)?.sequence ?? 0);
      if (release.sequence <= last)
        throw new PerchError(
          'OLD_RELEASE',
          `release ${release.sequence} of ${release.platform} is not newer than ${last}; publish it again`,
        );
      const { platform, sequence, version, length, sha256, objectLength, objectSha256 } = release;
      const { manifest, signature, created } = release;
      insert.run(
        platform,
        sequence,
        version,
        length,
        sha256,
        objectLength,
        objectSha256,
        manifest,
        signature,
        created,
      );
    },
    list: (platform?: string): Release[] =>
      rows(platform === undefined ? all.all() : ofPlatform.all(platform)),
    wanted: (): Release[] => rows(wanted.all()),
  };
}
