import type { WireReasons, WireValues } from '@perch/broker-bridge/protocol/fields.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { Peer } from './session-table.ts';
import type { RecordRow } from './store/contract.ts';

/** Item names by config version, looked up beforehand. */
export type NamesOf = (configVersion: number) => string[] | undefined;

/** The config versions that the records of a message were taken under. */
export function configVersionsOf(message: MessageOf<'monitorRecord'>): number[] {
  return [...new Set(message.records.map((record) => record.configVersion ?? message.configVersion))];
}

/** A Monitor Record as rows to store. Pure. */
export function rowsOf(
  peer: Pick<Peer, 'alias' | 'stream'>,
  message: MessageOf<'monitorRecord'>,
  namesOf: NamesOf,
  received: number,
): RecordRow[] {
  return message.records.map((record) => {
    const configVersion = record.configVersion ?? message.configVersion;
    const names = namesOf(configVersion);
    return {
      alias: peer.alias,
      stream: peer.stream,
      number: record.number,
      timestamp: record.timestamp,
      synchronised: record.unsynchronised !== true,
      per: record.per,
      configVersion,
      version: message.version,
      values: named<Value>(record.values, names),
      errors: named<Reason>(record.errors ?? new Map(), names),
      received,
    };
  });
}

/** Numbers become names; one that the config does not have stays as `#12`, so that nothing is lost. */
function named<V>(items: WireValues | WireReasons, names: string[] | undefined): Record<string, V> {
  // No prototype, so that an item called __proto__ is an item.
  const result: Record<string, V> = Object.create(null) as Record<string, V>;
  for (const [key, value] of items)
    result[typeof key === 'string' ? key : (names?.[key] ?? `#${key}`)] = value as V;
  return result;
}
