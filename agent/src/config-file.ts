import { join } from 'node:path';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import type { Config } from '@perch/broker-bridge/config/schema.ts';
import type { WireConfig } from '@perch/broker-bridge/protocol/messages.ts';
import { readIfThere, writeAtomic } from './atomic-file.ts';

/** A config in force: its version, its text, its meaning and the numbers of its items. */
export interface ActiveConfig {
  wire: WireConfig;
  config: Config;
  numbers: Map<string, number>;
}

export type ConfigOutcome = { ok: true; active: ActiveConfig } | { ok: false; detail: string };

/** Judges a config that the server sent. Pure. */
export function judge(wire: WireConfig): ConfigOutcome {
  const parsed = parseConfig(wire.json);
  if (!parsed.ok) {
    const fault = parsed.faults[0]!;
    return { ok: false, detail: cut(`${fault.pointer || '/'}: ${fault.message}`) };
  }
  const numbers = new Map(wire.items.map((name, index) => [name, index]));
  if (numbers.size !== wire.items.length) return { ok: false, detail: 'two items have the same name' };
  return { ok: true, active: { wire, config: parsed.config, numbers } };
}

/** Reasons travel in 256 bytes. */
export function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= 256 ? text : `${bytes.subarray(0, 250).toString('utf8').replace(/�+$/, '')}...`;
}

const configFile = (state: string): string => join(state, 'config.json');

/** The last good config, or undefined when there is none that still reads. */
export function loadConfig(state: string): ActiveConfig | undefined {
  try {
    const text = readIfThere(configFile(state));
    if (text === undefined) return undefined;
    const { version, json, items } = JSON.parse(text) as WireConfig;
    if (!Number.isSafeInteger(version) || typeof json !== 'string' || !Array.isArray(items)) return undefined;
    const outcome = judge({ version, json, items: items.map(String) });
    return outcome.ok ? outcome.active : undefined;
  } catch {
    return undefined; // damaged, or the disk cannot read it: the server sends it again
  }
}

export function saveConfig(state: string, { wire }: ActiveConfig): void {
  writeAtomic(configFile(state), `${JSON.stringify(wire)}\n`);
}
