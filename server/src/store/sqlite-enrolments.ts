import type { DatabaseSync } from 'node:sqlite';
import type { Enrolment } from './contract.ts';

/** Reads and writes of the one-time secrets. Every write must run inside a transaction. */
export function enrolmentTable(db: DatabaseSync) {
  const dropExpired = db.prepare('DELETE FROM enrolments WHERE expires <= ?');
  const put = db.prepare(
    `INSERT INTO enrolments VALUES (:alias, :secretSha256, :created, :expires)
     ON CONFLICT (alias) DO UPDATE SET secret_sha256 = :secretSha256, created = :created, expires = :expires`,
  );
  const use = db.prepare(
    'DELETE FROM enrolments WHERE alias = ? AND secret_sha256 = ? AND expires > ? RETURNING 1',
  );
  return {
    add(enrolment: Enrolment): void {
      const { alias, secretSha256, created, expires } = enrolment;
      dropExpired.run(created);
      put.run({ alias, secretSha256, created, expires });
    },
    /** Deletes the secret and returns true when it was good for this alias at this time. */
    use: (alias: string, secretSha256: string, now: number): boolean =>
      use.get(alias, secretSha256, now) !== undefined,
  };
}
