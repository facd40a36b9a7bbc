import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type AccessStore, GRANTS_LIMIT, type Grant, type Scope } from './access-contract.ts';
import type { Doing, GroupCommit } from './group-commit.ts';

interface Stored {
  kind: Grant['kind'];
  id: string;
  name: string;
  scope: Scope;
  secret_sha256: string;
  created: number;
  expires: number | null;
  used: number | null;
  parent: string | null;
}

const grantOf = ({
  kind,
  id,
  name,
  scope,
  secret_sha256,
  created,
  expires,
  used,
  parent,
}: Stored): Grant => ({
  ...{ kind, id, name, scope, secretSha256: secret_sha256, created },
  ...(expires === null ? {} : { expires }),
  ...(used === null ? {} : { used }),
  ...(parent === null ? {} : { parent }),
});

/** Reads and writes of grants; `read` and `write` are those of the store, a write is a transaction. */
export function accessMethods(db: DatabaseSync, read: Doing, write: Doing, group: GroupCommit): AccessStore {
  const insert = db.prepare(
    'INSERT INTO grants VALUES (:kind, :id, :name, :scope, :secretSha256, :created, :expires, NULL, :parent)',
  );
  const dropExpired = db.prepare('DELETE FROM grants WHERE expires <= ?');
  const count = db.prepare('SELECT count(*) AS count FROM grants WHERE kind = ?');
  const trim = db.prepare(
    `DELETE FROM grants WHERE (kind, id) IN
       (SELECT kind, id FROM grants WHERE kind = ? ORDER BY created DESC, id LIMIT -1 OFFSET ?)`,
  );
  const valid = 'kind = ? AND secret_sha256 = ? AND coalesce(expires, ?) >= ?';
  const find = db.prepare(`SELECT * FROM grants WHERE ${valid}`);
  const take = db.prepare(`DELETE FROM grants WHERE ${valid} RETURNING *`);
  const all = db.prepare(
    'SELECT * FROM grants WHERE kind = ? AND coalesce(expires, ?) >= ? ORDER BY created DESC, id',
  );
  const touch = db.prepare('UPDATE grants SET used = ? WHERE kind = ? AND id = ?');
  const remove = db.prepare('DELETE FROM grants WHERE kind = ? AND id = ?');
  const isThere = db.prepare("SELECT 1 FROM grants WHERE kind = 'token' AND id = ?");
  const removeBegun = db.prepare("DELETE FROM grants WHERE kind = 'session' AND parent = ?");
  const validOf = db.prepare(
    `SELECT id FROM grants WHERE kind IN ('token', 'session') AND id IN (SELECT value FROM json_each(?))
       AND coalesce(expires, ?) >= ?`,
  );
  // What ends at this very moment has ended.
  const least = (now: number): [number, number] => [now + 1, now + 1];
  const one = (row: unknown): Grant | undefined => (row === undefined ? undefined : grantOf(row as Stored));

  return {
    addGrant: ({ used: _, ...grant }) =>
      write(() => {
        dropExpired.run(grant.created);
        const { parent = null } = grant;
        if (parent !== null && isThere.get(parent) === undefined) return false;
        const limit = GRANTS_LIMIT[grant.kind];
        if (grant.kind === 'token' && Number(count.get('token')?.count) >= limit)
          throw new PerchError('BUSY', `there are ${limit} tokens; revoke some first`);
        insert.run({ ...grant, expires: grant.expires ?? null, parent });
        trim.run(grant.kind, limit);
        return true;
      }),
    grant: (kind, secretSha256, now) => read(() => one(find.get(kind, secretSha256, ...least(now)))),
    takeGrant: (kind, secretSha256, now) => write(() => one(take.get(kind, secretSha256, ...least(now)))),
    grants: (kind, now) => read(() => (all.all(kind, ...least(now)) as unknown as Stored[]).map(grantOf)),
    useGrant: (kind, id, now) => group.add(1, () => void touch.run(now, kind, id)),
    validGrants: (ids, now) =>
      read(() => new Set(validOf.all(JSON.stringify(ids), ...least(now)).map(({ id }) => id as string))),
    removeGrant: (kind, id) =>
      write(() => {
        if (kind === 'token') removeBegun.run(id);
        return remove.run(kind, id).changes === 1;
      }),
  };
}
