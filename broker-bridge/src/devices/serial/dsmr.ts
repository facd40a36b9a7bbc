import { Type } from '@sinclair/typebox';
import { crc16Arc } from '../checksum.ts';
import { absent, type Reading, type ValueSpec } from '../reading.ts';
import { type DeviceDecoder, type DeviceMessage, serialDevice } from '../serial-device.ts';
import { TelegramSplitter } from '../telegram-splitter.ts';

/** Longest telegram, in bytes. A full DSMR 5 one with three phases and four M-Bus devices has about 2000. */
export const TELEGRAM_LIMIT = 4_096;

type Known = ValueSpec & { obis: string };
const energy = (key: string, obis: string, about: string): Known => ({
  key,
  obis,
  unit: 'kW.h',
  range: [0, 1_000_000_000],
  about,
});
const power = (key: string, obis: string, about: string): Known => ({
  key,
  obis,
  unit: 'kW',
  range: [0, 10_000],
  about,
});
const count = (key: string, obis: string, about: string): Known => ({
  key,
  obis,
  unit: '1',
  range: [0, 1_000_000_000],
  about,
});
/** The OBIS number of a phase's quantity: L1 20s and 30s, L2 40s and 50s, L3 60s and 70s. */
const phases = (build: (phase: 1 | 2 | 3, base: number) => Known): Known[] =>
  ([1, 2, 3] as const).map((phase) => build(phase, 20 * phase));

/** P1 Companion Standard 5.0.2, "Representation of COSEM objects"; 1.8.0 and 2.8.0 are of its Nordic kin. */
const OBJECTS: readonly Known[] = [
  energy('importT1', '1-0:1.8.1', 'energy taken, tariff 1'),
  energy('importT2', '1-0:1.8.2', 'energy taken, tariff 2'),
  energy('exportT1', '1-0:2.8.1', 'energy given, tariff 1'),
  energy('exportT2', '1-0:2.8.2', 'energy given, tariff 2'),
  energy('import', '1-0:1.8.0', 'energy taken, all tariffs'),
  energy('export', '1-0:2.8.0', 'energy given, all tariffs'),
  count('tariff', '0-0:96.14.0', 'the tariff that holds now'),
  power('powerImport', '1-0:1.7.0', 'power taken'),
  power('powerExport', '1-0:2.7.0', 'power given'),
  ...phases((phase, base) => ({
    key: `voltageL${phase}`,
    obis: `1-0:${base + 12}.7.0`,
    unit: 'V',
    range: [0, 1_000],
    about: `voltage of phase ${phase}`,
  })),
  ...phases((phase, base) => ({
    key: `currentL${phase}`,
    obis: `1-0:${base + 11}.7.0`,
    unit: 'A',
    range: [0, 10_000],
    about: `current of phase ${phase}`,
  })),
  ...phases((phase, base) =>
    power(`powerImportL${phase}`, `1-0:${base + 1}.7.0`, `power taken by phase ${phase}`),
  ),
  ...phases((phase, base) =>
    power(`powerExportL${phase}`, `1-0:${base + 2}.7.0`, `power given by phase ${phase}`),
  ),
  count('failures', '0-0:96.7.21', 'power failures'),
  count('longFailures', '0-0:96.7.9', 'long power failures'),
];

/** M-Bus devices by their type (EN 13757-3, table 3), read by their last hourly or five-minute value. */
const M_BUS: Readonly<Record<number, ValueSpec>> = {
  3: { key: 'gas', unit: 'm3', range: [0, 100_000_000], about: 'gas taken' },
  7: { key: 'water', unit: 'm3', range: [0, 100_000_000], about: 'water taken' },
  4: { key: 'heat', unit: 'GJ', range: [0, 100_000_000], about: 'heat taken' },
};
const timeSpec = ({ key, about }: ValueSpec): ValueSpec => ({
  key: `${key}Time`,
  about: `when the meter read that (${about})`,
});

const VALUES: readonly ValueSpec[] = [
  ...OBJECTS.map(({ obis: _, ...spec }) => spec),
  ...Object.values(M_BUS).flatMap((spec) => [spec, timeSpec(spec)]),
];

