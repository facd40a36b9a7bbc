import { type Static, Type } from '@sinclair/typebox';
import {
  Conversion,
  closed,
  conversionFaults,
  type DriverSpec,
  declared,
  Key,
  type SensorFault,
  SensorId,
} from './common.ts';
import { Duration } from './duration.ts';
import { Processing, processingFaults } from './filters.ts';

/** What each part of /proc gives, in the order of the items (proc(5), statvfs(3)). Units are UCUM. */
export const PROC_ITEMS = {
  load: [
    { key: 'load1', unit: '1' },
    { key: 'load5', unit: '1' },
    { key: 'load15', unit: '1' },
  ],
  memory: [
    { key: 'memTotal', unit: 'By' },
    { key: 'memAvailable', unit: 'By' },
  ],
  disk: [
    { key: 'diskTotal', unit: 'By' },
    { key: 'diskFree', unit: 'By' },
  ],
  uptime: [{ key: 'uptime', unit: 's' }],
} as const;
export type ProcPart = keyof typeof PROC_ITEMS;

/** Where the kernel's sensors are: /sys/class/hwmon, /sys/class/thermal, /sys/bus/iio/devices, /sys/bus/w1/devices. */
export const SYSFS_CLASSES = ['hwmon', 'thermal', 'iio', 'w1'] as const;
export type SysfsClass = (typeof SYSFS_CLASSES)[number];

const ChipName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$',
  description: "the chip's name as the kernel says it (perch probe lists them)",
});

const SysfsSensor = closed({
  id: SensorId,
  driver: Type.Literal('sysfs'),
  proc: Type.Optional(
    Type.Array(
      Type.Union([
        Type.Literal('load'),
        Type.Literal('memory'),
        Type.Literal('disk'),
        Type.Literal('uptime'),
      ]),
      {
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
        description: 'one or more of "load", "memory", "disk", "uptime", each once',
      },
    ),
  ),
  path: Type.Optional(
    Type.String({
      pattern: '^/[^\\u0000]{0,255}$',
      description: 'a folder on the disk that "disk" measures; "/" if not given',
    }),
  ),
  match: Type.Optional(
    closed(
      {
        hwmon: Type.Optional(ChipName),
        thermal: Type.Optional(ChipName),
        iio: Type.Optional(ChipName),
        w1: Type.Optional(ChipName),
        device: Type.Optional(ChipName),
      },
      {
        description:
          'one of {"hwmon": name}, {"thermal": type}, {"iio": name} or {"w1": id}; add "device" (such as "1-0018") where two chips have one name',
      },
    ),
  ),
  file: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      description: 'a file in the chip\'s folder, such as "temp1_input"',
    }),
  ),
  key: Type.Optional(Key),
  every: Type.Optional(Duration),
  ...Conversion,
  ...Processing,
  discover: Type.Optional(
    Type.Array(Type.Union(SYSFS_CLASSES.map((name) => Type.Literal(name))), {
      minItems: 1,
      maxItems: SYSFS_CLASSES.length,
      uniqueItems: true,
      description: 'one or more of "hwmon", "thermal", "iio", "w1", each once',
    }),
  ),
});
export type SysfsSensor = Static<typeof SysfsSensor>;

const FORMS = ['proc', 'match', 'discover'] as const;
/** Which members belong to which form, beside id and driver. */
const MEMBERS: Record<(typeof FORMS)[number], readonly string[]> = {
  proc: ['proc', 'path'],
  match: ['match', 'file', 'key', ...Object.keys(Conversion), ...Object.keys(Processing)],
  discover: ['discover'],
};

function check(sensor: SysfsSensor): SensorFault[] {
  const given = FORMS.filter((form) => sensor[form] !== undefined);
  const [form] = given;
  if (form === undefined || given.length > 1) {
    return [
      {
        path: given.length > 1 ? [given[1]!] : [],
        message: `a sysfs sensor has exactly one of "proc", "match" and "discover"; this has ${given.length}`,
        hint: 'write one sensor for each form',
      },
    ];
  }
  const faults: SensorFault[] = Object.keys(sensor)
    .filter((name) => !['id', 'driver', 'every'].includes(name) && !MEMBERS[form].includes(name))
    .map((name) => ({
      path: [name],
      message: `"${name}" means nothing beside "${form}"`,
      hint: `members beside "${form}": ${MEMBERS[form].filter((other) => other !== form).join(', ') || 'none'}`,
    }));
  if (sensor.path !== undefined && sensor.proc && !sensor.proc.includes('disk'))
    faults.push({
      path: ['path'],
      message: '"path" is only for "disk"',
      hint: 'add "disk" to "proc" or drop "path"',
    });
  if (sensor.match) {
    const { device: _, ...classes } = sensor.match;
    if (Object.keys(classes).length !== 1)
      faults.push({
        path: ['match'],
        message: 'match names exactly one of "hwmon", "thermal", "iio" and "w1"',
        hint: 'such as {"hwmon": "cpu_thermal"}',
      });
    if (sensor.file === undefined)
      faults.push({
        path: ['file'],
        message: '"file" is missing',
        hint: 'name the file to read, such as "temp1_input" (hwmon), "temp" (thermal), "in_temp_input" (iio) or "temperature" (w1)',
      });
    faults.push(...conversionFaults(sensor, []), ...processingFaults(sensor, []));
  }
  return faults;
}

/** The sysfs driver: /proc, one file of a chip found by name, or all that is there. Discovered items have no name beforehand. */
export const SYSFS: DriverSpec<SysfsSensor> & { schema: typeof SysfsSensor } = {
  schema: SysfsSensor,
  bus: undefined,
  items(sensor) {
    if (sensor.proc) return sensor.proc.flatMap((part) => [...PROC_ITEMS[part]]);
    if (sensor.match) return [declared(sensor.key ?? 'value', sensor.unit, sensor)];
    return [];
  },
  check,
};
