import type { DatabaseSync } from 'node:sqlite';
import { EVENTS_KEPT, EVENTS_PAGE, type EventStore, type StoredEvent } from './event-contract.ts';
import type { Doing, GroupCommit } from './group-commit.ts';

interface Stored {
  id: number;
  at: number;
  actor: string;
  kind: string;
  alias: string | null;
  text: string;
  data: string | null;
}

const eventOf = ({ alias, data, ...row }: Stored): StoredEvent => ({
  ...row,
  ...(alias === null ? {} : { alias }),
  ...(data === null ? {} : { data: JSON.parse(data) as Record<string, unknown> }),
});

/** Reads and writes of events; `read` is that of the store. */
export function eventMethods(db: DatabaseSync, read: Doing, group: GroupCommit): EventStore {
  const insert = db.prepare(
    'INSERT INTO events (at, actor, kind, alias, text, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const trim = db.prepare('DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?');
  const select = (which: string) =>
    db.prepare(
      `SELECT * FROM events WHERE ${which} AND id < :before AND (:actor IS NULL OR actor = :actor)
         AND (:kind IS NULL OR kind = :kind OR substr(kind, 1, length(:kind) + 1) = :kind || '.')
         AND at BETWEEN :since AND :until
       ORDER BY id DESC LIMIT :limit`,
    );
  const [ofAll, ofAlias] = [select(':alias IS NULL'), select('alias = :alias')];
  return {
    addEvents: (events) => {
      if (events.length === 0) return Promise.resolve();
      const bound = events.map(
        ({ at, actor, kind, alias, text, data }) =>
          [at, actor, kind, alias ?? null, text, data === undefined ? null : JSON.stringify(data)] as const,
      );
      return group.add(bound.length, () => {
        for (const row of bound) insert.run(...row);
        trim.run(EVENTS_KEPT);
      });
    },
    events: (query = {}) =>
      read(() => {
        const bound = {
          alias: query.alias ?? null,
          actor: query.actor ?? null,
          kind: query.kind ?? null,
          since: query.since ?? Number.MIN_SAFE_INTEGER,
          until: query.until ?? Number.MAX_SAFE_INTEGER,
          before: query.before ?? Number.MAX_SAFE_INTEGER,
          limit: Math.floor(Math.max(0, Math.min(query.limit ?? EVENTS_PAGE, EVENTS_PAGE))),
        };
        const rows = (query.alias === undefined ? ofAll : ofAlias).all(bound);
        return (rows as unknown as Stored[]).map(eventOf);
      }),
  };
}
