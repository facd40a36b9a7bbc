import { type Static, Type } from '@sinclair/typebox';
import { CHECKSUM_NAMES, CHECKSUMS } from '../devices/checksum.ts';
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
import { Processing, processingFaults } from './filters.ts';
import { VALUES_LIMIT } from './limits.ts';
import { bitsFaults, NUMBER_SIZES } from './number-types.ts';

/** Longest frame, in bytes. */
export const FRAME_LIMIT = 1_024;

const Order = Type.Union([Type.Literal('big'), Type.Literal('little')], {
  description: '"big" (high byte first, the default) or "little"',
});
const Hex = (description: string) => Type.String({ pattern: '^([0-9a-fA-F]{2}){1,8}$', description });
const Position = (description: string) =>
  Type.Integer({ minimum: -FRAME_LIMIT, maximum: FRAME_LIMIT - 1, description });

const FrameField = closed({
  at: Position('its first byte, counted from 0 at the start of the frame; negative counts from the end'),
  type: Type.Union(
    (['u8', 'i8', 'u16', 'i16', 'u24', 'i24', 'u32', 'i32', 'f32', 'f64'] as const).map((name) =>
      Type.Literal(name),
    ),
    { description: 'u8, i8, u16, i16, u24, i24, u32, i32, f32 or f64' },
  ),
  order: Type.Optional(Order),
  bits: Type.Optional(
    Type.Tuple([Type.Integer({ minimum: 0, maximum: 31 }), Type.Integer({ minimum: 0, maximum: 31 })], {
      description: '[highest bit, lowest bit] of a whole number',
    }),
  ),
  key: Key,
  ...Conversion,
  ...Processing,
});
export type FrameField = Static<typeof FrameField>;

const FixedLength = Type.Integer({
  minimum: 2,
  maximum: FRAME_LIMIT,
  description: `bytes of the whole frame, 2 to ${FRAME_LIMIT}`,
});
const ReadLength = closed({
  at: Type.Integer({ minimum: 0, maximum: 63, description: 'where the length stands, 0 to 63' }),
  type: Type.Union([Type.Literal('u8'), Type.Literal('u16')], { description: '"u8" or "u16"' }),
  add: Type.Optional(
    Type.Integer({
      minimum: -FRAME_LIMIT,
      maximum: FRAME_LIMIT,
      description: 'what makes the number the length of the whole frame, such as 4',
    }),
  ),
  order: Type.Optional(Order),
});

const Check = closed({
  type: Type.Union(
    CHECKSUM_NAMES.map((name) => Type.Literal(name)),
    { description: CHECKSUM_NAMES.map((name) => `${name}: ${CHECKSUMS[name].about}`).join('; ') },
  ),
  at: Position('where it stands; negative counts from the end of the frame, such as -2'),
  from: Type.Optional(Position('the first byte it covers; the start of the frame if not given')),
  to: Type.Optional(Position('the byte after the last one it covers; the check itself if not given')),
  order: Type.Optional(
    Type.Union([Type.Literal('big'), Type.Literal('little')], {
      description: `"big" or "little"; little is usual for ${CHECKSUM_NAMES.filter((name) => CHECKSUMS[name].order === 'little').join(', ')} and big for the others`,
    }),
  ),
});

const FrameSensor = closed({
  id: SensorId,
  driver: Type.Literal('frame'),
  bus: BusName,
  start: Hex('what each frame begins with: 1 to 8 bytes in hexadecimal, such as "424d"'),
  length: Type.Union([FixedLength, ReadLength], {
    description: `bytes of the whole frame, 2 to ${FRAME_LIMIT}, or {"at", "type", "add"?, "order"?} of the number in it`,
  }),
  check: Type.Optional(Check),
  end: Type.Optional(Hex('what each frame ends with: 1 to 8 bytes in hexadecimal')),
  fields: Type.Array(FrameField, {
    minItems: 1,
    maxItems: VALUES_LIMIT,
    description: `1 to ${VALUES_LIMIT} fields: {"at", "type", "key", "order"?, "bits"?, "scale"?, "unit"? ...}`,
  }),
});
export type FrameSensor = Static<typeof FrameSensor>;

/** Length of the frame if the config fixes it. */
const fixedLength = ({ length }: FrameSensor): number | undefined =>
  typeof length === 'number' ? length : undefined;

/** Faults of a place of `size` bytes that cannot be in any frame of this sensor. */
function placeFaults(sensor: FrameSensor, at: number, size: number, path: (string | number)[]) {
  const longest = fixedLength(sensor) ?? FRAME_LIMIT;
  const first = at < 0 ? longest + at : at;
  if (first >= 0 && first + size <= longest && (at >= 0 || at + size <= 0)) return [];
  return [
    {
      path,
      message: `${size} bytes at ${at} do not lie in a frame of ${longest} bytes`,
      hint: 'count from 0 at the start, or from -1 back at the last byte',
    },
  ];
}

function checkFaults(sensor: FrameSensor): SensorFault[] {
  const { check } = sensor;
  if (!check) return [];
  const { size } = CHECKSUMS[check.type];
  const faults = placeFaults(sensor, check.at, size, ['check', 'at']);
  const length = fixedLength(sensor);
  if (length === undefined || faults.length > 0) return faults;
  const place = (at: number): number => (at < 0 ? length + at : at);
  const [from, to] = [place(check.from ?? 0), place(check.to ?? check.at)];
  return from < to && from >= 0 && to <= length
    ? []
    : [
        {
          path: ['check', check.from === undefined ? 'to' : 'from'],
          message: `the check would cover no bytes (from ${from} to before ${to})`,
          hint: '"from" is the first byte that it covers and "to" the one after the last',
        },
      ];
}

function check(sensor: FrameSensor): SensorFault[] {
  const start = sensor.start.length / 2;
  const edges = start + (sensor.end?.length ?? 0) / 2;
  const { length } = sensor;
  const faults: SensorFault[] =
    typeof length === 'number' && length < edges
      ? [
          {
            path: ['length'],
            message: `${length} bytes have no room for start and end`,
            hint: 'the length is that of the whole frame',
          },
        ]
      : [];
  if (typeof length !== 'number' && length.at < start)
    faults.push({
      path: ['length', 'at'],
      message: 'the length would stand in the start bytes',
      hint: `the first byte after the start is ${start}`,
    });
  faults.push(...checkFaults(sensor));
  for (const [index, field] of sensor.fields.entries()) {
    const path = ['fields', index];
    faults.push(
      ...placeFaults(sensor, field.at, NUMBER_SIZES[field.type], [...path, 'at']),
      ...bitsFaults(field, path),
      ...conversionFaults(field, path),
      ...processingFaults(field, path),
    );
  }
  return faults;
}

/** Binary frames that a device on a serial bus sends by itself. */
export const FRAME: DriverSpec<FrameSensor> & { schema: typeof FrameSensor } = {
  schema: FrameSensor,
  bus: 'serial',
  items: ({ fields }) => fields.map((field) => declared(field.key, field.unit, field)),
  check,
};
