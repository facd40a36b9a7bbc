import { type Static, Type } from '@sinclair/typebox';
import {
  Address,
  BusName,
  Conversion,
  closed,
  conversionFaults,
  type DriverSpec,
  Duration,
  declared,
  HexBytes,
  KEY_PATTERN,
  Key,
  type SensorFault,
  SensorId,
} from './common.ts';
import { parseDuration } from './duration.ts';
import { Processing, processingFaults, ValueChange } from './filters.ts';
import {
  DELAY_LIMIT,
  FIELD_BITS_LIMIT,
  PASS_LIMIT,
  POLL_PAUSE_MIN,
  STEPS_LIMIT,
  TRANSFER_LIMIT,
  VALUES_LIMIT,
} from './limits.ts';

/** The register part of a transfer: `reg` in `width` bytes, high byte first. Width 0 addresses the device alone. */
const Register = {
  reg: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 0xffff, description: 'a register number, 0 to 65535' }),
  ),
  width: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2,
      description: 'bytes of the register number: 0, 1 or 2; 1 if "reg" is given, else 0',
    }),
  ),
};
const Length = Type.Integer({
  minimum: 1,
  maximum: TRANSFER_LIMIT,
  description: `bytes to read, 1 to ${TRANSFER_LIMIT}`,
});

const Identify = closed(
  { ...Register, len: Length, mask: Type.Optional(HexBytes), equals: HexBytes },
  { description: 'what the device must answer before it is believed to be this chip' },
);

const HexByte = (description: string) => Type.String({ pattern: '^[0-9a-fA-F]{2}$', description });

/** A check of what a read brought: the CRC of 8 bits stands behind each block, or behind all of it. */
const Crc = closed({
  of: Key,
  poly: HexByte('the polynomial in hexadecimal without its highest bit, such as "31"'),
  init: HexByte('the value to begin with in hexadecimal, such as "ff" or "00"'),
  xorOut: Type.Optional(HexByte('what the result is combined with; "00" if not given')),
  reflected: Type.Optional(Type.Boolean({ description: 'true for a CRC that takes the lowest bit first' })),
  block: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: TRANSFER_LIMIT - 1,
      description: 'bytes before each check byte, such as 2 (Sensirion); all but the last byte if not given',
    }),
  ),
  smbus: Type.Optional(
    Type.Boolean({ description: 'true for a Packet Error Code, which covers address and register too' }),
  ),
});
export type I2cCrc = Static<typeof Crc>;

const Step = closed(
  {
    write: Type.Optional(closed({ ...Register, data: Type.Optional(HexBytes) })),
    delay: Type.Optional(Duration),
    poll: Type.Optional(
      closed({
        ...Register,
        len: Length,
        mask: HexBytes,
        equals: HexBytes,
        every: Type.Optional(Duration),
        timeout: Duration,
      }),
    ),
    read: Type.Optional(closed({ ...Register, len: Length, as: Key })),
    crc: Type.Optional(Crc),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    description: 'exactly one of "write", "delay", "poll", "read" and "crc"',
  },
);
export type I2cStep = Static<typeof Step>;

const Steps = Type.Array(Step, {
  minItems: 1,
  maxItems: STEPS_LIMIT,
  description: `1 to ${STEPS_LIMIT} steps`,
});

const MapValue = closed({
  from: Key,
  at: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: TRANSFER_LIMIT - 1,
      description: 'first byte of the answer; 0 if not given',
    }),
  ),
  len: Type.Optional(Length),
  order: Type.Optional(
    Type.Union([Type.Literal('big'), Type.Literal('little')], {
      description: '"big" (high byte first, the default) or "little"',
    }),
  ),
  bits: Type.Optional(
    Type.Tuple([Type.Integer({ minimum: 0, maximum: 511 }), Type.Integer({ minimum: 0, maximum: 511 })], {
      description: '[highest, lowest] bit of the bytes taken as one number, lowest bit 0',
    }),
  ),
  signed: Type.Optional(Type.Boolean({ description: "true for two's complement" })),
  key: Type.Optional(Key),
  ...Conversion,
  ...Processing,
});
export type I2cMapValue = Static<typeof MapValue>;

const Values = Type.Record(Type.String({ pattern: KEY_PATTERN }), MapValue, {
  additionalProperties: false,
  minProperties: 1,
  maxProperties: VALUES_LIMIT,
  description: `1 to ${VALUES_LIMIT} values; a key is a letter, then letters, digits or _`,
});

const map = { identify: Type.Optional(Identify), setup: Type.Optional(Steps), steps: Steps, values: Values };

