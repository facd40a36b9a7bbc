import { hexAddress } from '@perch/broker-bridge/config/driver-chip.ts';
import { readingTime, reckonedTime } from '@perch/broker-bridge/config/limits.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { I2C_CHIPS } from '@perch/broker-bridge/devices/i2c/index.ts';
import type { I2cChip } from '@perch/broker-bridge/devices/i2c-chip.ts';
import type { ValueSpec } from '@perch/broker-bridge/devices/reading.ts';
import { SERIAL_DEVICES } from '@perch/broker-bridge/devices/serial/index.ts';
import type { SerialDevice } from '@perch/broker-bridge/devices/serial-device.ts';
import type { TProperties } from '@sinclair/typebox';
import { GENERIC_EXAMPLES } from './generic-examples.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

const optionRows = (options: TProperties): string[][] =>
  Object.entries(options).map(([name, schema]) => [`\`${name}\``, String(schema.description)]);

const valueRows = (values: readonly ValueSpec[]): string[][] =>
  values.map(({ key, unit, range, about }) => [
    `\`${key}\``,
    about,
    unit === undefined ? 'text' : `\`${unit}\``,
    range ? `${range[0]} to ${range[1]}` : '',
  ]);

/** A config that is valid, as it stands on the page. Throws if it is not: the page never shows one that is refused. */
function example(config: object): string {
  const text = JSON.stringify(config, null, 1)
    .replace(/\n\s+/g, ' ')
    .replaceAll(/ (?=[}\]])/g, '');
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(`an example is refused: ${text}: ${JSON.stringify(parsed.faults)}`);
  return `\`\`\`json\n${broken(config)}\n\`\`\``;
}

/** JSON with a line for each bus, def and sensor. */
function broken(config: object): string {
  const inline = (value: unknown): string =>
    JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
  const lines = Object.entries(config).map(([name, value]) => {
    if (Array.isArray(value))
      return `  "${name}": [\n${value.map((one) => `    ${inline(one)}`).join(',\n')}\n  ]`;
    if (typeof value === 'object')
      return `  "${name}": {\n${Object.entries(value)
        .map(([key, one]) => `    "${key}": ${inline(one)}`)
        .join(',\n')}\n  }`;
    return `  "${name}": ${JSON.stringify(value)}`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

/** The shortest of the usual periods that leaves time for a reading. */
const periodFor = (ms: number): string =>
  ['1s', '5s', '10s', '30s', '60s'].find(
    (text) => readingTime(Number(text.slice(0, -1)) * 1_000) >= reckonedTime(ms),
  ) ?? '60s';

function facts(device: I2cChip | SerialDevice, where: string): string[] {
  const options = optionRows(device.options);
  return [
    `### ${device.driver}`,
    '',
    `${device.title}. Source: ${device.datasheet}.`,
    '',
    `${device.wiring} ${where}`,
    '',
    table(['value', '', 'unit', 'can be'], valueRows(device.values({}))),
    '',
    ...(options.length > 0 ? [table(['option', ''], options), ''] : []),
  ];
}

function chipSection(chip: I2cChip): string {
  const measuring = Math.ceil(chip.measuring({}));
  const address = hexAddress(chip.addresses[0]!);
  return [
    ...facts(
      chip,
      `Addresses: ${chip.addresses.map((one) => `\`${hexAddress(one)}\``).join(', ')}. ${
        measuring > 0 ? `A reading takes up to ${measuring} ms. ` : ''
      }${chip.identify ? '`probe` recognises it.' : '`probe` cannot recognise it: it has no id.'}`,
    ),
    example({
      period: periodFor(measuring),
      buses: { i2c1: { type: 'i2c', path: '/dev/i2c-1' } },
      sensors: [{ id: 's1', driver: chip.driver, bus: 'i2c1', address }],
    }),
    '',
  ].join('\n');
}

function serialSection(device: SerialDevice): string {
  const { baud, dataBits = 8, parity = 'none', stopBits = 1 } = device.line;
  const measuring = Math.ceil(device.measuring({}));
  const line = `${baud} baud, ${dataBits} data bits, parity ${parity}, ${stopBits} stop bit${stopBits === 1 ? '' : 's'}.`;
  const bus = {
    type: 'serial',
    path: '/dev/ttyUSB0',
    baud,
    ...(dataBits === 8 ? {} : { dataBits }),
    ...(parity === 'none' ? {} : { parity }),
    ...(stopBits === 1 ? {} : { stopBits }),
  };
  return [
    ...facts(device, line),
    example({
      period: periodFor(Math.max(measuring, 5_000)),
      buses: { port1: bus },
      sensors: [{ id: 's1', driver: device.driver, bus: 'port1' }],
    }),
    '',
  ].join('\n');
}

/** The page of all drivers. Throws if an example on it would be refused. */
export function sensorsPage(): string {
  const byName = <D extends { driver: string }>(devices: readonly D[]): D[] =>
    devices.toSorted((a, b) => a.driver.localeCompare(b.driver, 'en'));
  const list = (devices: readonly { driver: string; title: string }[]): string =>
    table(
      ['driver', ''],
      byName(devices).map(({ driver, title }) => [`[\`${driver}\`](#${driver})`, title]),
    );
  return [
    '# Sensors',
    '',
    'Every driver that this version has. This page is made from the drivers themselves (`npm run generate`); a test fails when',
    'it is stale, and every example on it is a config that is accepted. What all drivers share, such as filters, is in',
    '[config.md](config.md). `perch-agent probe` shows what a board has, `perch-agent probe --suggest` a config to start from.',
    '',
    'A value outside of what it can be is not reported; its reason is `range`. Every driver is tested with numbers of its datasheet',
    'against a simulator or on a pseudo-terminal; none has read a real chip yet, so compare the first readings with what you know.',
    '',
    '## I2C chips',
    '',
    list(I2C_CHIPS),
    '',
    '## Serial devices',
    '',
    list(SERIAL_DEVICES),
    '',
    '## Drivers that a config teaches a device',
    '',
    list(GENERIC_EXAMPLES),
    '',
    '## Behind a TCA9548A',
    '',
    'Chips of one address live on one bus behind a multiplexer: each of its channels is a bus of its own. The multiplexer has',
    '`0x70` to `0x77`, by its pins A0 to A2. Only the channel that is read is open, so no two chips answer at once.',
    '',
    example({
      period: '10s',
      buses: {
        i2c1: { type: 'i2c', path: '/dev/i2c-1' },
        bed1: { type: 'tca9548a', bus: 'i2c1', address: '0x70', channel: 0 },
        bed2: { type: 'tca9548a', bus: 'i2c1', address: '0x70', channel: 1 },
      },
      sensors: [
        { id: 'soil1', driver: 'tmp102', bus: 'bed1', address: '0x48' },
        { id: 'soil2', driver: 'tmp102', bus: 'bed2', address: '0x48' },
      ],
    }),
    '',
    '## I2C chips one by one',
    '',
    ...byName(I2C_CHIPS).map(chipSection),
    '## Serial devices one by one',
    '',
    ...byName(SERIAL_DEVICES).map(serialSection),
    '## Taught by the config',
    '',
    ...GENERIC_EXAMPLES.flatMap(({ driver, title, wiring, config }) => [
      `### ${driver}`,
      '',
      `${title}. ${wiring}`,
      '',
      example(config),
      '',
    ]),
  ].join('\n');
}
