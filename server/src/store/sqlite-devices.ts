import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { fingerprintDigits } from '@perch/broker-bridge/fingerprint.ts';
import {
  type ApproveOutcome,
  type Device,
  type DeviceFacts,
  PENDING_LIMIT,
  PENDING_PER_ALIAS,
  REVOKED_PER_ALIAS,
} from './contract.ts';

interface Stored {
  alias: string;
  key: Uint8Array;
  digest: string;
  status: Device['status'];
  platform: string;
  version: string;
  config_version: number;
  refused: string | null;
  update_report: string | null;
  restart: string | null;
  first_seen: number;
  last_seen: number;
}

const deviceOf = (row: Stored): Device => ({
  alias: row.alias,
  key: row.key,
  status: row.status,
  platform: row.platform,
  version: row.version,
  configVersion: row.config_version,
  ...(row.refused === null ? {} : { refused: JSON.parse(row.refused) }),
  ...(row.update_report === null ? {} : { update: JSON.parse(row.update_report) }),
  ...(row.restart === null ? {} : { restart: JSON.parse(row.restart) }),
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
});

const digestOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex');

/** Reads and writes of the devices table. Every write must run inside a transaction. */
export function deviceTable(db: DatabaseSync) {
  const all = db.prepare('SELECT * FROM devices ORDER BY alias, status, last_seen DESC, digest');
  const ofAlias = db.prepare(
    `SELECT * FROM devices WHERE alias = ?
     ORDER BY CASE status WHEN 'approved' THEN 0 WHEN 'revoked' THEN 1 ELSE 2 END, last_seen DESC, digest`,
  );
  const note = db.prepare(
    `INSERT INTO devices VALUES (:alias, :key, :digest, 'pending', :platform, :version, 0, NULL, NULL, :now, :now, NULL)
     ON CONFLICT (alias, key) DO UPDATE SET platform = :platform, version = :version, last_seen = :now
     WHERE status = 'pending'`,
  );
  const trimAlias = db.prepare(
    `DELETE FROM devices WHERE (alias, key) IN (SELECT alias, key FROM devices
     WHERE alias = ? AND status = ? ORDER BY last_seen DESC, digest LIMIT -1 OFFSET ?)`,
  );
  const pendingCount = db.prepare("SELECT count(*) AS count FROM devices WHERE status = 'pending'");
  const trimPending = db.prepare(
    `DELETE FROM devices WHERE (alias, key) IN (SELECT alias, key FROM devices
     WHERE status = 'pending' ORDER BY last_seen LIMIT ?)`,
  );
  const revokeOthers = db.prepare(
    "UPDATE devices SET status = 'revoked' WHERE alias = ? AND status = 'approved' AND key <> ?",
  );
  const revoke = db.prepare("UPDATE devices SET status = 'revoked' WHERE alias = ? AND status = 'approved'");
  const letIn = db.prepare("UPDATE devices SET status = 'approved' WHERE alias = ? AND key = ?");
  const one = db.prepare('SELECT * FROM devices WHERE alias = ? AND key = ?');
  const enrolled = db.prepare(
    `INSERT INTO devices VALUES (:alias, :key, :digest, 'approved', :platform, :version, 0, NULL, NULL, :now, :now, NULL)
     ON CONFLICT (alias, key) DO UPDATE SET
       status = 'approved', platform = :platform, version = :version, last_seen = :now`,
  );
  const update = db.prepare(
    `UPDATE devices SET platform = coalesce(:platform, platform), version = coalesce(:version, version),
       config_version = coalesce(:configVersion, config_version), last_seen = coalesce(:lastSeen, last_seen),
       refused = CASE WHEN :keepRefused THEN refused ELSE :refused END,
       update_report = CASE WHEN :keepUpdate THEN update_report ELSE :update END,
       restart = coalesce(:restart, restart)
     WHERE alias = :alias AND key = :key`,
  );

  const devicesOf = (alias: string): (Device & { digest: string })[] =>
    (ofAlias.all(alias) as unknown as Stored[]).map((row) => ({ ...deviceOf(row), digest: row.digest }));
  const plain = ({ digest: _, ...device }: Device & { digest: string }): Device => device;

  /** At most one key per alias is approved: the one before goes first, since an index holds that rule too. */
  const replaceApproved = (alias: string, key: Uint8Array, approve: () => void): void => {
    revokeOthers.run(alias, key);
    approve();
    trimAlias.run(alias, 'revoked', REVOKED_PER_ALIAS);
  };

  return {
    all: (): Device[] => (all.all() as unknown as Stored[]).map(deviceOf),
    ofAlias: (alias: string): Device[] => devicesOf(alias).map(plain),

    notePending(device: Pick<Device, 'alias' | 'key' | 'platform' | 'version'>, now: number): boolean {
      const { alias, key, platform, version } = device;
      const isNew = one.get(alias, key) === undefined;
      note.run({ alias, key, digest: digestOf(key), platform, version, now });
      trimAlias.run(alias, 'pending', PENDING_PER_ALIAS);
      const over = Number(pendingCount.get()?.count) - PENDING_LIMIT;
      if (over > 0) trimPending.run(over);
      return isNew;
    },

    approve(alias: string, fingerprint?: string): ApproveOutcome {
      const rows = devicesOf(alias);
      const found = rows.filter(
        fingerprint === undefined ? unasked(rows) : (row) => row.digest.startsWith(digits(fingerprint)),
      );
      const candidates = found.map(plain);
      const [device, another] = candidates;
      if (device === undefined) return { ok: false, why: 'unknown', candidates: rows.map(plain) };
      if (another !== undefined) return { ok: false, why: 'ambiguous', candidates };
      replaceApproved(alias, device.key, () => letIn.run(alias, device.key));
      return { ok: true, device: deviceOf(one.get(alias, device.key) as unknown as Stored) };
    },

    revoke: (alias: string): boolean => {
      const revoked = revoke.run(alias).changes === 1;
      if (revoked) trimAlias.run(alias, 'revoked', REVOKED_PER_ALIAS);
      return revoked;
    },

    enrol(alias: string, device: Pick<Device, 'key' | 'platform' | 'version'>, now: number): void {
      const { key, platform, version } = device;
      replaceApproved(alias, key, () =>
        enrolled.run({ alias, key, digest: digestOf(key), platform, version, now }),
      );
    },

    update(alias: string, key: Uint8Array, facts: DeviceFacts): void {
      update.run({
        alias,
        key,
        platform: facts.platform ?? null,
        version: facts.version ?? null,
        configVersion: facts.configVersion ?? null,
        lastSeen: facts.lastSeen ?? null,
        keepRefused: facts.refused === undefined ? 1 : 0,
        refused: facts.refused ? JSON.stringify(facts.refused) : null,
        keepUpdate: facts.update === undefined ? 1 : 0,
        update: facts.update ? JSON.stringify(facts.update) : null,
        restart: facts.restart ? JSON.stringify(facts.restart) : null,
      });
    },
  };
}

const digits = (fingerprint: string): string => fingerprintDigits(fingerprint) ?? 'no key has this digest';

/**
 * Which rows an approval without a fingerprint may mean: the pending ones; or, when there are none and no key is
 * approved, the revoked ones. So it never swaps a running board for one that was thrown out.
 */
function unasked(rows: Device[]): (row: Device) => boolean {
  if (rows.some((row) => row.status === 'pending')) return (row) => row.status === 'pending';
  if (rows.some((row) => row.status === 'approved')) return () => false;
  return (row) => row.status === 'revoked';
}
