import { BitWriter } from '@perch/broker-bridge/update/patch/arithmetic-coder.ts';
import { Body, NO_LAYOUTS } from '@perch/broker-bridge/update/patch/body.ts';
import { codeLayouts, type Layouts } from '@perch/broker-bridge/update/patch/layout-code.ts';
import { codeOperations, type Operation } from '@perch/broker-bridge/update/patch/operations.ts';

const ROOM = 1 << 16;

/** The body of a patch with these operations. */
export function encodeDelta(
  base: Buffer,
  target: Buffer,
  operations: readonly Operation[],
  layouts: Layouts | undefined,
  progress: (done: number) => void,
): Uint8Array {
  const coder = new BitWriter();
  const sizes = { length: target.length, base: base.length };
  codeLayouts(coder, layouts, sizes);
  for (const _ of codeOperations(coder, operations, sizes));
  const body = new Body(coder, { ...sizes, operations, layouts: layouts ?? NO_LAYOUTS }, (from, into) =>
    into.set(base.subarray(from, from + into.length)),
  );
  while (body.done < target.length) {
    body.step(target.subarray(body.done, body.done + ROOM));
    progress(body.done / target.length);
  }
  return coder.finish();
}
