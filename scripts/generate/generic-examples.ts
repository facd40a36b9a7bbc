const I2C = { i2c1: { type: 'i2c', path: '/dev/i2c-1' } };

/** Worked examples of the generic drivers, for the page of sensors. Each is a whole config. */
export const GENERIC_EXAMPLES = [
  {
    driver: 'sysfs',
    title: 'What the kernel reads already: hwmon, IIO, thermal, 1-wire, /proc',
    wiring:
      'Whatever the kernel has a driver for: a DS18B20 on GPIO 4 with `dtoverlay=w1-gpio`, an RTC, the processor. Found by name, never by index.',
    config: {
      period: '10s',
      sensors: [
        { id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] },
        {
          id: 'cpu',
          driver: 'sysfs',
          match: { hwmon: 'cpu_thermal' },
          file: 'temp1_input',
          scale: 0.001,
          unit: 'Cel',
        },
        {
          id: 'water',
          driver: 'sysfs',
          match: { w1: '28-0000073b1d2f' },
          file: 'temperature',
          scale: 0.001,
          unit: 'Cel',
          range: [-55, 125],
        },
        { id: 'temps', driver: 'sysfs', discover: ['hwmon', 'thermal', 'iio', 'w1'] },
      ],
    },
  },
  {
    driver: 'i2c-map',
    title: 'Any I2C chip by its registers: write, delay, poll, read, check, and fields in the answers',
    wiring:
      'As the chip wants it. A map is a def, used by any number of sensors, or stands in one sensor; a def wins over a built-in chip of its name.',
    config: {
      period: '10s',
      buses: I2C,
      defs: {
        mcp9808: {
          kind: 'i2c-map',
          identify: { reg: 6, len: 2, equals: '0054' },
          steps: [{ read: { reg: 5, len: 2, as: 't' } }],
          values: {
            temp: { from: 't', bits: [12, 0], signed: true, scale: 0.0625, unit: 'Cel', range: [-40, 125] },
          },
        },
        'sht4x-fast': {
          kind: 'i2c-map',
          steps: [
            { write: { data: 'e0' } },
            { delay: '2ms' },
            { read: { len: 6, as: 'm' } },
            { crc: { of: 'm', poly: '31', init: 'ff', block: 2 } },
          ],
          values: {
            temp: { from: 'm', at: 0, len: 2, scale: 0.00267033, offset: -45, unit: 'Cel' },
            hum: { from: 'm', at: 3, len: 2, scale: 0.00190738, offset: -6, unit: '%', range: [0, 100] },
          },
        },
      },
      sensors: [
        { id: 'box', driver: 'mcp9808', bus: 'i2c1', address: '0x18' },
        { id: 'air', driver: 'sht4x-fast', bus: 'i2c1', address: '0x44' },
      ],
    },
  },
  {
    driver: 'lines',
    title: 'Lines of text: a regular expression, CSV, JSON or key=value',
    wiring: 'An Arduino or any other device that prints lines, by USB or a serial adapter.',
    config: {
      period: '10s',
      buses: { usb0: { type: 'serial', match: { usbSerial: 'A50285BI' }, baud: 115200, silence: '60s' } },
      sensors: [
        { id: 'ino', driver: 'lines', bus: 'usb0', regex: '^T=(?<t>-?[0-9.]+)$', others: 'skip' },
        { id: 'log', driver: 'lines', bus: 'usb0', format: 'csv', columns: ['a', '', 'b'], others: 'skip' },
      ],
    },
  },
  {
    driver: 'frame',
    title: 'Binary frames: start bytes, length, checksum, fields',
    wiring: 'A device that sends frames by itself.',
    config: {
      period: '10s',
      buses: { pm0: { type: 'serial', path: '/dev/ttyAMA0', baud: 9600 } },
      sensors: [
        {
          id: 'pm',
          driver: 'frame',
          bus: 'pm0',
          start: '424d',
          length: { at: 2, type: 'u16', add: 4 },
          check: { type: 'sum16', at: -2 },
          fields: [{ at: 12, type: 'u16', key: 'pm25', unit: 'ug/m3' }],
        },
      ],
    },
  },
  {
    driver: 'modbus',
    title: 'Modbus RTU: coils, discrete inputs, holding and input registers',
    wiring: 'RS-485: A to A, B to B, 120 Ohm at both ends. Any number of units on one bus.',
    config: {
      period: '10s',
      buses: {
        rs485: { type: 'serial', match: { usbSerial: 'A50285BI' }, baud: 9600, parity: 'even' },
      },
      sensors: [
        {
          id: 'meter',
          driver: 'modbus',
          bus: 'rs485',
          unit: 1,
          fields: [{ fn: 3, address: 0, type: 'f32', order: 'CDAB', key: 'v', unit: 'V' }],
        },
      ],
    },
  },
];
