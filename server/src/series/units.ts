import { createHash } from 'node:crypto';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { wireItems } from '@perch/broker-bridge/config/self-metrics.ts';
import type { Store } from '../store/contract.ts';

/** Configs whose units are kept at hand; boards of a fleet mostly share a few. */
export const UNITS_CACHED = 2_000;

/** Units (UCUM) of the items of boards, by the newest config of each. */
export class Units {
  readonly #store: Pick<Store, 'config'>;
  /** By the SHA-256 of the config's text. */
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  constructor(store: Pick<Store, 'config'>) {
    this.#store = store;
  }

  async of(alias: string): Promise<ReadonlyMap<string, string>> {
    const config = await this.#store.config(alias);
    if (config === undefined) return NONE;
    const key = createHash('sha256').update(config.text).digest('base64');
    const units = this.#known.get(key) ?? unitsOf(config.text);
    this.#known.delete(key);
    this.#known.set(key, units);
    if (this.#known.size > UNITS_CACHED) this.#known.delete(this.#known.keys().next().value!);
    return units;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

/** The units that a config's text gives its items; none where it is not valid, as that of a newer Perch. Pure. */
function unitsOf(text: string): Map<string, string> {
  const parsed = parseConfig(text);
  if (!parsed.ok) return new Map();
  return new Map(
    wireItems(parsed.config).flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit] as const])),
  );
}
