import type { DatabaseSync } from 'node:sqlite';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Pin, Rollout, RolloutSpec, RolloutState, Stage } from '../rollout/facts.ts';
import type { Doing } from './group-commit.ts';
import {
  PINS_LIMIT,
  ROLLOUTS_KEPT,
  type RolloutFacts,
  type RolloutStore,
  type StepRow,
} from './rollout-contract.ts';

interface StoredRollout {
  id: number;
  spec: string;
  state: string;
  revision: number;
  created: number;
}

interface StoredStep {
  rollout: number;
  alias: string;
  back: number;
  version: string;
  before: string;
  stage: Stage;
  since: number;
  tries: number;
  code: ErrorCode | null;
}

const rolloutOf = ({ spec, state, ...row }: StoredRollout): Rollout => ({
  ...row,
  spec: JSON.parse(spec) as RolloutSpec,
  state: JSON.parse(state) as RolloutState,
});

const stepOf = ({ rollout, alias, back, before, code, ...step }: StoredStep): StepRow => ({
  ...{ rollout, alias, back: back === 1 },
  step: { ...step, from: before, ...(code === null ? {} : { code }) },
});

/** Reads and writes of rollouts, groups and pins; `read` and `write` are those of the store, a write is a transaction. */
export function rolloutMethods(db: DatabaseSync, read: Doing, write: Doing): RolloutStore {
  const rollouts = db.prepare('SELECT * FROM rollouts ORDER BY id DESC');
  const insert = db.prepare('INSERT INTO rollouts (spec, state, revision, created) VALUES (?, ?, 1, ?)');
  const change = db.prepare(
    'UPDATE rollouts SET state = ?, revision = revision + 1 WHERE id = ? AND revision = ?',
  );
  const remove = db.prepare('DELETE FROM rollouts WHERE id = ?');
  const dropSteps = db.prepare('DELETE FROM rollout_steps WHERE rollout = ?');
  const steps = db.prepare('SELECT * FROM rollout_steps ORDER BY rollout, alias, back');
  const keep = db.prepare(
    `INSERT OR REPLACE INTO rollout_steps
     SELECT :rollout, :alias, :back, :version, :before, :stage, :since, :tries, :code
     WHERE :rollout = 0 OR EXISTS (SELECT 1 FROM rollouts WHERE id = :rollout)`,
  );
  const since = db.prepare('SELECT * FROM rollout_since ORDER BY platform');
  const begin = db.prepare('INSERT OR IGNORE INTO rollout_since VALUES (?, ?)');
  const groups = db.prepare('SELECT * FROM device_groups ORDER BY alias, name');
  const groupsOfOne = db.prepare('SELECT name FROM device_groups WHERE alias = ? ORDER BY name');
  const leave = db.prepare('DELETE FROM device_groups WHERE alias = ?');
  const join = db.prepare('INSERT OR IGNORE INTO device_groups VALUES (?, ?)');
  const pins = db.prepare('SELECT * FROM pins ORDER BY kind, name');
  const pin = db.prepare('INSERT OR REPLACE INTO pins VALUES (?, ?, ?, ?)');
  const unpin = db.prepare('DELETE FROM pins WHERE kind = ? AND name = ?');
  const held = db.prepare('SELECT * FROM held_releases ORDER BY platform, version');
  const hold = db.prepare('INSERT OR IGNORE INTO held_releases VALUES (?, ?)');
  const letGo = db.prepare('DELETE FROM held_releases WHERE platform = ? AND version = ?');
  const forget = db.prepare(
    `DELETE FROM held_releases WHERE (platform, version) NOT IN (SELECT platform, version FROM releases)
     AND NOT (platform = ? AND version = ?)`,
  );

  const all = (): Rollout[] => (rollouts.all() as unknown as StoredRollout[]).map(rolloutOf);
  const allGroups = (): Map<string, string[]> => {
    const found = Map.groupBy(groups.all() as { alias: string; name: string }[], ({ alias }) => alias);
    return new Map([...found].map(([alias, rows]) => [alias, rows.map(({ name }) => name)]));
  };

  return {
    rolloutFacts: () =>
      read((): RolloutFacts => {
        // One transaction, or a command of another process could come between.
        db.exec('BEGIN');
        try {
          return {
            rollouts: all(),
            steps: (steps.all() as unknown as StoredStep[]).map((row) => stepOf({ ...row })),
            pins: (pins.all() as unknown as Pin[]).map((row) => ({ ...row })),
            groups: allGroups(),
            held: (held.all() as RolloutFacts['held']).map((row) => ({ ...row })),
            since: Object.fromEntries(since.all().map((row) => [String(row.platform), Number(row.since)])),
          };
        } finally {
          db.exec('COMMIT');
        }
      }),

    groups: () => read(allGroups),
    groupsOf: (alias) => read(() => groupsOfOne.all(alias).map(({ name }) => String(name))),

    addRollout: (spec, state, now) =>
      write(() => {
        const there = all();
        if (there.length >= ROLLOUTS_KEPT) {
          const oldest = there.findLast(({ state: { phase } }) => phase === 'done' || phase === 'aborted');
          if (oldest === undefined)
            throw new PerchError(
              'BUSY',
              `${ROLLOUTS_KEPT} rollouts have not ended; abort some of them first`,
            );
          remove.run(oldest.id);
          dropSteps.run(oldest.id);
        }
        const { lastInsertRowid } = insert.run(JSON.stringify(spec), JSON.stringify(state), now);
        for (const platform of spec.platforms ?? ['*']) begin.run(platform, now);
        return { id: Number(lastInsertRowid), spec, state, revision: 1, created: now };
      }),

    setRolloutState: ({ id, revision }, state) =>
      write(() => change.run(JSON.stringify(state), id, revision).changes === 1),

    saveSteps: (rows) =>
      write(() => {
        for (const { rollout, alias, back, step } of rows) {
          const { version, from, stage, since: at, tries, code } = step;
          keep.run({
            ...{ rollout, alias, back: Number(back), version, before: from, stage, since: at, tries },
            code: code ?? null,
          });
        }
      }),

    setGroups: (alias, names) =>
      write(() => {
        leave.run(alias);
        for (const name of names) join.run(alias, name);
      }),

    setPin: ({ kind, name, version, created }) =>
      write(() => {
        pin.run(kind, name, version, created);
        if (pins.all().length > PINS_LIMIT)
          throw new PerchError('BUSY', `${PINS_LIMIT} pins are set; remove one before you set another`);
      }),
    removePin: (kind, name) => write(() => unpin.run(kind, name).changes === 1),

    holdRelease: (platform, version, holds) =>
      write(() => {
        if (holds) hold.run(platform, version);
        else letGo.run(platform, version);
        forget.run(platform, version);
      }),
  };
}
