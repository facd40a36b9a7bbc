import type { Alignment } from '@perch/broker-bridge/update/patch/layout.ts';
import { MODE, OPERATION_LIMIT, type Operation } from '@perch/broker-bridge/update/patch/operations.ts';

/** Equal bytes from which on it pays to say that they are equal. */
export const COPY_RUN = 16_384;

/** Operations for alignments: what is equal for long is copied, the rest is corrected. */
export function planOperations(base: Buffer, target: Buffer, alignments: readonly Alignment[]): Operation[] {
  const operations: Operation[] = [];
  for (const { to, from, length } of alignments) {
    let start = 0;
    const put = (mode: Operation['mode'], end: number): void => {
      if (end > start) operations.push({ mode, to: to + start, from: from + start, length: end - start });
      start = end;
    };
    for (let at = 0; at < length; ) {
      const run = equalRun(base, target, from + at, to + at, length - at);
      if (run >= COPY_RUN || run === length) {
        put(MODE.correct, at);
        put(MODE.copy, at + run);
      }
      at += run;
      while (at < length && base[from + at] !== target[to + at]) at += 1;
    }
    put(MODE.correct, length);
  }
  return operations.slice(0, OPERATION_LIMIT); // what is left out is coded byte by byte
}

function equalRun(a: Buffer, b: Buffer, from: number, to: number, most: number): number {
  let n = 0;
  while (n + 4096 <= most && a.compare(b, to + n, to + n + 4096, from + n, from + n + 4096) === 0) n += 4096;
  while (n < most && a[from + n] === b[to + n]) n += 1;
  return n;
}
