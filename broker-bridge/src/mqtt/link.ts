/**
 * The edge of the protocol: something that carries payloads on topics and may lose, repeat or delay them.
 * MQTT.js is behind mqtt-link.ts, a seeded in-memory broker behind memory-link.ts.
 */
export interface Link {
  /** Subscribes again by itself after every reconnect. Call before start(). */
  subscribe(filter: string): void;
  start(): void;
  /** Hands a payload to the link. Dropped without an error while the link is down: the protocol sends again. */
  publish(topic: string, payload: Uint8Array): void;
  /** Ends for good. Resolves when what was handed over is out, or after a bounded wait. */
  close(): Promise<void>;
  readonly up: boolean;
}

export interface LinkEvents {
  up(): void;
  down(reason: string): void;
  message(topic: string, payload: Uint8Array): void;
}

/** Where the broker is and how to get in. Passwords stay out of URLs that are printed: see describeBroker. */
export interface BrokerAddress {
  /** mqtt://host[:port] or mqtts://host[:port] */
  url: string;
  username?: string;
  password?: string;
  /** PEM of the certificate authority, for mqtts with one of one's own. */
  ca?: string;
}

/** Splits user:password@ out of a broker URL. @throws TypeError with what is wrong */
export function parseBroker(text: string): BrokerAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError('the broker must be a URL such as mqtt://host:1883 or mqtts://host:8883');
  }
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
    throw new TypeError(`the broker's URL starts with ${url.protocol}//; only mqtt:// and mqtts:// work`);
  if (url.hostname === '') throw new TypeError('the broker URL has no host');
  const address: BrokerAddress = { url: `${url.protocol}//${url.host}` };
  if (url.username !== '') address.username = decodeURIComponent(url.username);
  if (url.password !== '') address.password = decodeURIComponent(url.password);
  return address;
}

/** The broker for a person to read: never its password. */
export const describeBroker = (address: BrokerAddress): string => address.url;