/** How to talk to one kind of I2C chip. `setup` runs once after opening, `steps` on every read. */
export const I2cMapDef = closed({
  kind: Type.Literal('i2c-map'),
  note: Type.Optional(Type.String({ maxLength: 200, description: 'up to 200 characters for people' })),
  ...map,
});
export type I2cMapDef = Static<typeof I2cMapDef>;

const I2cMapSensor = closed({
  id: SensorId,
  driver: Type.Literal('i2c-map'),
  bus: BusName,
  address: Address,
  every: Type.Optional(Duration),
  ...map,
});
export type I2cMapSensor = Static<typeof I2cMapSensor>;

/** A sensor whose driver is the name of a def; `values` renames values and narrows their range. */
export const DefSensor = closed({
  id: SensorId,
  driver: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,31}$', description: 'the name of a def' }),
  bus: BusName,
  address: Address,
  every: Type.Optional(Duration),
  values: Type.Optional(
    Type.Record(Type.String({ pattern: KEY_PATTERN }), ValueChange, {
      additionalProperties: false,
      maxProperties: VALUES_LIMIT,
      description: '{"<value>": {"key"?, "unit"?, "range"?, "filters"?, "aggregate"?}}',
    }),
  ),
});
export type DefSensor = Static<typeof DefSensor>;

type Transfer = { reg?: number; width?: number };
/** Bytes of the register number of a transfer: 0, 1 or 2. */
export const registerWidth = ({ reg, width }: Transfer): 0 | 1 | 2 =>
  (width ?? (reg === undefined ? 0 : 1)) as 0 | 1 | 2;

function transferFaults(transfer: Transfer, path: (string | number)[]): SensorFault[] {
  const width = registerWidth(transfer);
  if (width === 0)
    return transfer.reg === undefined
      ? []
      : [
          {
            path: [...path, 'reg'],
            message: 'a register number of width 0',
            hint: 'drop "reg", or give width 1 or 2',
          },
        ];
  if (transfer.reg === undefined)
    return [
      {
        path: [...path, 'reg'],
        message: `width ${width} without a register`,
        hint: 'add "reg" or drop "width"',
      },
    ];
  return transfer.reg > 0xff && width === 1
    ? [
        {
          path: [...path, 'reg'],
          message: `register ${transfer.reg} needs two bytes`,
          hint: 'add "width": 2',
        },
      ]
    : [];
}

function answerFaults(
  answer: { len: number; mask?: string; equals: string },
  path: (string | number)[],
): SensorFault[] {
  const faults = (['mask', 'equals'] as const).flatMap((name): SensorFault[] => {
    const hex = answer[name];
    return hex !== undefined && hex.length !== answer.len * 2
      ? [
          {
            path: [...path, name],
            message: `"${name}" has ${hex.length / 2} bytes, but ${answer.len} are read`,
            hint: `write ${answer.len * 2} hexadecimal digits`,
          },
        ]
      : [];
  });
  if (faults.length > 0 || answer.mask === undefined) return faults;
  const [mask, equals] = [answer.mask, answer.equals].map((hex) => BigInt(`0x${hex}`)) as [bigint, bigint];
  return mask === 0n || (equals & ~mask) !== 0n
    ? [
        {
          path: [...path, 'mask'],
          message:
            mask === 0n
              ? 'a mask that looks at no bit'
              : `"equals" has bits that the mask ${answer.mask} leaves out`,
          hint: 'set the bits of "mask" that count; the others of "equals" are 0',
        },
      ]
    : [];
}

function timeFaults(text: string, low: number, path: (string | number)[]): SensorFault[] {
  const ms = parseDuration(text) ?? 0;
  return ms < low || ms > DELAY_LIMIT
    ? [{ path, message: `${text} is not allowed here`, hint: `from ${low}ms to ${DELAY_LIMIT}ms` }]
    : [];
}

function crcFaults(
  { of, block }: I2cCrc,
  before: readonly I2cStep[],
  path: (string | number)[],
): SensorFault[] {
  const reads = before.flatMap(({ read }) => (read ? [read] : []));
  const read = reads.find(({ as }) => as === of);
  if (!read)
    return [
      {
        path: [...path, 'of'],
        message: `no read step before this one is called "${of}"`,
        hint: `there are: ${reads.map(({ as }) => as).join(', ') || 'none; put the read before its check'}`,
      },
    ];
  const size = (block ?? read.len - 1) + 1;
  return size < 2 || read.len % size !== 0
    ? [
        {
          path: block === undefined ? path : [...path, 'block'],
          message: `${read.len} bytes are no whole number of blocks with a check byte each`,
          hint: `each block is ${Math.max(size, 2)} bytes long, its check byte included`,
        },
      ]
    : [];
}

