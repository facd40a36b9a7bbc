import { seeded } from './random.ts';

/** An ELF file of code and tables that refer to each other, for tests of patches: it is right in form and does nothing. */
export type Machine = 'arm64' | 'x64';

const ADDRESS = 0x400000;
const HEAD = 64 + 56;
const NAMES = ['', '.text', '.rodata', '.eh_frame_hdr', '.eh_frame', '.dynsym', '.dynstr', '.shstrtab'];
const OBJECT = 24; // bytes of what code refers to in .rodata
const SYMBOL = 24;

interface Fix {
  at: number;
  /** Function or object that the field refers to. */
  to: number;
  kind: 'call' | 'page' | 'low' | 'distance';
}

/** Instructions of one function, the same for the same id; `fixes` are its references. */
function body(machine: Machine, id: number, ids: number): { code: Buffer; fixes: Fix[] } {
  const random = seeded(id * 7919 + 1);
  const code: number[] = [];
  const fixes: Fix[] = [];
  const word = (w: number): void => void code.push(w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24);
  for (let i = 0; i < 12; i++) {
    const to = random.below(ids);
    if (machine === 'arm64') {
      for (let k = random.below(4); k > 0; k--) word((0xaa000000 | random.below(1 << 21)) >>> 0); // orr
      fixes.push({ at: code.length, to, kind: 'call' });
      word(0x94000000);
      fixes.push({ at: code.length, to, kind: 'page' }, { at: code.length + 4, to, kind: 'low' });
      word(0x90000003); // adrp x3
      word(0x91000063); // add x3, x3
    } else {
      for (let k = random.below(9); k > 0; k--) code.push(0x90 + random.below(8));
      code.push(0xe8);
      fixes.push({ at: code.length, to, kind: 'call' });
      word(0);
      code.push(0x48, 0x8d, 0x05); // lea rax
      fixes.push({ at: code.length, to, kind: 'distance' });
      word(0);
    }
  }
  while (code.length % 16 !== 0) code.push(0);
  return { code: Buffer.from(code), fixes };
}

/** The functions with these ids, in this order, all below `ids`; each has an object of data, a symbol and an entry for unwinding. */
export function sampleExecutable(machine: Machine, order: readonly number[], ids: number): Buffer {
  const bodies = order.map((id) => body(machine, id, ids));
  const placeOf = (list: readonly number[]): number[] =>
    order.map((_, i) => list.slice(0, i).reduce((sum, size) => sum + size, 0));
  const codeAt = placeOf(bodies.map(({ code }) => code.length));
  const names = order.map((id) => Buffer.from(`_ZN4perch${id}function${id * 31}Ev\0`));
  const nameAt = placeOf(names.map(({ length }) => length));
  const text = Buffer.concat(bodies.map(({ code }) => code));
  const sizes = [
    text.length,
    OBJECT * order.length,
    8 * order.length,
    16 * order.length,
    SYMBOL * order.length,
  ];
  const startOf = (part: number): number => HEAD + sizes.slice(0, part).reduce((sum, size) => sum + size, 0);
  const [textAt, dataAt, headerAt, frameAt] = [startOf(0), startOf(1), startOf(2), startOf(3)];
  const where = new Map(order.map((id, i) => [id, i]));
  const indexOf = (id: number): number => where.get(id) ?? 0;

  const data = Buffer.alloc(sizes[1]!);
  const header = Buffer.alloc(sizes[2]!);
  const frame = Buffer.alloc(sizes[3]!);
  const symbols = Buffer.alloc(sizes[4]!);
  order.forEach((id, i) => {
    const { fixes } = bodies[i]!;
    const code = ADDRESS + textAt + codeAt[i]!;
    for (const { at, to, kind } of fixes) {
      const place = codeAt[i]! + at;
      const here = ADDRESS + textAt + place;
      const object = ADDRESS + dataAt + OBJECT * indexOf(to);
      const called = ADDRESS + textAt + codeAt[indexOf(to)]!;
      const w = text.readInt32LE(place);
      if (machine === 'x64') text.writeInt32LE((kind === 'call' ? called : object) - here - 4, place);
      else if (kind === 'call') text.writeInt32LE(w | (((called - here) >> 2) & 0x3ffffff), place);
      else if (kind === 'low') text.writeInt32LE(w | ((object & 0xfff) << 10), place);
      else {
        const page = (object >> 12) - (here >> 12);
        text.writeInt32LE(w | ((page & 3) << 29) | (((page >> 2) & 0x7ffff) << 5), place);
      }
    }
    data.writeBigUInt64LE(BigInt(code), OBJECT * i);
    data.writeUInt32LE(Math.imul(id, 2654435761) >>> 0, OBJECT * i + 8);
    data.writeUInt32LE(Math.imul(id, 40503) >>> 0, OBJECT * i + 16);
    header.writeInt32LE(code - ADDRESS - headerAt, 8 * i);
    header.writeInt32LE(frameAt - headerAt + 16 * i, 8 * i + 4);
    frame.writeInt32LE(12, 16 * i);
    frame.writeInt32LE(16 * i + 4, 16 * i + 4);
    frame.writeInt32LE(code - (ADDRESS + frameAt + 16 * i + 8), 16 * i + 8);
    frame.writeInt32LE(bodies[i]!.code.length, 16 * i + 12);
    symbols.writeUInt32LE(nameAt[i]!, SYMBOL * i);
    symbols.writeUInt32LE(0x12 + 256 * 256, SYMBOL * i + 4);
    symbols.writeBigUInt64LE(BigInt(code), SYMBOL * i + 8);
    symbols.writeBigUInt64LE(BigInt(bodies[i]!.code.length), SYMBOL * i + 16);
  });
  const strings = Buffer.concat(names);
  const sectionNames = Buffer.from(`${NAMES.join('\0')}\0`);
  const content = [text, data, header, frame, symbols, strings, sectionNames];
  return Buffer.concat([elfHead(machine, content), ...content, sectionTable(content)]);
}

function elfHead(machine: Machine, content: readonly Buffer[]): Buffer {
  const size = HEAD + content.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.alloc(HEAD);
  head.write('7f454c46020101', 'hex');
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(machine === 'x64' ? 62 : 183, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeBigUInt64LE(BigInt(size), 40); // the section table is last
  head.writeUInt16LE(1, 56);
  head.writeUInt16LE(NAMES.length, 60);
  head.writeUInt16LE(NAMES.length - 1, 62);
  head.writeUInt32LE(1, 64); // PT_LOAD
  head.writeBigUInt64LE(BigInt(ADDRESS), 80);
  head.writeBigUInt64LE(BigInt(size), 96);
  head.writeBigUInt64LE(BigInt(size), 104);
  return head;
}

function sectionTable(content: readonly Buffer[]): Buffer {
  const table = Buffer.alloc(64 * NAMES.length);
  let at = HEAD;
  NAMES.forEach((name, i) => {
    if (i === 0) return;
    const size = content[i - 1]!.length;
    table.writeUInt32LE(NAMES.slice(0, i).join('\0').length + 1, 64 * i);
    table.writeUInt32LE(1, 64 * i + 4);
    table.writeBigUInt64LE(name === '.text' ? 6n : 2n, 64 * i + 8);
    table.writeBigUInt64LE(BigInt(ADDRESS + at), 64 * i + 16);
    table.writeBigUInt64LE(BigInt(at), 64 * i + 24);
    table.writeBigUInt64LE(BigInt(size), 64 * i + 32);
    at += size;
  });
  return table;
}
