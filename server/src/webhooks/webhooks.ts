import type { LiveServer } from '../commands/live.ts';
import { remember } from '../commands/remember.ts';
import type { Feed } from '../feed.ts';
import { RateLimit } from '../rate-limit.ts';
import type { LogEntry } from '../serve-options.ts';
import type { Store } from '../store/contract.ts';
import type { FleetEvent } from '../store/event-contract.ts';
import { WEBHOOKS_LIMIT, type Webhook } from '../store/webhook-contract.ts';
import { ANSWER_MS, Lane } from './lane.ts';
import { alertMessage, eventMessage, isOwn, type WebhookMessage, wants } from './messages.ts';
import { newMessageId } from './sign.ts';
import { gaveUp, overflowed, switchedOff } from './webhook-events.ts';

/** Events about one webhook that are remembered: so many at once, and so many a second after. */
export const WEBHOOK_EVENT_RATE = { burst: 5, perSecond: 1 / 600 };

/** Alerts tell of these themselves. */
const ALERT_STATES = new Set(['alert.firing', 'alert.acknowledged', 'alert.resolved']);

export interface WebhooksOptions {
  store: Store;
  feed: Feed;
  live: Pick<LiveServer, 'happened'>;
  /** Unix ms */
  now(): number;
  log(entry: LogEntry): void;
  /** How long a receiver may take (ANSWER_MS). */
  answerMs?: number;
}

/** What was done since the start. */
export interface WebhookCounts {
  delivered: number;
  failed: number;
  dropped: number;
}

/** Tells webhooks what happens while the server runs: queues it in the store, and sends what is queued. */
export class Webhooks {
  readonly #o: WebhooksOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #undo: (() => void)[];
  readonly #events = new RateLimit({ ...WEBHOOK_EVENT_RATE, keys: WEBHOOKS_LIMIT });
  readonly counts: WebhookCounts = { delivered: 0, failed: 0, dropped: 0 };
  #webhooks: readonly Webhook[] = [];
  #closed = false;

  private constructor(options: WebhooksOptions) {
    this.#o = options;
    const { feed, now } = options;
    this.#undo = [
      feed.on('events', (events) => {
        const own = events.filter(({ kind }) => isOwn(kind));
        if (own.length > 0) this.#changed(own);
        const told = events.filter(({ kind }) => !isOwn(kind) && !ALERT_STATES.has(kind));
        this.#tell(told.map(eventMessage));
      }),
      feed.on('alerts', (alerts) => this.#tell(alerts.map((alert) => alertMessage(alert, now())))),
    ];
  }

  static async start(options: WebhooksOptions): Promise<Webhooks> {
    const webhooks = new Webhooks(options);
    await webhooks.#load(new Set());
    return webhooks;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#undo) end();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  /** Webhooks were changed or tried. One that a person looks after is tried anew, whatever it did before. */
  #changed(events: readonly FleetEvent[]): void {
    const byPeople = events.filter(({ actor }) => actor !== 'server');
    this.#load(new Set(byPeople.map(({ data }) => data?.webhook))).catch((error: unknown) =>
      this.#failed(error),
    );
  }

  async #load(fresh: ReadonlySet<unknown>): Promise<void> {
    const webhooks = await this.#o.store.webhooks();
    if (this.#closed) return;
    this.#webhooks = webhooks;
    const there = new Set(webhooks.map(({ id }) => id));
    for (const [id, lane] of this.#lanes)
      if (!there.has(id)) {
        this.#lanes.delete(id);
        void lane.close();
      }
    for (const { id } of webhooks) {
      const lane = this.#lane(id);
      if (fresh.has(id)) lane.fresh();
      else lane.wake();
    }
  }

  #lane(id: string): Lane {
    const there = this.#lanes.get(id);
    if (there !== undefined) return there;
    const { store, now, answerMs = ANSWER_MS } = this.#o;
    const lane = new Lane({
      ...{ store, id, now, answerMs },
      delivered: () => {
        this.counts.delivered += 1;
      },
      gaveUp: (webhook, why) => {
        this.counts.failed += 1;
        this.#remember(id, gaveUp(webhook, why, now()));
      },
      gone: async (webhook) => {
        this.counts.failed += 1;
        await store.changeWebhook(id, { enabled: false });
        // It happens once, until a person switches it on again, who must see that it did.
        this.#told(switchedOff(webhook, now()));
        await this.#load(new Set());
      },
      failed: (error) => this.#failed(error),
    });
    this.#lanes.set(id, lane);
    return lane;
  }

  #tell(messages: readonly WebhookMessage[]): void {
    const deliveries = messages.flatMap((message) => {
      const meant = this.#webhooks.filter(({ enabled, kinds }) => enabled && wants(kinds, message.type));
      if (meant.length === 0) return [];
      // All are told of the same thing under the same name.
      const [id, body] = [newMessageId(), JSON.stringify(message)];
      return meant.map((webhook) => ({
        ...{ webhook: webhook.id, message: id, kind: message.type, body, created: this.#o.now() },
      }));
    });
    if (deliveries.length > 0)
      this.#queue(deliveries).catch((error: unknown) => {
        this.counts.dropped += deliveries.length;
        this.#failed(error);
      });
  }

  async #queue(deliveries: Parameters<Store['addDeliveries']>[0]): Promise<void> {
    const dropped = await this.#o.store.addDeliveries(deliveries);
    for (const [id, count] of dropped) {
      this.counts.dropped += count;
      const webhook = this.#webhooks.find((one) => one.id === id);
      if (webhook !== undefined) this.#remember(id, overflowed(webhook, count, this.#o.now()));
    }
    for (const id of new Set(deliveries.map(({ webhook }) => webhook))) this.#lanes.get(id)?.wake();
  }

  #remember(id: string, event: FleetEvent): void {
    if (this.#events.take(id, this.#o.now())) this.#told(event);
  }

  #told(event: FleetEvent): void {
    this.#o.log({ level: 'warn', text: event.text });
    remember(this.#o, [event]).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#o.log({ level: 'warn', text: `webhooks: ${(error as Error).message}` });
  }
}