function stepsFaults(steps: readonly I2cStep[], name: string): SensorFault[] {
  const faults = steps.flatMap((step, index): SensorFault[] => {
    const path = [name, index];
    if (step.delay !== undefined) return timeFaults(step.delay, 0, [...path, 'delay']);
    if (step.read) return transferFaults(step.read, [...path, 'read']);
    if (step.crc) return crcFaults(step.crc, steps.slice(0, index), [...path, 'crc']);
    if (step.write) {
      const empty = step.write.reg === undefined && step.write.data === undefined;
      return [
        ...transferFaults(step.write, [...path, 'write']),
        ...(empty
          ? [{ path: [...path, 'write'], message: 'a write of nothing', hint: 'give "reg", "data" or both' }]
          : []),
      ];
    }
    const poll = step.poll!;
    const here = [...path, 'poll'];
    return [
      ...transferFaults(poll, here),
      ...answerFaults(poll, here),
      ...timeFaults(poll.timeout, POLL_PAUSE_MIN, [...here, 'timeout']),
      ...(poll.every === undefined ? [] : timeFaults(poll.every, POLL_PAUSE_MIN, [...here, 'every'])),
    ];
  });
  const total = steps.reduce(
    (sum, step) => sum + (parseDuration(step.delay ?? step.poll?.timeout ?? '0ms') ?? 0),
    0,
  );
  if (total > PASS_LIMIT)
    faults.push({
      path: [name],
      message: `the delays and polls add up to ${total} ms`,
      hint: `keep their sum within ${PASS_LIMIT} ms`,
    });
  return faults;
}

function valueFaults(
  value: I2cMapValue,
  reads: Map<string, number>,
  path: (string | number)[],
): SensorFault[] {
  const read = reads.get(value.from);
  if (read === undefined)
    return [
      {
        path: [...path, 'from'],
        message: `no read step is called "${value.from}"`,
        hint: `reads of this device: ${[...reads.keys()].join(', ') || 'none; add a read step with "as"'}`,
      },
    ];
  const at = value.at ?? 0;
  const len = value.len ?? read - at;
  if (len < 1 || at + len > read)
    return [
      {
        path: [...path, value.len === undefined ? 'at' : 'len'],
        message: `bytes ${at} to ${at + len - 1} of an answer of ${read}`,
        hint: `"at" + "len" may be ${read} at most`,
      },
    ];
  const [high, low] = value.bits ?? [len * 8 - 1, 0];
  const faults = [...conversionFaults(value, path), ...processingFaults(value, path)];
  if (low > high || high >= len * 8)
    faults.push({
      path: [...path, 'bits'],
      message: `bits [${high}, ${low}] do not lie in ${len} bytes`,
      hint: `write [highest, lowest], from ${len * 8 - 1} down to 0`,
    });
  else if (high - low + 1 > FIELD_BITS_LIMIT)
    faults.push({
      path: value.bits ? [...path, 'bits'] : path,
      message: `a field of ${high - low + 1} bits`,
      hint: `take ${FIELD_BITS_LIMIT} bits at most with "at" and "len", or "bits"`,
    });
  return faults;
}

/** Faults of meaning of one chip's map: lengths, names and sums that a schema cannot say. */
export function mapFaults(map: Pick<I2cMapDef, 'identify' | 'setup' | 'steps' | 'values'>): SensorFault[] {
  const reads = new Map<string, number>();
  const faults: SensorFault[] = [];
  for (const [index, { read }] of map.steps.entries()) {
    if (read && reads.has(read.as))
      faults.push({
        path: ['steps', index, 'read', 'as'],
        message: `two reads are called "${read.as}"`,
        hint: 'give each read a name of its own',
      });
    if (read) reads.set(read.as, read.len);
  }
  return [
    ...faults,
    ...(map.identify
      ? [...transferFaults(map.identify, ['identify']), ...answerFaults(map.identify, ['identify'])]
      : []),
    ...(map.setup ? stepsFaults(map.setup, 'setup') : []),
    ...stepsFaults(map.steps, 'steps'),
    ...Object.entries(map.values).flatMap(([key, value]) => valueFaults(value, reads, ['values', key])),
  ];
}

/** The generic I2C driver: a bounded list of steps and the values in their answers. */
export const I2C_MAP: DriverSpec<I2cMapSensor> & { schema: typeof I2cMapSensor } = {
  schema: I2cMapSensor,
  bus: 'i2c',
  measuring: ({ steps }) => steps.reduce((sum, { delay = '0ms' }) => sum + (parseDuration(delay) ?? 0), 0),
  items: ({ values }) =>
    Object.entries(values).map(([key, value]) => declared(value.key ?? key, value.unit, value)),
  check: mapFaults,
};
