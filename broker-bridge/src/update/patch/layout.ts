/** How references are written in a part of an executable. The numbers are those of the patch format. */
export const REGION = { arm64: 1, x64: 2, pointers: 3, fromHere: 4, fromBase: 5, symbols: 6 } as const;
export type RegionKind = (typeof REGION)[keyof typeof REGION];

/** A part of the base whose references move with what they refer to. Offsets in the file, `end` not included. */
export interface Region {
  kind: RegionKind;
  start: number;
  end: number;
  /** Address in the base that fromBase and the names of symbols count from; 0 for others. */
  base: number;
}

/** A part of the file that is loaded at an address (ELF: PT_LOAD). What `memory` is longer than `length` is not in the file. */
export interface Load {
  offset: number;
  length: number;
  address: number;
  memory: number;
}

/** Where an executable's bytes are when it runs, and what refers to what. Regions ascend and do not overlap. */
export interface Layout {
  loads: Load[];
  regions: Region[];
}

/** An operation: `length` bytes of the output are like those of the base from `from` on. */
export interface Alignment {
  to: number;
  from: number;
  length: number;
}
