import type { DatabaseSync } from 'node:sqlite';
import { CONFIGS_KEPT, type StoredConfig } from './contract.ts';

interface Stored {
  alias: string;
  version: number;
  text: string;
  items: string;
  created: number;
}

const configOf = (row: Stored): StoredConfig => ({
  alias: row.alias,
  version: row.version,
  text: row.text,
  items: JSON.parse(row.items) as string[],
  created: row.created,
});

/** Reads and writes of the configs. Every write must run inside a transaction. */
export function configTable(db: DatabaseSync) {
  const newest = db.prepare('SELECT * FROM configs WHERE alias = ? ORDER BY version DESC LIMIT 1');
  const exact = db.prepare('SELECT * FROM configs WHERE alias = ? AND version = ?');
  const insert = db.prepare('INSERT INTO configs VALUES (?, ?, ?, ?, ?)');
  // A board that was away for long still sends records that were taken under the version it runs.
  const trim = db.prepare(
    `DELETE FROM configs WHERE alias = :alias AND version <= :oldest
     AND version NOT IN (SELECT config_version FROM devices WHERE alias = :alias)`,
  );
  const versions = db.prepare('SELECT alias, max(version) AS version FROM configs GROUP BY alias');
  return {
    versions: () =>
      new Map(versions.all().map(({ alias, version }) => [alias as string, Number(version)] as const)),
    add(alias: string, text: string, items: string[], now: number): StoredConfig {
      const last = newest.get(alias) as unknown as Stored | undefined;
      const version = (last?.version ?? 0) + 1;
      insert.run(alias, version, text, JSON.stringify(items), now);
      trim.run({ alias, oldest: version - CONFIGS_KEPT });
      return { alias, version, text, items: [...items], created: now };
    },
    get(alias: string, version?: number): StoredConfig | undefined {
      const row = version === undefined ? newest.get(alias) : exact.get(alias, version);
      return row === undefined ? undefined : configOf(row as unknown as Stored);
    },
  };
}
