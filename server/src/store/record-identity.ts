import { createHash } from 'node:crypto';
import type { RecordRow } from './contract.ts';

/** What tells a record from others under its number. */
export type Identity = Pick<RecordRow, 'boot' | 'timestamp' | 'sinceBoot'>;

/**
 * Whether a record that came is the stored one under its number. It was taken in the same boot and, where either has
 * one, at the same time of the boot's clock; else at the same time. A repaired record is the one it was. Rows that
 * were stored without a boot are known by their time alone. Pure.
 */
export function isSameRecord(stored: Identity, came: Identity): boolean {
  if (stored.boot === '') return stored.timestamp === came.timestamp;
  if (stored.boot !== came.boot) return false;
  return stored.sinceBoot === undefined && came.sinceBoot === undefined
    ? stored.timestamp === came.timestamp
    : stored.sinceBoot === came.sinceBoot;
}

/**
 * The streams under which a record is looked for and stored, in this order: its own; one derived from stream and boot,
 * where its own has another record under the number; and where that has one too, those derived from its time as well.
 * They are the same however often the record comes. The second of these is needed only when two SHA-256 begin alike.
 * Pure.
 */
export function* streamsOf({ stream, boot, timestamp, sinceBoot }: RecordRow): Generator<string> {
  yield stream;
  let origin = Buffer.from(stream + boot, 'hex');
  yield headOf(origin);
  const when = Buffer.alloc(9);
  when[0] = sinceBoot === undefined ? 0 : 1;
  when.writeBigUInt64BE(BigInt(sinceBoot ?? timestamp), 1);
  for (;;) {
    origin = Buffer.concat([origin, when]);
    yield headOf(origin);
  }
}

/** The first 8 bytes of SHA-256, hex. */
const headOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest().subarray(0, 8).toString('hex');
