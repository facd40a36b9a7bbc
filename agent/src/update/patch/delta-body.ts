import { BitReader } from '@perch/broker-bridge/update/patch/arithmetic-coder.ts';
import { Body, NO_LAYOUTS } from '@perch/broker-bridge/update/patch/body.ts';
import { malformed } from '@perch/broker-bridge/update/patch/header.ts';
import { codeLayouts } from '@perch/broker-bridge/update/patch/layout-code.ts';
import { codeOperations } from '@perch/broker-bridge/update/patch/operations.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { WindowedFile } from './windowed-file.ts';

const READ = 16 * 1024;

/** Decodes the body of a patch from a base into `writer`, a little at a time. @throws PerchError */
export function* decodeDelta(
  patch: WindowedFile,
  start: number,
  base: WindowedFile,
  writer: SegmentWriter,
  length: number,
): Generator<void, void> {
  const source = new ByteSource(patch, start);
  const coder = new BitReader(() => source.next());
  const sizes = { length, base: base.length };
  const layouts = codeLayouts(coder, undefined, sizes) ?? NO_LAYOUTS;
  const operations = yield* codeOperations(coder, undefined, sizes);
  yield;
  const body = new Body(coder, { length, base: base.length, operations, layouts }, (from, into) =>
    base.read(from, into),
  );
  while (body.done < length) {
    writer.advance(body.step(writer.room()));
    yield;
  }
  if (!source.exhausted) throw malformed('it goes on behind its end');
}

/** Bytes of the patch one by one, and zeros behind its end: how many of those a reader takes tells whether all was read. */
class ByteSource {
  readonly #file: WindowedFile;
  readonly #buffer = new Uint8Array(READ);
  #held = 0;
  #at = 0;
  #offset: number;

  constructor(file: WindowedFile, start: number) {
    this.#file = file;
    this.#offset = start;
  }

  next(): number {
    if (this.#at === this.#held) this.#more();
    const byte = this.#buffer[this.#at];
    if (this.#at < this.#held) this.#at += 1;
    return this.#held === 0 ? 0 : byte!;
  }

  get exhausted(): boolean {
    return this.#at === this.#held && this.#offset === this.#file.length;
  }

  #more(): void {
    this.#held = Math.min(READ, this.#file.length - this.#offset);
    this.#at = 0;
    this.#file.read(this.#offset, this.#buffer.subarray(0, this.#held));
    this.#offset += this.#held;
  }
}
