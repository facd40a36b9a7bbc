import type { Item } from '@perch/broker-bridge/config/items.ts';
import { itemsOf } from '@perch/broker-bridge/config/items.ts';
import { readJson } from '@perch/broker-bridge/config/json-text.ts';
import { CONFIG_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import { type ConfigFault, parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { wireItems } from '@perch/broker-bridge/config/self-metrics.ts';
import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { RESPONSE_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { isObject } from './merge-patch.ts';

/** Longest Reconfigure: the largest payload less the envelope and seal around it. */
export const RECONFIGURE_LIMIT = RESPONSE_LIMIT - 64;
/** A version number that no config passes, for measuring. */
const HIGHEST_VERSION = 2 ** 32 - 1;

export type CheckedConfig =
  | { ok: true /** Names on the wire, by number. */; names: string[]; items: Item[] }
  | { ok: false; faults: ConfigFault[] };

/** A whole config, as a board will get it: its form, its meaning, and that it fits into one message. Pure. */
export function checkConfig(text: string): CheckedConfig {
  const parsed = parseConfig(text);
  if (!parsed.ok) return parsed;
  const names = wireItems(parsed.config).map((item) => item.name);
  const config = { version: HIGHEST_VERSION, json: text, items: names };
  const bytes = encodeMessage({ name: 'reconfigure', re: HIGHEST_VERSION, config }).length;
  if (bytes <= RECONFIGURE_LIMIT) return { ok: true, names, items: itemsOf(parsed.config) };
  const message = `the config and the names of its ${names.length} items take ${bytes} bytes on the wire, the limit is ${RECONFIGURE_LIMIT}`;
  return {
    ok: false,
    faults: [{ pointer: '', message, hint: "shorten sensor ids or split the board's work" }],
  };
}

/** A layer by itself: an object in JSON. What it makes of boards' configs is checked there. Pure. */
export function checkLayer(text: string): ConfigFault[] {
  // What is no JSON, or too long, is told as for a whole config.
  const json = Buffer.byteLength(text) > CONFIG_LIMIT ? undefined : readJson(text);
  if (json?.ok && isObject(json.value)) return [];
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.faults;
}
