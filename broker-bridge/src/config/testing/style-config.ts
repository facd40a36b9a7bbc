/** A config with every kind of bus, def and form of sensor in it. */
export const STYLE = {
  period: '10s',
  buses: {
    i2c1: { type: 'i2c', path: '/dev/i2c-1' },
    rs485: { type: 'serial', match: { usbSerial: 'A50285BI' }, baud: 9600, parity: 'even', silence: '60s' },
  },
  defs: {
    mcp9808: {
      kind: 'i2c-map',
      identify: { reg: 6, len: 2, equals: '0054' },
      steps: [{ read: { reg: 5, len: 2, as: 't' } }],
      values: {
        temp: { from: 't', bits: [12, 0], signed: true, scale: 0.0625, unit: 'Cel', range: [-40, 125] },
      },
    },
  },
  sensors: [
    { id: 'box', driver: 'mcp9808', bus: 'i2c1', address: '0x18' },
    { id: 'shelf', driver: 'tmp102', bus: 'i2c1', address: '0x48', values: { temperature: { key: 't' } } },
    {
      id: 'own',
      driver: 'i2c-map',
      bus: 'i2c1',
      address: '0x23',
      setup: [{ write: { reg: 1, data: '00' } }, { delay: '20ms' }],
      steps: [
        { poll: { reg: 2, len: 1, mask: '01', equals: '01', timeout: '100ms' } },
        { read: { reg: 0x1234, width: 2, len: 4, as: 'raw' } },
      ],
      values: { low: { from: 'raw', at: 2, len: 2, order: 'little' } },
    },
    { id: 'cpu', driver: 'sysfs', match: { hwmon: 'cpu_thermal' }, file: 'temp1_input', scale: 0.001 },
    { id: 'sys', driver: 'sysfs', proc: ['uptime', 'load'] },
    { id: 'temps', driver: 'sysfs', discover: ['hwmon'] },
    { id: 'ino', driver: 'lines', bus: 'rs485', regex: '^T=(?<t>-?[0-9.]+)$' },
    { id: 'log', driver: 'lines', bus: 'rs485', format: 'csv', columns: ['a', '', 'b'], text: ['b'] },
    { id: 'js', driver: 'lines', bus: 'rs485', format: 'json', values: { v: { field: 'x.y', unit: 'V' } } },
  ],
};

export type Path = (string | number)[];
/** The style example with one place changed; undefined takes the member away. */
export function changed(path: Path, value: unknown, more: (config: never) => void = () => {}): string {
  const config = structuredClone(STYLE) as unknown;
  more(config as never);
  let place = config as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) place = place[part] as Record<string | number, unknown>;
  if (value === undefined) delete place[path.at(-1)!];
  else place[path.at(-1)!] = value;
  return JSON.stringify(config);
}
