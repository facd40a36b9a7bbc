import { type Static, Type } from '@sinclair/typebox';
import {
  BusName,
  Conversion,
  closed,
  conversionFaults,
  type DriverSpec,
  declared,
  Key,
  type SensorFault,
  SensorId,
} from './common.ts';
import { Duration, durationMs } from './duration.ts';
import { Processing, processingFaults } from './filters.ts';
import { VALUES_LIMIT } from './limits.ts';
import { fieldType, fieldWidth, MODBUS_GAP_DEFAULT, modbusTime, readsBits } from './modbus-plan.ts';
import { bitsFaults } from './number-types.ts';

/** Shortest and longest wait for an answer, in ms, and what holds when none is given. */
export const MODBUS_TIMEOUT_MIN = 20;
export const MODBUS_TIMEOUT_MAX = 10_000;
export const MODBUS_TIMEOUT_DEFAULT = 500;
/** How often a request is said again, at most and when nothing is given. */
export const MODBUS_RETRIES_LIMIT = 3;
export const MODBUS_RETRIES_DEFAULT = 1;
/** Most registers or coils that nobody wants but that are read over. */
export const MODBUS_GAP_LIMIT = 100;

/** Orders of the bytes of a number in registers: A is its highest byte. ABCD is what the Modbus specification says. */
const ORDERS = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
export type ModbusOrder = (typeof ORDERS)[number];

const TYPES = ['bool', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64'] as const;
const FUNCTIONS = [1, 2, 3, 4] as const;

const ModbusField = closed({
  fn: Type.Union(
    FUNCTIONS.map((fn) => Type.Literal(fn)),
    { description: '1 coils, 2 discrete inputs, 3 holding registers, 4 input registers' },
  ),
  address: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: 'as on the wire, from 0: register 40001 is fn 3, address 0',
  }),
  type: Type.Optional(
    Type.Union(
      TYPES.map((type) => Type.Literal(type)),
      { description: `${TYPES.join(', ')}; bool for fn 1 and 2 and u16 for fn 3 and 4 if not given` },
    ),
  ),
  order: Type.Optional(
    Type.Union(
      ORDERS.map((order) => Type.Literal(order)),
      { description: '"ABCD" (highest byte first, the default), "CDAB" (low word first), "BADC" or "DCBA"' },
    ),
  ),
  bits: Type.Optional(
    Type.Tuple([Type.Integer({ minimum: 0, maximum: 63 }), Type.Integer({ minimum: 0, maximum: 63 })], {
      description: '[highest bit, lowest bit] of a whole number, such as [7, 0]',
    }),
  ),
  key: Key,
  ...Conversion,
  ...Processing,
});
export type ModbusField = Static<typeof ModbusField>;

const ModbusSensor = closed({
  id: SensorId,
  driver: Type.Literal('modbus'),
  bus: BusName,
  unit: Type.Integer({ minimum: 1, maximum: 247, description: "the device's address, 1 to 247" }),
  timeout: Type.Optional(Duration),
  retries: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MODBUS_RETRIES_LIMIT,
      description: `how often a request is said again, 0 to ${MODBUS_RETRIES_LIMIT}; ${MODBUS_RETRIES_DEFAULT} if not given`,
    }),
  ),
  gap: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MODBUS_GAP_LIMIT,
      description: `registers between two fields that one request may read over, 0 to ${MODBUS_GAP_LIMIT}; ${MODBUS_GAP_DEFAULT} if not given`,
    }),
  ),
  every: Type.Optional(Duration),
  fields: Type.Array(ModbusField, {
    minItems: 1,
    maxItems: VALUES_LIMIT,
    description: `1 to ${VALUES_LIMIT} fields: {"fn", "address", "key", "type"?, "order"?, "bits"?, "scale"?, "unit"? ...}`,
  }),
});
export type ModbusSensor = Static<typeof ModbusSensor>;

function fieldFaults(field: ModbusField, path: (string | number)[]): SensorFault[] {
  const type = fieldType(field);
  const faults: SensorFault[] = [];
  if (readsBits(field.fn) && type !== 'bool')
    faults.push({
      path: [...path, 'type'],
      message: `fn ${field.fn} reads single bits, and no ${type}`,
      hint: 'drop "type", or take fn 3 or 4',
    });
  else if (readsBits(field.fn) && field.bits)
    faults.push({
      path: [...path, 'bits'],
      message: `fn ${field.fn} reads single bits`,
      hint: 'drop "bits"',
    });
  else if (field.address + fieldWidth(field) > 65_536)
    faults.push({
      path: [...path, 'address'],
      message: `a ${type} at ${field.address} goes beyond the last register`,
      hint: 'the last one is 65535',
    });
  if (type === 'bool') {
    const odd = (['scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'order'] as const).find(
      (name) => field[name] !== undefined,
    );
    if (odd !== undefined && !(odd === 'order' && !readsBits(field.fn)))
      faults.push({
        path: [...path, odd],
        message: `a bool has no "${odd}"`,
        hint: 'drop it, or read u16 with "bits"',
      });
    if (!readsBits(field.fn)) faults.push(...bitsFaults({ ...field, type: 'u16' }, path));
  } else if (!readsBits(field.fn)) faults.push(...bitsFaults({ ...field, type }, path));
  return [...faults, ...conversionFaults(field, path), ...processingFaults(field, path)];
}

/** A device that answers Modbus RTU on a serial bus. */
export const MODBUS: DriverSpec<ModbusSensor> & { schema: typeof ModbusSensor } = {
  schema: ModbusSensor,
  bus: 'serial',
  items: ({ fields }) => fields.map((field) => declared(field.key, field.unit, field)),
  check({ timeout, fields }) {
    const ms = timeout === undefined ? MODBUS_TIMEOUT_DEFAULT : durationMs(timeout);
    const faults: SensorFault[] =
      ms < MODBUS_TIMEOUT_MIN || ms > MODBUS_TIMEOUT_MAX
        ? [
            {
              path: ['timeout'],
              message: `${timeout} is not allowed here`,
              hint: `from ${MODBUS_TIMEOUT_MIN}ms to ${MODBUS_TIMEOUT_MAX / 1_000}s`,
            },
          ]
        : [];
    return [...faults, ...fields.flatMap((field, index) => fieldFaults(field, ['fields', index]))];
  },
  // A device that needs long for an answer has a "timeout" in its config.
  measuring: (sensor, bus) =>
    Math.max(
      sensor.timeout === undefined ? 0 : durationMs(sensor.timeout),
      bus?.type === 'serial' ? modbusTime(sensor, bus) : 0,
    ),
};
