import type { ModbusField, ModbusSensor } from './driver-modbus.ts';
import { NUMBER_SIZES } from './number-types.ts';
import type { SerialBusConfig } from './schema.ts';
import { characterTime } from './serial-line.ts';

/** Registers or coils that nobody wants but that are read over when no "gap" is given. */
export const MODBUS_GAP_DEFAULT = 4;

/** Most registers and most coils of one request (Modbus Application Protocol V1.1b3, sections 6.1 to 6.4). */
export const REGISTERS_LIMIT = 125;
export const COILS_LIMIT = 2_000;

/** What a device needs at the least until it answers, the ways through adapter and kernel among it, in ms. */
export const MODBUS_TURNAROUND = 5;
/** Bytes of a read request; of its answer beside the data: unit, function, count, CRC (Serial Line V1.02, section 2.5.1). */
const REQUEST_LENGTH = 8;
const ANSWER_FRAME = 5;

/** Silence between two frames, in ms: 3.5 characters of 11 bits, and 1.75 ms above 19200 baud (Serial Line V1.02, 2.5.1.1). */
export const framePause = (baud: number): number => (baud > 19_200 ? 1.75 : (3.5 * 11 * 1_000) / baud);

/** True for the functions that read single bits. */
export const readsBits = (fn: ModbusField['fn']): boolean => fn <= 2;
/** The type of a field, given or not. */
export const fieldType = ({ fn, type }: ModbusField): NonNullable<ModbusField['type']> =>
  type ?? (readsBits(fn) ? 'bool' : 'u16');
/** Registers, or coils, that a field takes. */
export function fieldWidth(field: ModbusField): number {
  const type = fieldType(field);
  return type === 'bool' ? 1 : NUMBER_SIZES[type] / 2;
}
/** Bytes of data that answer for so many registers or coils. */
export const dataLength = ({ fn, count }: Pick<Block, 'fn' | 'count'>): number =>
  readsBits(fn) ? Math.ceil(count / 8) : count * 2;

/** One request: a run of registers or coils, and the fields that lie in it. */
export type Block = { fn: ModbusField['fn']; address: number; count: number; fields: ModbusField[] };

/**
 * The requests that read all fields: neighbours of one function are read together, over `gap` unwanted registers or coils
 * at most. Fields in `alone` are read one by one.
 */
export function planBlocks(
  fields: readonly ModbusField[],
  gap = MODBUS_GAP_DEFAULT,
  alone: ReadonlySet<ModbusField> = new Set(),
): Block[] {
  const blocks: Block[] = [];
  const sorted = fields.toSorted((a, b) => a.fn - b.fn || a.address - b.address);
  let open: Block | undefined;
  for (const field of sorted) {
    const width = fieldWidth(field);
    const end = field.address + width;
    const single = alone.has(field);
    if (open && !single && open.fn === field.fn) {
      const count = Math.max(open.address + open.count, end) - open.address;
      const limit = readsBits(field.fn) ? COILS_LIMIT : REGISTERS_LIMIT;
      if (field.address - (open.address + open.count) <= gap && count <= limit) {
        open.count = count;
        open.fields.push(field);
        continue;
      }
    }
    const block: Block = { fn: field.fn, address: field.address, count: width, fields: [field] };
    blocks.push(block);
    if (!single) open = block;
  }
  return blocks;
}

/** The least time that one reading of a unit takes on its line, if each request is answered at once, in ms. */
export function modbusTime(
  { fields, gap }: Pick<ModbusSensor, 'fields' | 'gap'>,
  bus: SerialBusConfig,
): number {
  const character = characterTime(bus);
  return planBlocks(fields, gap).reduce((sum, block) => {
    const characters = REQUEST_LENGTH + ANSWER_FRAME + dataLength(block);
    return sum + characters * character + framePause(bus.baud) + MODBUS_TURNAROUND;
  }, 0);
}
