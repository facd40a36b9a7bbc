import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { WireReasons, WireValues } from '@perch/broker-bridge/protocol/fields.ts';
import { GAP_REASONS, type MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { Peer } from './session-table.ts';
import type { GapRow, RecordRow } from './store/contract.ts';

/** Item names by config version, looked up beforehand. */
export type NamesOf = (configVersion: number) => string[] | undefined;

/** The config versions that the records of a message were taken under. */
export function configVersionsOf(message: MessageOf<'monitorRecord'>): number[] {
  return [...new Set(message.records.map((record) => record.configVersion ?? message.configVersion))];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a record refers to by its place in a list of the message. */
function at<T>(list: T[] | undefined, place: number, where: string): T {
  const found = list?.[place];
  if (found === undefined) throw new PerchError('MALFORMED', `${where} is ${place}, which the message lacks`);
  return found;
}

/** The records of a Monitor Record as rows to store. Pure. @throws PerchError MALFORMED */
export function rowsOf(
  peer: Pick<Peer, 'alias' | 'stream' | 'boot'>,
  message: MessageOf<'monitorRecord'>,
  namesOf: NamesOf,
  received: number,
): RecordRow[] {
  const stream = message.stream === undefined ? peer.stream : hex(message.stream);
  const boots = message.boots?.map(hex);
  return message.records.map((record, index) => {
    const configVersion = record.configVersion ?? message.configVersion;
    const names = namesOf(configVersion);
    return {
      alias: peer.alias,
      stream,
      number: record.number,
      timestamp: record.timestamp,
      synchronised: record.unsynchronised !== true,
      per: record.per,
      configVersion,
      version:
        record.version === undefined
          ? message.version
          : at(message.versions, record.version, `records/${index}/version`),
      boot: record.boot === undefined ? peer.boot : at(boots, record.boot, `records/${index}/boot`),
      ...(record.sinceBoot === undefined ? {} : { sinceBoot: record.sinceBoot }),
      values: named<Value>(record.values, names),
      errors: named<Reason>(record.errors ?? new Map(), names),
      received,
    };
  });
}

/** The gaps of a Monitor Record as rows to store. Pure. @throws PerchError MALFORMED */
export function gapsOf(
  peer: Pick<Peer, 'alias' | 'stream'>,
  message: MessageOf<'monitorRecord'>,
  received: number,
): GapRow[] {
  return (message.gaps ?? []).map(({ stream, from, to, count, since, until, why }, index) => {
    if (to < from) throw new PerchError('MALFORMED', `gaps/${index} ends before it begins`);
    const numberedBy = stream ?? message.stream;
    return {
      alias: peer.alias,
      stream: numberedBy === undefined ? peer.stream : hex(numberedBy),
      ...{ from, to, count },
      // A clock that was set back in between must not hide a gap from a reader.
      since: Math.min(since, until),
      until: Math.max(since, until),
      why: GAP_REASONS[why]!,
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
