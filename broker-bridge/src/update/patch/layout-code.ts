import type { BitCoder } from './arithmetic-coder.ts';
import { malformed } from './header.ts';
import { type Layout, type Load, REGION, type Region, type RegionKind } from './layout.ts';
import { EVEN, learn, NumberModel } from './numbers.ts';

/** Most parts of an executable that are loaded, and most regions with references. */
export const LOAD_LIMIT = 16;
export const REGION_LIMIT = 64;
/** Addresses are below this. */
const ADDRESSES = 2 ** 31;

/** Where the base and the output are when they run, and what refers to what in the base. */
export interface Layouts {
  base: Layout;
  newLoads: Load[];
}

/**
 * Codes layouts, or one bit when there are none. A writer gives them; a reader gives undefined. `sizes` are the lengths of
 * the output and of the base. @throws PerchError MALFORMED
 */
export function codeLayouts(
  coder: BitCoder,
  given: Layouts | undefined,
  sizes: { length: number; base: number },
): Layouts | undefined {
  const there = learn(coder, Uint16Array.of(EVEN), 0, given === undefined ? 0 : 1);
  if (there === 0) return undefined;
  const numbers = new NumberModel();
  const number = (value: number | undefined): number => numbers.code(coder, value ?? 0);
  const oldLoads = codeLoads(number, given?.base.loads, sizes.base);
  const newLoads = codeLoads(number, given?.newLoads, sizes.length);
  const regions = codeRegions(number, given?.base.regions, sizes.base);
  return { base: { loads: oldLoads, regions }, newLoads };
}

type Code = (value: number | undefined) => number;

function codeLoads(number: Code, given: readonly Load[] | undefined, size: number): Load[] {
  const count = number(given?.length);
  if (count > LOAD_LIMIT) throw malformed(`${count} loads; at most ${LOAD_LIMIT} are taken`);
  return Array.from({ length: count }, (_, i) => {
    const wanted = given?.[i];
    const offset = number(wanted?.offset);
    const length = number(wanted?.length);
    const address = number(wanted?.address);
    const memory = length + number(wanted === undefined ? 0 : wanted.memory - wanted.length);
    if (offset + length > size || address + memory >= ADDRESSES)
      throw malformed('a load is outside of the file');
    return { offset, length, address, memory };
  });
}

function codeRegions(number: Code, given: readonly Region[] | undefined, size: number): Region[] {
  const count = number(given?.length);
  if (count > REGION_LIMIT) throw malformed(`${count} regions; at most ${REGION_LIMIT} are taken`);
  let end = 0;
  return Array.from({ length: count }, (_, i) => {
    const wanted = given?.[i];
    const kind = number(wanted?.kind);
    const start = end + number(wanted === undefined ? 0 : wanted.start - end);
    end = start + number(wanted === undefined ? 0 : wanted.end - wanted.start);
    const base = kind === REGION.fromBase || kind === REGION.symbols ? number(wanted?.base) : 0;
    if (!isKind(kind) || end > size || base >= ADDRESSES) throw malformed('a region is outside of the base');
    return { kind, start, end, base };
  });
}

const isKind = (kind: number): kind is RegionKind => Object.values(REGION).some((each) => each === kind);
