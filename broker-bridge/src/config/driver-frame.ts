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

/** First and last place after it of bytes in a frame of `length` bytes. */
type Span = [first: number, end: number];
const place = (at: number, length: number): number => (at < 0 ? length + at : at);
const spanOf = (at: number, size: number, length: number): Span => [
  place(at, length),
  place(at, length) + size,
];
const liesIn = ([first, end]: Span, length: number): boolean => first >= 0 && end <= length;
const meet = (a: Span, b: Span): boolean => a[0] < b[1] && b[0] < a[1];

/** Shortest and longest frame that can come: by start, end and the place of the length, and by what the length can say. */
function lengthsOf({ start, end = '', length }: FrameSensor): [shortest: number, longest: number] {
  const edges = (start.length + end.length) / 2;
  if (typeof length === 'number') return length < edges ? [1, 0] : [length, length];
  const { at, type, add = 0 } = length;
  const size = NUMBER_SIZES[type];
  return [Math.max(edges, at + size, add), Math.min(FRAME_LIMIT, 256 ** size - 1 + add)];
}

/** What is wrong with the check in a frame of that length, if anything is. */
function checkFault(sensor: FrameSensor, frame: number): SensorFault | undefined {
  const { check, start, end = '', length } = sensor;
  if (!check) return undefined;
  const span = spanOf(check.at, CHECKSUMS[check.type].size, frame);
  if (!liesIn(span, frame)) return outside(check.at, span[1] - span[0], frame, ['check', 'at']);
  const taken: [string, Span][] = [
    ['start', [0, start.length / 2]],
    ['end', [frame - end.length / 2, frame]],
    ...(typeof length === 'number'
      ? []
      : [['length', spanOf(length.at, NUMBER_SIZES[length.type], frame)] as [string, Span]]),
  ];
  const other = taken.find(([, bytes]) => meet(span, bytes));
  if (other)
    return {
      path: ['check', 'at'],
      message: `the check would stand where the "${other[0]}" stands`,
      hint: 'give the place of its first byte; negative counts from the end of the frame',
    };
  const covered: Span = [place(check.from ?? 0, frame), place(check.to ?? check.at, frame)];
  const path = ['check', check.from === undefined ? 'to' : 'from'];
  const hint = '"from" is the first byte that it covers and "to" the one after the last';
  if (covered[0] >= covered[1] || !liesIn(covered, frame))
    return {
      path,
      message: `the check would cover no bytes (from ${covered[0]} to before ${covered[1]})`,
      hint,
    };
  return meet(span, covered)
    ? { path: ['check', 'to'], message: 'the check would cover itself', hint }
    : undefined;
}

const outside = (at: number, size: number, longest: number, path: (string | number)[]): SensorFault => ({
  path,
  message: `${size} bytes at ${at} do not lie in a frame of ${longest} bytes`,
  hint: 'count from 0 at the start, or from -1 back at the last byte',
});

/** Faults of places that are wrong in every frame that can come. One that is too short for a field is none. */
function placeFaults(sensor: FrameSensor): SensorFault[] {
  const [shortest, longest] = lengthsOf(sensor);
  if (shortest > longest)
    return [
      typeof sensor.length === 'number'
        ? {
            path: ['length'],
            message: `${sensor.length} bytes have no room for start and end`,
            hint: 'the length is that of the whole frame',
          }
        : {
            path: ['length', 'add'],
            message: `no ${sensor.length.type} gives a length: ${longest} bytes at most, and the frame has ${shortest} at least`,
            hint: 'the number and "add" are together the length of the whole frame',
          },
    ];
  const lengths = Array.from({ length: longest - shortest + 1 }, (_, index) => shortest + index);
  const checked = lengths.filter((length) => !checkFault(sensor, length));
  if (checked.length === 0) return [checkFault(sensor, longest)!];
  return sensor.fields.flatMap(({ at, type }, index) => {
    const size = NUMBER_SIZES[type];
    return checked.some((length) => liesIn(spanOf(at, size, length), length))
      ? []
      : [outside(at, size, checked.at(-1)!, ['fields', index, 'at'])];
  });
}

function check(sensor: FrameSensor): SensorFault[] {
  const start = sensor.start.length / 2;
  const { length } = sensor;
  const faults: SensorFault[] =
    typeof length !== 'number' && length.at < start
      ? [
          {
            path: ['length', 'at'],
            message: 'the length would stand in the start bytes',
            hint: `the first byte after the start is ${start}`,
          },
        ]
      : placeFaults(sensor);
  for (const [index, field] of sensor.fields.entries()) {
    const path = ['fields', index];
    faults.push(
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
