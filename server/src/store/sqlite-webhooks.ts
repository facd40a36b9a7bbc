import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Doing, GroupCommit } from './group-commit.ts';
import {
  DELIVERIES_KEPT,
  DELIVERIES_PAGE,
  type Delivery,
  WEBHOOK_QUEUE_LIMIT,
  WEBHOOKS_LIMIT,
  type Webhook,
  type WebhookStore,
} from './webhook-contract.ts';

interface StoredWebhook extends Omit<Webhook, 'kinds' | 'enabled'> {
  kinds: string;
  enabled: number;
}

interface StoredDelivery extends Omit<Delivery, 'tried' | 'status' | 'error'> {
  tried: number | null;
  status: number | null;
  error: string | null;
}

const webhookOf = ({ kinds, enabled, ...row }: StoredWebhook): Webhook => ({
  ...row,
  kinds: JSON.parse(kinds) as string[],
  enabled: enabled === 1,
});

const rowOf = ({ kinds, enabled, ...webhook }: Webhook) => ({
  ...webhook,
  kinds: JSON.stringify(kinds),
  enabled: Number(enabled),
});

const deliveryOf = ({ tried, status, error, ...row }: StoredDelivery): Delivery => ({
  ...row,
  ...(tried === null ? {} : { tried }),
  ...(status === null ? {} : { status }),
  ...(error === null ? {} : { error }),
});

/** Reads and writes of webhooks; `read` and `write` are those of the store, a write is a transaction. */
export function webhookMethods(
  db: DatabaseSync,
  read: Doing,
  write: Doing,
  group: GroupCommit,
): WebhookStore {
  const all = db.prepare('SELECT * FROM webhooks ORDER BY name, id');
  const one = db.prepare('SELECT * FROM webhooks WHERE id = ?');
  const count = db.prepare('SELECT count(*) AS count FROM webhooks');
  const put = db.prepare(
    'INSERT OR REPLACE INTO webhooks VALUES (:id, :name, :url, :kinds, :enabled, :secret, :created)',
  );
  const remove = db.prepare('DELETE FROM webhooks WHERE id = ?');
  const removeDeliveries = db.prepare('DELETE FROM webhook_deliveries WHERE webhook = ?');
  const insert = db.prepare(
    `INSERT INTO webhook_deliveries (webhook, message, kind, body, created, state, attempts, due)
       SELECT :webhook, :message, :kind, :body, :created, 'waiting', 0, :created
       WHERE EXISTS (SELECT 1 FROM webhooks WHERE id = :webhook)`,
  );
  const trim = (waiting: boolean) =>
    db.prepare(
      `DELETE FROM webhook_deliveries WHERE id IN
         (SELECT id FROM webhook_deliveries WHERE webhook = ? AND state ${waiting ? '=' : '<>'} 'waiting'
          ORDER BY id DESC LIMIT -1 OFFSET ${waiting ? WEBHOOK_QUEUE_LIMIT : DELIVERIES_KEPT})`,
    );
  const [trimWaiting, trimOver] = [trim(true), trim(false)];
  const next = db.prepare(
    `SELECT * FROM webhook_deliveries WHERE webhook = ? AND state = 'waiting' ORDER BY due, id LIMIT 1`,
  );
  const attempted = db.prepare(
    `UPDATE webhook_deliveries SET state = :state, due = :due, tried = :tried, status = :status,
       error = :error, attempts = attempts + 1 WHERE id = :id RETURNING webhook`,
  );
  const page = db.prepare(
    'SELECT * FROM webhook_deliveries WHERE webhook = ? AND id < ? ORDER BY id DESC LIMIT ?',
  );
  const waiting = db.prepare(
    `SELECT webhook, count(*) AS count FROM webhook_deliveries WHERE state = 'waiting' GROUP BY webhook`,
  );
  const found = (id: string): Webhook | undefined => {
    const row = one.get(id);
    return row === undefined ? undefined : webhookOf(row as unknown as StoredWebhook);
  };

  return {
    webhooks: () => read(() => (all.all() as unknown as StoredWebhook[]).map(webhookOf)),
    webhook: (id) => read(() => found(id)),
    addWebhook: (webhook) =>
      write(() => {
        if (Number(count.get()?.count) >= WEBHOOKS_LIMIT)
          throw new PerchError('BUSY', `there are ${WEBHOOKS_LIMIT} webhooks; remove some first`);
        put.run(rowOf(webhook));
      }),
    changeWebhook: (id, changes) =>
      write(() => {
        const before = found(id);
        if (before === undefined) return undefined;
        const after = { ...before, ...changes };
        put.run(rowOf(after));
        return after;
      }),
    removeWebhook: (id) =>
      write(() => {
        removeDeliveries.run(id);
        return remove.run(id).changes === 1;
      }),

    addDeliveries: (deliveries) => {
      if (deliveries.length === 0) return Promise.resolve(new Map());
      const rows = deliveries.map(({ webhook, message, kind, body, created }) => ({
        ...{ webhook, message, kind, body, created },
      }));
      return group.add(rows.length, () => {
        const dropped = new Map<string, number>();
        for (const row of rows) insert.run(row);
        for (const id of new Set(rows.map(({ webhook }) => webhook))) {
          const gone = Number(trimWaiting.run(id).changes);
          if (gone > 0) dropped.set(id, gone);
        }
        return dropped;
      });
    },
    nextDelivery: (id) =>
      read(() => {
        const row = next.get(id);
        return row === undefined ? undefined : deliveryOf(row as unknown as StoredDelivery);
      }),
    attempted: (id, { state, due, tried, status, error }) =>
      group.add(1, () => {
        const row = attempted.get({
          ...{ id, state, due, tried },
          ...{ status: status ?? null, error: error ?? null },
        });
        if (row !== undefined && state !== 'waiting') trimOver.run(row.webhook as string);
      }),
    deliveries: (id, { before = Number.MAX_SAFE_INTEGER, limit = DELIVERIES_PAGE } = {}) =>
      read(() => {
        const rows = page.all(id, before, Math.floor(Math.max(0, Math.min(limit, DELIVERIES_PAGE))));
        return (rows as unknown as StoredDelivery[]).map(deliveryOf);
      }),
    waitingDeliveries: () =>
      read(() => new Map(waiting.all().map((row) => [row.webhook as string, Number(row.count)] as const))),
  };
}
