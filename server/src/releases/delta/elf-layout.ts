import {
  type Layout,
  type Load,
  REGION,
  type Region,
  type RegionKind,
} from '@perch/broker-bridge/update/patch/layout.ts';

/** Sections whose references are followed, beside those with instructions. */
const BY_NAME: Record<string, RegionKind> = {
  '.dynsym': REGION.symbols,
  '.rela.dyn': REGION.pointers,
  '.rela.plt': REGION.pointers,
  '.rodata': REGION.pointers,
  '.eh_frame_hdr': REGION.fromBase,
  '.eh_frame': REGION.fromHere,
  '.init_array': REGION.pointers,
  '.fini_array': REGION.pointers,
  '.data.rel.ro': REGION.pointers,
  '.dynamic': REGION.pointers,
  '.got': REGION.pointers,
  '.data': REGION.pointers,
};

const CODE: Record<number, RegionKind> = { 62: REGION.x64, 183: REGION.arm64 };
const SHF_EXECINSTR = 4;
const SHT_NOBITS = 8;
const PT_LOAD = 1;
const ENTRIES = 256;

const NONE: Layout = { loads: [], regions: [] };

/**
 * What a 64-bit little-endian ELF file says about itself (System V ABI, chapters 4 and 5). Anything else, and whatever makes no
 * sense, has an empty layout: a patch is then made without following references.
 */
export function elfLayout(file: Buffer): Layout {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return NONE;
  const code = CODE[file.readUInt16LE(18)];
  if (code === undefined) return NONE;
  try {
    return { loads: loadsOf(file), regions: regionsOf(file, code) };
  } catch {
    return NONE; // a table outside the file
  }
}

const u64 = (file: Buffer, at: number): number => Number(file.readBigUInt64LE(at));

function loadsOf(file: Buffer): Load[] {
  const table = u64(file, 32);
  const count = Math.min(file.readUInt16LE(56), ENTRIES);
  const loads: Load[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + 56 * i;
    if (file.readUInt32LE(at) !== PT_LOAD) continue;
    const [offset, address, length, memory] = [
      u64(file, at + 8),
      u64(file, at + 16),
      u64(file, at + 32),
      u64(file, at + 40),
    ];
    if (offset + length <= file.length && address + memory < 2 ** 31)
      loads.push({ offset, length, address, memory });
  }
  return loads;
}

function regionsOf(file: Buffer, code: RegionKind): Region[] {
  const table = u64(file, 40);
  const count = Math.min(file.readUInt16LE(60), ENTRIES);
  const names = u64(file, table + 64 * file.readUInt16LE(62) + 24);
  const regions: Region[] = [];
  const addresses = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const at = table + 64 * i;
    const start = u64(file, at + 24);
    const end = start + u64(file, at + 32);
    if (file.readUInt32LE(at + 4) === SHT_NOBITS || end > file.length || start >= end) continue;
    const nameAt = names + file.readUInt32LE(at);
    const name = file.toString('latin1', nameAt, file.indexOf(0, nameAt));
    const kind = (file[at + 8]! & SHF_EXECINSTR) !== 0 ? code : BY_NAME[name];
    addresses.set(name, u64(file, at + 16));
    const base = kind === REGION.fromBase ? u64(file, at + 16) : 0;
    if (kind !== undefined) regions.push({ kind, start, end, base });
  }
  for (const region of regions)
    if (region.kind === REGION.symbols) region.base = addresses.get('.dynstr') ?? 0;
  regions.sort((a, b) => a.start - b.start);
  return regions.every(({ start }, i) => i === 0 || start >= regions[i - 1]!.end) ? regions : [];
}
