import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { RELEASES_KEPT, type Release } from './contract.ts';

interface Stored {
  platform: string;
  sequence: number;
  version: string;
  length: number;
  sha256: string;
  index_sha256: string;
  created: number;
}

const releaseOf = (row: Stored): Release => ({
  platform: row.platform,
  version: row.version,
  sequence: row.sequence,
  length: row.length,
  sha256: row.sha256,
  indexSha256: row.index_sha256,
  created: row.created,
});

/** Reads and writes of the releases. Every write must run inside a transaction. */
export function releaseTable(db: DatabaseSync) {
  const highest = db.prepare('SELECT max(sequence) AS sequence FROM releases WHERE platform = ?');
  const ofVersion = db.prepare('SELECT 1 FROM releases WHERE platform = ? AND version = ?');
  const insert = db.prepare('INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?)');
  const trim = db.prepare(
    `DELETE FROM releases WHERE platform = :platform AND sequence NOT IN
     (SELECT sequence FROM releases WHERE platform = :platform ORDER BY sequence DESC LIMIT ${RELEASES_KEPT})`,
  );
  const all = db.prepare('SELECT * FROM releases ORDER BY platform, sequence DESC');
  const ofPlatform = db.prepare('SELECT * FROM releases WHERE platform = ? ORDER BY sequence DESC');
  const wanted = db.prepare(
    `SELECT * FROM releases WHERE (platform, sequence) IN
     (SELECT platform, max(sequence) FROM releases GROUP BY platform) ORDER BY platform`,
  );
  const rows = (found: unknown): Release[] => (found as Stored[]).map(releaseOf);

  function addOne(release: Release): void {
    const { platform, sequence, version, length, sha256, indexSha256, created } = release;
    // Again inside the transaction: another process may have published meanwhile, and boards go by the version.
    if (ofVersion.get(platform, version) !== undefined)
      throw new PerchError(
        'OLD_RELEASE',
        `${version} of ${platform} was published meanwhile; give this build a version of its own`,
      );
    const last = Number(highest.get(platform)?.sequence ?? 0);
    if (sequence <= last)
      throw new PerchError(
        'OLD_RELEASE',
        `release ${sequence} of ${platform} is not newer than ${last}; publish it again`,
      );
    insert.run(platform, sequence, version, length, sha256, indexSha256, created);
    trim.run({ platform });
  }

  return {
    add(releases: readonly Release[]): void {
      for (const release of releases.toSorted((a, b) => a.sequence - b.sequence)) addOne(release);
    },
    list: (platform?: string): Release[] =>
      rows(platform === undefined ? all.all() : ofPlatform.all(platform)),
    wanted: (): Release[] => rows(wanted.all()),
  };
}
