import type { WireValues } from '../../broker-bridge/src/protocol/fields.ts';
import type { Value } from '../../broker-bridge/src/protocol/values.ts';

/** A kind of board: its items in the order of its config, and what they hold at its nth record. */
export interface SampleBoard {
  name: string;
  items: string[];
  values(n: number): Value[];
}

/** Slow and repeatable drift between `least` and `most`, rounded as a driver does; `n` is the record, `item` sets its pace. */
function drift(n: number, item: number, least: number, most: number, decimals: number): number {
  const wave = (Math.sin(n / (7 + item) + item) + 1) / 2;
  return Number((least + (most - least) * wave).toFixed(decimals));
}

const GIB = 1024 ** 3;

const bme280: SampleBoard = {
  name: 'BME280',
  items: ['air.temperature', 'air.humidity', 'air.pressure'],
  values: (n) => [drift(n, 0, 18, 26, 2), drift(n, 1, 35, 60, 1), drift(n, 2, 985, 1030, 2)],
};

/** The items of DEFAULT_CONFIG_TEXT; wire-sizes.test.ts holds them to it. */
const defaultConfig: SampleBoard = {
  name: 'default config',
  items: [
    ...['sys.load1', 'sys.load5', 'sys.load15', 'sys.memTotal'],
    ...['sys.memAvailable', 'sys.diskTotal', 'sys.diskFree', 'sys.uptime'],
  ],
  values: (n) => [
    ...[drift(n, 0, 0, 2, 2), drift(n, 1, 0, 1.5, 2), drift(n, 2, 0, 1, 2), 3_981_488_128],
    ...[4096 * drift(n, 4, 300_000, 800_000, 0), 31_138_512_896],
    ...[4096 * drift(n, 6, 4 * (GIB / 4096), 5 * (GIB / 4096), 0), 86_400 + n * 10 + 0.53],
  ],
};

const mixed: SampleBoard = {
  name: '20 mixed items',
  items: [
    ...['air.temperature', 'air.humidity', 'air.pressure', 'soil.moisture', 'soil.temperature'],
    ...['light.lux', 'light.uv', 'rain.tips', 'wind.speed', 'wind.direction', 'battery.voltage'],
    ...['battery.current', 'battery.charge', 'solar.power', 'door.open', 'pump.on', 'tank.level'],
    ...['gate.state', 'meter.energy', 'cpu.temperature'],
  ],
  values: (n) => [
    ...bme280.values(n),
    ...[drift(n, 3, 15, 45, 1), drift(n, 4, 8, 22, 2), drift(n, 5, 0, 60_000, 0), drift(n, 6, 0, 9, 1)],
    ...[1200 + (n >> 3), drift(n, 8, 0, 14, 1), drift(n, 9, 0, 359, 0), drift(n, 10, 11.8, 14.2, 3)],
    ...[drift(n, 11, -2, 4, 3), drift(n, 12, 40, 100, 0), drift(n, 13, 0, 95, 1), n % 9 === 0, n % 5 < 2],
    ...[drift(n, 16, 10, 98, 1), n % 9 === 0 ? 'opening' : 'closed', Number((48_211.3 + n / 10).toFixed(1))],
    drift(n, 19, 38, 61, 1),
  ],
};

export const SAMPLE_BOARDS: readonly SampleBoard[] = [bme280, defaultConfig, mixed];

/** Items by number, as a config that declares them lets them travel. */
export const wireValues = (values: readonly Value[]): WireValues => new Map(values.entries());

export const namedValues = (board: SampleBoard, values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(board.items.map((name, item) => [name, values[item]!]));
