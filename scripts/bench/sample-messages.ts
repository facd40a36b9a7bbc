import type { MessageOf, WireRecord } from '../../broker-bridge/src/protocol/messages.ts';
import type { Value } from '../../broker-bridge/src/protocol/values.ts';
import { namedValues, type SampleBoard, wireValues } from './sample-values.ts';

export const ALIAS = 'greenhouse-1';
const VERSION = '0.1.0';
const CONFIG_VERSION = 3;
const PER = 10_000;
/** The board has run for some days, so numbers have the lengths that they have most of the time. */
const FIRST_NUMBER = 100_000;
const START = Date.UTC(2026, 0, 1);

const timestampOf = (n: number): number => START + n * PER + 7;

/** Monitor Record with records `first` to `first + count - 1`. */
export function monitorRecord(board: SampleBoard, first: number, count: number): MessageOf<'monitorRecord'> {
  const records = Array.from({ length: count }, (_, i): WireRecord => {
    const n = first + i;
    return {
      number: FIRST_NUMBER + n,
      timestamp: timestampOf(n),
      per: PER,
      values: wireValues(board.values(n)),
    };
  });
  return { name: 'monitorRecord', version: VERSION, configVersion: CONFIG_VERSION, records };
}

/** The six things of a Monitor Record as most people would send them. */
export interface PlainRecord {
  version: string;
  configVersion: number;
  alias: string;
  timestamp: number;
  per: number;
  values: Record<string, Value>;
}

export function plainRecord(board: SampleBoard, n: number): PlainRecord {
  return {
    ...{ version: VERSION, configVersion: CONFIG_VERSION, alias: ALIAS },
    ...{ timestamp: timestampOf(n), per: PER, values: namedValues(board, board.values(n)) },
  };
}
