import type { RecordRow } from './contract.ts';

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
  values: { 'air.temperature': 21.5, 'door.open': false, 'air.state': 'ok' },
  errors: { 'soil.moisture': 'nak' },
  received: 1_760_000_000_500,
  ...row,
});

/** A board's public key for tests: 32 times the same byte. */
export const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
