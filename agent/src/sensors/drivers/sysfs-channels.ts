import { join } from 'node:path';
import type { Conversion } from '@perch/broker-bridge/config/common.ts';
import { numberIn } from '../../values/sample.ts';
import { type Chip, listFolder, readText } from '../buses/sysfs.ts';
import { SensorFault } from '../fault.ts';

/** One number that a chip offers: its name within the chip, its file, and how the file's text becomes a value. */
export type Channel = { name: string; file: string; conversion: Conversion };

/** Most channels of one chip. */
export const CHANNELS_LIMIT = 64;

/** The file that holds a 1-wire thermometer's whole answer. */
const W1_SLAVE = 'w1_slave';

/**
 * The number in a file of the kernel. "w1_slave" says "... crc=1c YES" and then "... t=21500"; a CRC that is wrong ("NO") is
 * a `crc` fault.
 */
export function numberOf(file: string, text: string): number | undefined {
  if (file !== W1_SLAVE) return numberIn(text);
  if (!/crc=[0-9a-f]{2} YES/.test(text)) throw new SensorFault('crc', 'the 1-wire answer has a wrong CRC');
  return numberIn(/t=(-?[0-9]+)/.exec(text)?.[1] ?? '');
}

const ABSOLUTE_ZERO = -273.15;
/** No board and no probe on it is hotter; sensors that are not connected often say so. */
const HOTTEST = 1_000;
const TEMPERATURE: Conversion = { scale: 0.001, unit: 'Cel', range: [ABSOLUTE_ZERO, HOTTEST] };

/** Linux, Documentation/hwmon/sysfs-interface: units of each kind of channel. */
const HWMON: Record<string, Conversion> = {
  temp: TEMPERATURE,
  in: { scale: 0.001, unit: 'V' },
  curr: { scale: 0.001, unit: 'A' },
  power: { scale: 1e-6, unit: 'W' },
  energy: { scale: 1e-6, unit: 'J' },
  humidity: { scale: 0.001, unit: '%', range: [0, 100] },
  fan: { unit: '/min' },
  freq: { unit: 'Hz' },
};

/** Linux, Documentation/ABI/testing/sysfs-bus-iio: units after the channel's own scale and offset. */
const IIO: Record<string, Conversion> = {
  temp: TEMPERATURE,
  humidityrelative: { scale: 0.001, unit: '%', range: [0, 100] },
  pressure: { unit: 'kPa' },
  voltage: { scale: 0.001, unit: 'V' },
  current: { scale: 0.001, unit: 'A' },
  power: { scale: 0.001, unit: 'W' },
  resistance: { unit: 'Ohm' },
  illuminance: { unit: 'lx' },
  concentration: { unit: '%' },
  accel: { unit: 'm/s2' },
  anglvel: { unit: 'rad/s' },
  magn: { unit: 'G' },
  distance: { unit: 'm' },
};

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

async function hwmonChannels(chip: Chip, files: readonly string[]): Promise<Channel[]> {
  const channels: Channel[] = [];
  for (const file of files) {
    const found = /^(temp|in|curr|power|energy|humidity|fan|freq)([0-9]+)_(input|average)$/.exec(file);
    if (!found) continue;
    const [, kind, number, form] = found;
    // power1_average stands in for power1_input where a chip only has that.
    if (form === 'average' && (kind !== 'power' || files.includes(`power${number}_input`))) continue;
    const label = await readText(join(chip.folder, `${kind}${number}_label`)).catch(() => '');
    channels.push({ name: slug(label) || `${kind}${number}`, file, conversion: HWMON[kind!]! });
  }
  return channels;
}

/** value = (raw + offset) * scale, then the unit's own factor; so scale and offset of the raw file are folded into one pair. */
async function iioChannels(chip: Chip, files: readonly string[]): Promise<Channel[]> {
  const channels: Channel[] = [];
  for (const file of files) {
    const found = /^in_(([a-z]+)[a-z0-9_-]*)_(input|raw)$/.exec(file);
    if (!found) continue;
    const [, name, letters, form] = found;
    if (form === 'raw' && files.includes(`in_${name}_input`)) continue;
    const kind = Object.hasOwn(IIO, letters!) ? letters! : '';
    const conversion = IIO[kind] ?? {};
    if (form === 'input') {
      channels.push({ name: slug(name!), file, conversion });
      continue;
    }
    const own = async (what: string): Promise<number | undefined> => {
      const one = [`in_${name}_${what}`, `in_${letters}_${what}`].find((other) => files.includes(other));
      return one === undefined ? undefined : numberIn(await readText(join(chip.folder, one)).catch(() => ''));
    };
    const scale = ((await own('scale')) ?? 1) * (conversion.scale ?? 1);
    const offset = ((await own('offset')) ?? 0) * scale;
    channels.push({ name: slug(name!), file, conversion: { ...conversion, scale, offset } });
  }
  return channels;
}

/** A 1-wire thermometer (Linux, Documentation/w1/slaves/w1_therm): "temperature" since 5.8, the older "w1_slave" else. */
const w1Channels = (files: readonly string[]): Channel[] =>
  ['temperature', W1_SLAVE]
    .filter((file) => files.includes(file))
    .slice(0, 1)
    .map((file) => ({ name: 'temp', file, conversion: TEMPERATURE }));

/** The channels of a chip in a fixed order, CHANNELS_LIMIT at most. Names are lower case: a-z, 0-9 and _. */
export async function channelsOf(chip: Chip): Promise<Channel[]> {
  const files = await listFolder(chip.folder);
  const all =
    chip.class === 'thermal'
      ? [{ name: 'temp', file: 'temp', conversion: TEMPERATURE }]
      : chip.class === 'w1'
        ? w1Channels(files)
        : chip.class === 'hwmon'
          ? await hwmonChannels(chip, files)
          : await iioChannels(chip, files);
  return all.slice(0, CHANNELS_LIMIT);
}

/** The key of a channel before collisions are settled: chip, then channel. It starts with a letter and has 60 characters at most. */
export function channelKey(chip: Chip, channel: Channel): string {
  const name = [chip.class === 'w1' ? 'w1' : '', slug(chip.name), channel.name]
    .filter((part) => part !== '')
    .join('_');
  return (/^[a-z]/.test(name) ? name : `chip_${name}`).slice(0, 60);
}
