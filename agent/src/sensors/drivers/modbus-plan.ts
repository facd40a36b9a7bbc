import {
  fieldWidth,
  MODBUS_GAP_DEFAULT,
  type ModbusField,
  readsBits,
} from '@perch/broker-bridge/config/driver-modbus.ts';

/** Most registers and most coils of one request (Modbus Application Protocol V1.1b3, sections 6.1 to 6.4). */
export const REGISTERS_LIMIT = 125;
export const COILS_LIMIT = 2_000;

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
