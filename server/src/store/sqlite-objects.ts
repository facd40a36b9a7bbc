import type { DatabaseSync } from 'node:sqlite';
import type { StoredObject } from './contract.ts';

interface Stored {
  target_sha256: string;
  base_sha256: string;
  sha256: string;
  length: number;
  created: number;
}

const objectOf = (row: Stored): StoredObject => ({
  targetSha256: row.target_sha256,
  baseSha256: row.base_sha256,
  sha256: row.sha256,
  length: row.length,
  created: row.created,
});

/** Reads and writes of the objects. Every write must run inside a transaction. */
export function objectTable(db: DatabaseSync) {
  const order = 'ORDER BY created, target_sha256, base_sha256';
  const all = db.prepare(`SELECT * FROM objects ${order}`);
  const ofTarget = db.prepare(`SELECT * FROM objects WHERE target_sha256 = ? ${order}`);
  const put = db.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM objects WHERE target_sha256 = ? AND base_sha256 = ?');
  return {
    list: (targetSha256?: string): StoredObject[] =>
      ((targetSha256 === undefined ? all.all() : ofTarget.all(targetSha256)) as unknown as Stored[]).map(
        objectOf,
      ),
    add: ({ targetSha256, baseSha256, sha256, length, created }: StoredObject): void =>
      void put.run(targetSha256, baseSha256, sha256, length, created),
    remove: (targetSha256: string, baseSha256: string): void => void remove.run(targetSha256, baseSha256),
  };
}
