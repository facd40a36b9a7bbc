import type { LiveServer } from '../commands/live.ts';
import type { Feed } from '../feed.ts';
import type { Device, Store } from '../store/contract.ts';
import { byAlias, countsOf, type FleetCounts, type FleetQuery, pageOf } from './query.ts';
import { type DeviceSummary, summaryOf } from './summary.ts';

/** How old a list may be that is shown, in ms: with many pages open it is made once for all. */
export const LIST_AGE_MS = 1_000;
/** How old it may be while boards come and go: a thousand that connect at once do not make it a thousand times. */
export const MOVING_AGE_MS = 250;

export interface FleetListOptions {
  store: Store;
  now(): number;
  live: Pick<LiveServer, 'lastHeard' | 'openAlerts'>;
  /** Tells of what makes a list out of date. */
  feed: Feed;
}

/** All boards as lists show them: one row for each alias, that of its key which is let in, else of the one that waits. */
export class FleetList {
  readonly #o: FleetListOptions;
  /** Listens no more. */
  readonly close: () => void;
  /** Boards came or went since the list was made. */
  #moving = false;
  #list: { at: number; devices: Promise<DeviceSummary[]> } | undefined;

  constructor(options: FleetListOptions) {
    this.#o = options;
    const undo = [
      options.feed.on('devices', () => {
        this.#moving = true;
      }),
      // What a person did he sees at once.
      options.feed.on('events', (events) => {
        if (events.some(({ actor }) => !actor.startsWith('board:'))) this.#list = undefined;
      }),
    ];
    this.close = () => {
      for (const end of undo) end();
    };
  }

  async page(query: FleetQuery): Promise<ReturnType<typeof pageOf> & { counts: FleetCounts }> {
    const devices = await this.all();
    return { ...pageOf(devices, query), counts: countsOf(devices) };
  }

  /** By alias, as people count. */
  all(): Promise<DeviceSummary[]> {
    const now = this.#o.now();
    const age = this.#moving ? MOVING_AGE_MS : LIST_AGE_MS;
    if (this.#list === undefined || now - this.#list.at >= age || now < this.#list.at) {
      this.#moving = false;
      const devices = this.#make(now);
      this.#list = { at: now, devices };
      devices.catch(() => {
        this.#list = undefined;
      });
    }
    return this.#list.devices;
  }

  async one(alias: string): Promise<DeviceSummary | undefined> {
    const rows = await this.#o.store.devicesOf(alias);
    if (rows.length === 0) return undefined;
    const groups = await this.#o.store.groupsOf(alias);
    const config = await this.#o.store.config(alias);
    return this.#summary(shown(rows), rows, groups, config?.version ?? 0, this.#o.now());
  }

  async #make(now: number): Promise<DeviceSummary[]> {
    const { store } = this.#o;
    const [devices, groups, versions] = [
      await store.devices(),
      await store.groups(),
      await store.configVersions(),
    ];
    const rows = new Map<string, Device[]>();
    for (const device of devices) {
      const same = rows.get(device.alias);
      if (same === undefined) rows.set(device.alias, [device]);
      else same.push(device);
    }
    return byAlias(
      [...rows].map(([alias, all]) =>
        this.#summary(shown(all), all, groups.get(alias) ?? [], versions.get(alias) ?? 0, now),
      ),
    );
  }

  #summary(
    device: Device,
    rows: readonly Device[],
    groups: readonly string[],
    configWanted: number,
    now: number,
  ): DeviceSummary {
    const waiting = rows.filter((row) => row !== device && row.status === 'pending').length;
    const lastHeard = device.status === 'approved' ? this.#o.live.lastHeard(device.alias) : undefined;
    const alerts = this.#o.live.openAlerts(device.alias);
    return summaryOf(device, { lastHeard, configWanted, groups, waiting, alerts, now });
  }
}

const RANK = { approved: 0, pending: 1, revoked: 2 } as const;

/** The key that a list shows of an alias: who is let in, else who waits, else who was shut out. Pure. */
const shown = (rows: readonly Device[]): Device =>
  rows.reduce((a, b) =>
    RANK[b.status] < RANK[a.status] || (b.status === a.status && b.lastSeen > a.lastSeen) ? b : a,
  );
