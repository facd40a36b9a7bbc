import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type MetadataFile, readMetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';

/** Reads and writes of the signed metadata. Every write must run inside a transaction. */
export function metadataTable(db: DatabaseSync) {
  const all = db.prepare('SELECT bytes FROM metadata ORDER BY role, version');
  const highest = db.prepare('SELECT max(version) AS version FROM metadata WHERE role = ?');
  const insert = db.prepare('INSERT INTO metadata VALUES (?, ?, ?)');
  const trim = db.prepare("DELETE FROM metadata WHERE role = ? AND version < ? AND role <> 'root'");
  return {
    add(files: readonly MetadataFile[]): void {
      for (const { role, version, bytes } of files) {
        const last = Number(highest.get(role)?.version ?? 0);
        if (role === 'root' ? version !== last + 1 : version <= last)
          throw new PerchError(
            'OLD_METADATA',
            `${role} metadata of version ${version} does not follow version ${last}, which is here`,
          );
        insert.run(role, version, bytes);
        trim.run(role, version);
      }
    },
    all: (): MetadataFile[] => all.all().map((row) => readMetadataFile(row.bytes as Uint8Array)),
  };
}
