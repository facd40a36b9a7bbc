import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Store } from '../store/contract.ts';

export const DAY_MS = 86_400_000;
/** Days that records, and hours after them, may be kept at most. */
export const RETENTION_LIMITS = { rawDays: 3_650, hourDays: 36_500 } as const;

/** How long is kept what boards sent. */
export const Retention = Type.Object(
  {
    rawDays: Type.Integer({
      minimum: 1,
      maximum: RETENTION_LIMITS.rawDays,
      description: `days that records are kept, 1 to ${RETENTION_LIMITS.rawDays}; of older ones the hours stay`,
    }),
    hourDays: Type.Integer({
      minimum: 1,
      maximum: RETENTION_LIMITS.hourDays,
      description: `days that hours and gaps are kept, from rawDays to ${RETENTION_LIMITS.hourDays}`,
    }),
  },
  { additionalProperties: false },
);
export type Retention = Static<typeof Retention>;

export const DEFAULT_RETENTION: Retention = { rawDays: 90, hourDays: 1_825 };
const SETTING = 'retention';

export async function loadRetention(store: Pick<Store, 'getSetting'>): Promise<Retention> {
  const text = await store.getSetting(SETTING);
  if (text === undefined) return DEFAULT_RETENTION;
  const stored: unknown = JSON.parse(text);
  if (!Value.Check(Retention, stored)) throw new TypeError(`the setting ${SETTING} is ${text}`);
  return stored;
}

export const saveRetention = (store: Pick<Store, 'setSetting'>, retention: Retention): Promise<void> =>
  store.setSetting(SETTING, JSON.stringify(retention));
