import { createHmac, randomBytes } from 'node:crypto';

// Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks), "Signature scheme".

const SECRET_PREFIX = 'whsec_';
/** Bytes of a secret; the specification wants 24 or more. */
const SECRET_BYTES = 32;

export const newWebhookSecret = (): string =>
  `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

/** Names a message; no dot in it, which separates what is signed. */
export const newMessageId = (): string => `msg_${randomBytes(16).toString('hex')}`;

/** What `webhook-signature` says of a message that is sent at `seconds` (Unix). Pure. */
export function signature(secret: string, message: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${message}.${seconds}.${body}`).digest('base64')}`;
}

/** The headers of a message that is sent at `now` (Unix ms). Pure. */
export function webhookHeaders(
  secret: string,
  message: string,
  now: number,
  body: string,
): Record<string, string> {
  const seconds = Math.floor(now / 1000);
  return {
    'content-type': 'application/json',
    'webhook-id': message,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signature(secret, message, seconds, body),
  };
}
