import type { DatabaseSync } from 'node:sqlite';
import type { Doing } from './group-commit.ts';
import {
  LAYER_VERSIONS_KEPT,
  type Layer,
  type LayerKey,
  type LayerStore,
  type LayerVersion,
} from './layer-contract.ts';
import type { configTable } from './sqlite-configs.ts';

interface Stored {
  kind: LayerKey['kind'];
  name: string;
  version: number;
  text: string | null;
  created: number;
  actor: string;
  note: string | null;
}

const layerOf = ({ note, ...row }: Stored): LayerVersion => ({ ...row, ...(note === null ? {} : { note }) });

/** Reads and writes of layers; `read` and `write` are those of the store, a write is a transaction. */
export function layerMethods(
  db: DatabaseSync,
  read: Doing,
  write: Doing,
  configs: ReturnType<typeof configTable>,
): LayerStore {
  const newest = db.prepare('SELECT * FROM layers WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT 1');
  const exact = db.prepare('SELECT * FROM layers WHERE kind = ? AND name = ? AND version = ?');
  const versions = db.prepare('SELECT * FROM layers WHERE kind = ? AND name = ? ORDER BY version DESC');
  const all = db.prepare(
    `SELECT * FROM layers AS one WHERE text IS NOT NULL AND version =
       (SELECT max(version) FROM layers WHERE kind = one.kind AND name = one.name) ORDER BY kind, name`,
  );
  const insert = db.prepare(
    'INSERT INTO layers VALUES (:kind, :name, :version, :text, :created, :actor, :note)',
  );
  const trim = db.prepare('DELETE FROM layers WHERE kind = ? AND name = ? AND version <= ?');
  const one = (row: unknown): LayerVersion | undefined =>
    row === undefined ? undefined : layerOf(row as Stored);

  return {
    layers: () => read(() => (all.all() as unknown as Stored[]).map((row) => layerOf(row) as Layer)),
    layer: ({ kind, name }, version) =>
      read(() => one(version === undefined ? newest.get(kind, name) : exact.get(kind, name, version))),
    layerVersions: ({ kind, name }) =>
      read(() => (versions.all(kind, name) as unknown as Stored[]).map(layerOf)),
    setLayer: (layer, expected) =>
      write(() => {
        const { kind, name, note } = layer;
        const last = (newest.get(kind, name) as unknown as Stored | undefined)?.version ?? 0;
        if (last !== expected) return undefined;
        const version = last + 1;
        insert.run({ ...layer, version, note: note ?? null });
        trim.run(kind, name, version - LAYER_VERSIONS_KEPT);
        return { ...layer, version };
      }),
    addConfigs: (added, now) =>
      write(() => {
        for (const { alias, text, items } of added) configs.add(alias, text, items, now);
      }),
  };
}
