/** Where another program is told what happens. */
export interface Webhook {
  id: string; // 12 hex digits
  name: string;
  /** http: or https: URL without credentials. Its path may be a secret of the receiver's. */
  url: string;
  /** What it is told: kinds of events, or what they begin with (`device`); `alert`; `*` is everything. */
  kinds: string[];
  enabled: boolean;
  /** Signs what is sent, so it cannot be stored as a hash: `whsec_` and base64 of 32 bytes. */
  secret: string;
  created: number; // Unix ms
}

/** A message for one webhook. */
export interface Delivery {
  id: number; // rises
  webhook: string;
  /** The same however often it is sent, so that a receiver knows one that came before. */
  message: string;
  /** What it tells of, such as device.approved. */
  kind: string;
  /** JSON, as it is signed and sent. */
  body: string;
  created: number; // Unix ms
  state: 'waiting' | 'delivered' | 'failed';
  attempts: number;
  /** When it is sent next, Unix ms; while it waits. */
  due: number;
  /** Of the last attempt: when it ended, the HTTP status, or why there is none. */
  tried?: number;
  status?: number;
  error?: string;
}

export type NewDelivery = Pick<Delivery, 'webhook' | 'message' | 'kind' | 'body' | 'created'>;

/** What became of an attempt. */
export type Attempt = Pick<Delivery, 'state' | 'due' | 'status' | 'error'> & { tried: number };

export const WEBHOOKS_LIMIT = 50;
/** Deliveries that wait for one webhook; over it the oldest are given up. */
export const WEBHOOK_QUEUE_LIMIT = 1_000;
/** Deliveries that are over, kept for people to look at, per webhook. */
export const DELIVERIES_KEPT = 200;
export const DELIVERIES_PAGE = 200;

/** The part of Store that keeps webhooks and what they have yet to be told. */
export interface WebhookStore {
  /** By name. */
  webhooks(): Promise<Webhook[]>;
  webhook(id: string): Promise<Webhook | undefined>;
  /** Rejects (BUSY) past WEBHOOKS_LIMIT. */
  addWebhook(webhook: Webhook): Promise<void>;
  /** The webhook as it is then; undefined when there is none. */
  changeWebhook(id: string, changes: Partial<Omit<Webhook, 'id' | 'created'>>): Promise<Webhook | undefined>;
  /** Its deliveries go too. False when there is none. */
  removeWebhook(id: string): Promise<boolean>;

  /**
   * Queues messages, due at once. Those for a webhook that is not there are left out. Resolves with the ids of webhooks of which
   * older messages were given up for it, and how many. Shares commits with addRecords.
   */
  addDeliveries(deliveries: readonly NewDelivery[]): Promise<Map<string, number>>;
  /** The delivery of a webhook that is due first. */
  nextDelivery(webhook: string): Promise<Delivery | undefined>;
  /** Writes down an attempt; it is one more. Harmless when the delivery is gone. */
  attempted(id: number, attempt: Attempt): Promise<void>;
  /** Newest first, at most DELIVERIES_PAGE. */
  deliveries(webhook: string, query?: { before?: number; limit?: number }): Promise<Delivery[]>;
  /** How many wait, by webhook. */
  waitingDeliveries(): Promise<Map<string, number>>;
}
