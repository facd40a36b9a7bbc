import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SegmentHasher } from '@perch/broker-bridge/update/segment-index.ts';
import { applyPatch, type PatchRequest, type Signed } from '../../agent/src/update/patch/apply.ts';
import type { Loaded } from '../../server/src/releases/delta/loaded.ts';
import { makeDelta } from '../../server/src/releases/delta/make-delta.ts';

/** A file in memory, as the maker of patches takes it. */
function loaded(file: Uint8Array): Loaded {
  const bytes = Buffer.from(file);
  return { bytes, reload: () => void bytes.set(file) };
}

export const deltaOf = (base: Uint8Array, target: Uint8Array): Buffer =>
  makeDelta(loaded(base), loaded(target), () => {});

export function signedOf(file: Uint8Array): Signed {
  const hasher = new SegmentHasher();
  hasher.update(file);
  return hasher.digest();
}

/** A folder where patches are applied. */
export class PatchBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'perch-patch-'));

  path(name: string): string {
    return join(this.#folder, name);
  }

  put(name: string, bytes: Uint8Array): string {
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }

  /** Applies a patch as a board does. */
  async apply(
    patch: Uint8Array,
    base: Uint8Array | undefined,
    signed: Signed,
    more: Partial<PatchRequest> = {},
  ): Promise<Buffer> {
    const output = this.path('output');
    await applyPatch({
      patch: this.put('patch', patch),
      base: base === undefined ? undefined : this.put('base', base),
      output,
      signed,
      ...more,
    });
    return readFileSync(output);
  }

  /** Bytes of what was written, 0 when nothing was. */
  written(): number {
    return statSync(this.path('output'), { throwIfNoEntry: false })?.size ?? 0;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
