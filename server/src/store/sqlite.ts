import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Store } from './contract.ts';
import { GroupCommit } from './group-commit.ts';
import { accessMethods } from './sqlite-access.ts';
import { alertMethods } from './sqlite-alerts.ts';
import { configTable } from './sqlite-configs.ts';
import { deviceTable } from './sqlite-devices.ts';
import { enrolmentTable } from './sqlite-enrolments.ts';
import { fromSqlite } from './sqlite-errors.ts';
import { eventMethods } from './sqlite-events.ts';
import { gapTable } from './sqlite-gaps.ts';
import { hourMethods } from './sqlite-hours.ts';
import { layerMethods } from './sqlite-layers.ts';
import { metadataTable } from './sqlite-metadata.ts';
import { objectTable } from './sqlite-objects.ts';
import { openDatabase } from './sqlite-open.ts';
import { recordTable } from './sqlite-records.ts';
import { releaseTable } from './sqlite-releases.ts';
import { rolloutMethods } from './sqlite-rollouts.ts';
import { webhookMethods } from './sqlite-webhooks.ts';

/** Where a server with this data folder keeps its database. */
export const databasePath = (dataDir: string): string => join(dataDir, 'perch.db');

/** Runs `body` in one transaction that is on disk when this returns; throws PerchError BUSY or DISK. */
function transaction<T>(db: DatabaseSync, body: () => T): T {
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = body();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // After some errors SQLite has rolled back by itself (https://sqlite.org/lang_transaction.html, section 3).
    if (db.isTransaction) db.exec('ROLLBACK');
    throw fromSqlite(error);
  }
}

/**
 * Opens or creates the database file and returns it as a Store. Records and facts about devices share commits
 * (group-commit.ts); every other write is a commit of its own. `maxPages` bounds the file, in pages of 4 KiB.
 * Rejects as openDatabase throws.
 */
export async function openSqliteStore(path: string, options: { maxPages?: number } = {}): Promise<Store> {
  const db = openDatabase(path);
  try {
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    return storeOf(db);
  } catch (error) {
    db.close();
    throw fromSqlite(error);
  }
}

function storeOf(db: DatabaseSync): Store {
  const devices = deviceTable(db);
  const enrolments = enrolmentTable(db);
  const configs = configTable(db);
  const records = recordTable(db);
  const gaps = gapTable(db);
  const releases = releaseTable(db);
  const metadata = metadataTable(db);
  const objects = objectTable(db);
  const getSetting = db.prepare('SELECT value FROM settings WHERE name = ?');
  const setSetting = db.prepare(
    'INSERT INTO settings VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value',
  );
  const group = new GroupCommit((body) => transaction(db, body));
  const write = async <T>(body: () => T): Promise<T> => transaction(db, body);
  const read = async <T>(body: () => T): Promise<T> => {
    try {
      return body();
    } catch (error) {
      throw fromSqlite(error);
    }
  };

  return {
    getSetting: (name) => read(() => getSetting.get(name)?.value as string | undefined),
    setSetting: (name, value) => write(() => void setSetting.run({ name, value })),

    devices: () => read(() => devices.all()),
    devicesOf: (alias) => read(() => devices.ofAlias(alias)),
    notePending: (device, now) => write(() => devices.notePending(device, now)),
    approve: (alias, fingerprint) => write(() => devices.approve(alias, fingerprint)),
    revoke: (alias) => write(() => devices.revoke(alias)),
    updateDevice: (alias, key, facts) => group.add(1, () => devices.update(alias, key, facts)),

    addEnrolment: (enrolment) => write(() => enrolments.add(enrolment)),
    redeem: (alias, secretSha256, device, now) =>
      write(() => {
        if (!enrolments.use(alias, secretSha256, now)) return false;
        devices.enrol(alias, device, now);
        return true;
      }),

    addConfig: (alias, text, items, now) => write(() => configs.add(alias, text, items, now)),
    config: (alias, version) => read(() => configs.get(alias, version)),
    configVersions: () => read(() => configs.versions()),

    addRecords: async (rows, told = []) => {
      if (rows.length + told.length === 0) return { fresh: [], behind: false };
      const [insert, note] = [records.inserter(rows), gaps.inserter(told)];
      return group.add(rows.length + told.length, () => {
        note();
        return insert();
      });
    },
    waitingRows: () => group.waiting,
    records: (alias, query) => read(() => records.page(alias, query)),
    gaps: (alias, query) => read(() => gaps.page(alias, query)),

    addReleases: (added, files) =>
      write(() => {
        releases.add(added);
        metadata.add(files);
      }),
    releases: (platform) => read(() => releases.list(platform)),
    wanted: () => read(() => releases.wanted()),

    metadata: () => read(() => metadata.all()),
    addMetadata: (files) => write(() => metadata.add(files)),

    objects: (targetSha256) => read(() => objects.list(targetSha256)),
    addObject: (object) => write(() => objects.add(object)),
    removeObject: (targetSha256, baseSha256) => write(() => objects.remove(targetSha256, baseSha256)),

    ...rolloutMethods(db, read, write),
    ...accessMethods(db, read, write, group),
    ...alertMethods(db, read, write, group),
    ...eventMethods(db, read, group),
    ...hourMethods(db, read, group),
    ...layerMethods(db, read, write, configs),
    ...webhookMethods(db, read, write, group),

    close: async () => {
      if (!db.isOpen) return;
      group.flush();
      db.close();
    },
  };
}
