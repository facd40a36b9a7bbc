import { DEFAULT_CONFIG_TEXT } from '@perch/broker-bridge/config/default-config.ts';
import { checkConfig } from './layers/check.ts';
import { effectiveText } from './layers/effective.ts';
import { inTurn } from './layers/in-turn.ts';
import { loadLayersOf } from './layers/plan.ts';
import type { Release, Store, StoredConfig } from './store/contract.ts';

/** Configs held in memory, over which the one used longest ago goes. */
export const CONFIGS_CACHED = 20_000;

/**
 * What the rounds need to know of the fleet, from memory: the whitelist, the newest configs and the releases.
 * Commands that change the store say so here (live.ts).
 */
export class FleetView {
  readonly #store: Store;
  readonly #now: () => number;
  /** alias -> hex of its approved key */
  readonly #whitelist = new Map<string, string>();
  readonly #newest = new Map<string, Promise<StoredConfig>>();
  readonly #items = new Map<string, Promise<string[] | undefined>>();
  #releases: readonly Release[] = [];

  private constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  static async load(store: Store, now: () => number): Promise<FleetView> {
    const view = new FleetView(store, now);
    for (const device of await store.devices())
      if (device.status === 'approved') view.#whitelist.set(device.alias, hex(device.key));
    await view.refreshReleases();
    return view;
  }

  isWhitelisted(alias: string, key: Uint8Array): boolean {
    return this.#whitelist.get(alias) === hex(key);
  }

  async refreshDevice(alias: string): Promise<void> {
    const approved = (await this.#store.devicesOf(alias)).find((device) => device.status === 'approved');
    if (approved === undefined) this.#whitelist.delete(alias);
    else this.#whitelist.set(alias, hex(approved.key));
  }

  refreshConfig(alias: string): void {
    this.#newest.delete(alias);
  }

  async refreshReleases(): Promise<void> {
    this.#releases = await this.#store.releases();
  }

  /** All that are published. */
  get releases(): readonly Release[] {
    return this.#releases;
  }

  /** The newest config of an alias; a board that nobody wrote one for gets the default as its version 1. */
  newestConfig(alias: string): Promise<StoredConfig> {
    return remember(this.#newest, alias, async () => {
      const stored = await this.#store.config(alias);
      if (stored !== undefined) return stored;
      return inTurn(this.#store, async () => {
        const made = await this.#store.config(alias);
        if (made !== undefined) return made;
        const { text, items } = await firstConfig(this.#store, alias);
        return this.#store.addConfig(alias, text, items, this.#now());
      });
    });
  }

  /** The names of the items that a config version numbers, or undefined when this server never had that version. */
  itemNames(alias: string, version: number): Promise<string[] | undefined> {
    return remember(
      this.#items,
      `${alias}/${version}`,
      async () => (await this.#store.config(alias, version))?.items,
    );
  }
}

/** What the layers say, if that is a valid config, else the default. */
async function firstConfig(store: Store, alias: string): Promise<{ text: string; items: string[] }> {
  for (const text of [effectiveText(await loadLayersOf(store, alias)), DEFAULT_CONFIG_TEXT]) {
    const checked = checkConfig(text);
    if (checked.ok) return { text, items: checked.names };
  }
  throw new TypeError('the default config is not valid');
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A bounded cache of promises; one that fails is forgotten, so that the next caller tries again. */
function remember<V>(cache: Map<string, Promise<V>>, key: string, make: () => Promise<V>): Promise<V> {
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.get(key) === made && cache.delete(key));
  if (cache.size > CONFIGS_CACHED) cache.delete(cache.keys().next().value as string);
  return made;
}
