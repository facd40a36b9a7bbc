import { networkInterfaces } from 'node:os';
import type { BrokerAddress } from '@perch/broker-bridge/mqtt/link.ts';
import type { HttpOptions } from './http/options.ts';
import type { RecordRow } from './store/contract.ts';

export interface LogEntry {
  level: 'info' | 'warn' | 'error';
  /** One line without a secret. */
  text: string;
}

/** All that `perch-server serve` was told, checked. */
export interface ServeOptions {
  /** Absolute path */
  dataDir: string;
  /** An MQTT broker to use; without one the server runs its own. */
  broker?: BrokerAddress;
  /** Where the server's own broker listens. Port 0 takes any free one. */
  listen: { host: string; port: number };
  /** The broker URL that tokens carry; see advertisedUrl for what holds without it. */
  advertise?: string;
  prefix: string;
  /** The page and the HTTP API; without it there is none. */
  http?: HttpOptions;
  /** Told of a link that logs in the first person, once. */
  onLink?: (url: string) => void;
  /** Bytes per second of updates to all boards together (UPDATE_RATE). */
  updateRate?: number;
  /** Patches of a release are made on so many releases before it (PATCH_BASES). */
  patches?: number;
  /** Full forms of releases are made in seconds and are a quarter larger. */
  fastObjects?: boolean;
  /** Told of new records, after they are stored. */
  onRecords?: (rows: RecordRow[]) => void;
  log: (entry: LogEntry) => void;
}

export interface RunningServer {
  /** URL of the broker, without credentials */
  broker: string;
  /** URL of the page; undefined where there is none. */
  page: string | undefined;
  close(): Promise<void>;
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * The broker URL as boards reach it: the one that was told, else the broker's own, without the server's credentials.
 * The embedded broker's is where it listens (`port`, as bound), with this machine's first outside IPv4 address when it listens everywhere.
 */
export function advertisedUrl(
  options: Pick<ServeOptions, 'broker' | 'listen' | 'advertise'>,
  port = options.listen.port,
  interfaces = networkInterfaces(),
): string {
  if (options.advertise !== undefined) return options.advertise;
  if (options.broker !== undefined) return options.broker.url;
  const { host } = options.listen;
  if (!ANY_ADDRESS.has(host)) return `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === 'IPv4' && !address.internal);
  return `mqtt://${outside?.address ?? '127.0.0.1'}:${port}`;
}
