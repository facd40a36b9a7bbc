import type { GapRow, RecordRow } from './contract.ts';

/** A record for tests: one sensor's, with what the test cares about put in. */
export const recordOf = (row: Partial<RecordRow> = {}): RecordRow => ({
  alias: 'greenhouse-1',
  stream: '00112233aabbccdd',
  number: 1,
  timestamp: 1_760_000_000_000 + (row.number ?? 1) * 10_000,
  synchronised: true,
  per: 10_000,
  configVersion: 3,
  version: '0.1.0',
  boot: 'b0'.repeat(16),
  values: { 'air.temperature': 21.5, 'door.open': false, 'air.state': 'ok' },
  errors: { 'soil.moisture': 'nak' },
  received: 1_760_000_000_500,
  ...row,
});

/** A gap of ten records for tests. */
export const gapOf = (row: Partial<GapRow> = {}): GapRow => ({
  alias: 'greenhouse-1',
  stream: '00112233aabbccdd',
  from: 1,
  to: 10,
  count: 10,
  since: 1_760_000_010_000,
  until: 1_760_000_100_000,
  why: 'stopped',
  received: 1_760_000_200_000,
  ...row,
});

/** A board's public key for tests: 32 times the same byte. */
export const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