/** The time in ISO 8601 of "YYMMDDhhmmssX": X is W for winter time (+01:00) and S for summer time (+02:00). */
export function telegramTime(text: string): string | undefined {
  const found = /^([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([WS]?)$/.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second, zone] = found.slice(1);
  const offset = { W: '+01:00', S: '+02:00' }[zone!] ?? '';
  const iso = `20${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return Number.isNaN(Date.parse(`${iso}Z`)) ? undefined : iso + offset;
}

const NUMBER = /^([0-9]{1,12}(?:\.[0-9]{1,6})?)(?:\*([A-Za-z0-9]+))?$/;
/** The number of a text in its value's unit, "." of UCUM aside; in another unit it would be a wrong number. */
function numberIn(text: string | undefined, { unit }: ValueSpec) {
  const found = NUMBER.exec(text ?? '');
  const right = found && (found[2] === undefined || found[2] === unit?.replaceAll('.', ''));
  return right ? Number(found[1]) : absent('malformed');
}

/** Objects of a telegram: OBIS reference to the contents of its brackets. */
function objectsOf(telegram: string): Map<string, string[]> {
  const objects = new Map<string, string[]>();
  // Before DSMR 4 the gas meter's number stands on a line of its own.
  const text = telegram.replaceAll(/\r?\n\(/g, '(');
  for (const [, obis, rest] of text.matchAll(
    /^([0-9]+-[0-9]+:[0-9]+\.[0-9]+\.[0-9]+)((?:\([^()\r\n]*\))+)\r?$/gm,
  ))
    objects.set(
      obis!,
      [...rest!.matchAll(/\(([^()]*)\)/g)].map(([, inner]) => inner!),
    );
  return objects;
}

/** What the M-Bus devices of a telegram say. Channels are 1 to 4 (P1 Companion Standard 5.0.2). */
function mBusReading(objects: ReadonlyMap<string, string[]>): Reading {
  const reading: Reading = {};
  for (let channel = 1; channel <= 4; channel++) {
    const spec = M_BUS[Number(objects.get(`0-${channel}:24.1.0`)?.[0])];
    if (!spec) continue;
    // 24.2.1 since DSMR 4, 24.3.0 before: (time)(..)(..)(..)(reference)(unit)(number). Belgium's gas is 24.2.3.
    const now = objects.get(`0-${channel}:24.2.1`) ?? objects.get(`0-${channel}:24.2.3`);
    const before = objects.get(`0-${channel}:24.3.0`);
    const time = (now ?? before)?.[0];
    const said = now ? now[1] : before?.[6];
    if (said === undefined || time === undefined) continue;
    reading[spec.key] = numberIn(said, spec);
    reading[`${spec.key}Time`] = telegramTime(time) ?? absent('malformed');
  }
  return reading;
}

/** A telegram from "/" to the line of "!". A value that it does not have is `missing`. */
export function readTelegram(telegram: string, checksum: boolean): DeviceMessage {
  const end = telegram.lastIndexOf('!') + 1;
  const said = /^([0-9A-Fa-f]{4})\s*$/.exec(telegram.slice(end))?.[1];
  if (checksum || said !== undefined) {
    if (said === undefined) return { reason: 'malformed' };
    const bytes = Uint8Array.from(telegram.slice(0, end), (letter) => letter.charCodeAt(0));
    if (crc16Arc(bytes) !== Number.parseInt(said, 16)) return { reason: 'crc' };
  }
  const objects = objectsOf(telegram.slice(0, end));
  if (objects.size === 0) return { reason: 'malformed' };
  const reading: Reading = Object.fromEntries(VALUES.map(({ key }) => [key, absent('missing')]));
  for (const spec of OBJECTS) {
    const inner = objects.get(spec.obis);
    if (inner) reading[spec.key] = numberIn(inner[0], spec);
  }
  return { reading: { ...reading, ...mBusReading(objects) } };
}

function decoder(checksum: boolean): DeviceDecoder {
  const splitter = new TelegramSplitter({
    start: '/',
    isEnd: (tail) => /\n![^\n]*\n$/.test(tail),
    limit: TELEGRAM_LIMIT,
    restarts: true,
  });
  return {
    *push(chunk) {
      for (const found of splitter.push(chunk))
        yield 'text' in found ? readTelegram(found.text, checksum) : found;
    },
    reset: () => splitter.reset(),
  };
}

/** A smart meter's P1 port. It speaks every 10 s before DSMR 5 and every second since. */
export const DSMR = serialDevice({
  bus: 'serial',
  driver: 'dsmr',
  title: 'Smart meter with a DSMR P1 port: electricity, gas, water, heat',
  datasheet: 'Dutch Smart Meter Requirements, P1 Companion Standard 5.0.2, sections 5 and 6',
  wiring:
    'RJ12: 2 data request to 5 V, 3 and 6 ground, 5 data. The data line is inverted and an open collector: use a P1 cable. Before DSMR 4 the port has 9600 baud, 7 data bits and even parity.',
  line: { baud: 115_200 },
  options: {
    checksum: Type.Optional(
      Type.Boolean({
        description: 'false for meters before DSMR 4, whose telegrams have no checksum; true if not given',
      }),
    ),
  },
  keys: VALUES.map(({ key }) => key),
  values: () => VALUES,
  measuring: () => 0,
  talk: ({ checksum }) => ({ by: 'itself', decoder: () => decoder(checksum ?? true) }),
});
