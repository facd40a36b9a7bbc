import { signal } from '@preact/signals';
import { API, withQuery } from './api.ts';
import type { FleetEvent } from './api-types.ts';

export interface Record {
  alias: string;
  timestamp: number;
  per: number;
  values: { [name: string]: number | string | boolean };
  errors: { [name: string]: string };
}

interface Messages {
  devices: { alias: string };
  events: FleetEvent;
  records: Record;
  alerts: unknown;
}
export type Topic = keyof Messages;

/** Whether what is shown is kept up to date. */
export const isLive = signal(true);
const returned = new Set<() => void>();

type Listener = (data: never) => void;
const listeners = new Map<Topic, Set<Listener>>();
/** The board whose records are watched; the server sends only its messages then. */
let alias: string | undefined;
let source: EventSource | undefined;
let opened = '';
let planned = false;
/** After a refusal the stream is asked for again in so long, in ms. */
const REFUSED_MS = 10_000;

function open(): void {
  planned = false;
  const topics = [...listeners].filter(([, all]) => all.size > 0).map(([topic]) => topic);
  const url = withQuery(`${API}/stream`, { topics: topics.toSorted().join(','), alias });
  if (topics.length === 0) {
    close();
    return;
  }
  if (url === opened && source?.readyState !== EventSource.CLOSED) return;
  close();
  opened = url;
  source = new EventSource(url);
  source.onopen = () => {
    if (isLive.value) return;
    isLive.value = true;
    for (const listener of returned) listener();
  };
  source.onerror = () => {
    isLive.value = false;
    // Of itself a browser comes again only when the connection broke, not when it was refused.
    if (source?.readyState === EventSource.CLOSED) setTimeout(plan, REFUSED_MS);
  };
  for (const topic of topics)
    source.addEventListener(topic, ({ data }: MessageEvent<string>) => {
      const found = JSON.parse(data) as never;
      for (const listener of listeners.get(topic) ?? []) listener(found);
    });
}

function close(): void {
  source?.close();
  source = undefined;
  opened = '';
}

/** Views come and go together: the connection is made once they all have said what they watch. */
function plan(): void {
  if (planned) return;
  planned = true;
  setTimeout(open, 50);
}

/** Hears when the connection is back after it broke, as what happened meanwhile was not told; until the returned function is called. */
export function onReconnect(listener: () => void): () => void {
  returned.add(listener);
  return () => void returned.delete(listener);
}

/** Hears a topic over the page's one connection, until the returned function is called. */
export function watch<T extends Topic>(
  topic: T,
  listener: (data: Messages[T]) => void,
  board?: string,
): () => void {
  const all = listeners.get(topic) ?? new Set();
  listeners.set(topic, all);
  all.add(listener as Listener);
  if (board !== undefined) alias = board;
  plan();
  return () => {
    all.delete(listener as Listener);
    if (board !== undefined && alias === board) alias = undefined;
    plan();
  };
}
