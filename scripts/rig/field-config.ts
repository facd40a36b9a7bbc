import type { ModbusSlave } from '../../agent/src/sensors/testing/modbus-slave.ts';
import { SimulatedMux } from '../../agent/src/sensors/testing/simulated-i2c.ts';
import { CHANGEABLE, simOf } from './bus/chips.ts';
import { energyMeter, Gps, METER } from './bus/devices.ts';
import type { FieldBoard } from './field.ts';
import { SERIAL_PORTS } from './machine.ts';

const MUX_ADDRESS = 0x70;
const MUX_CHANNEL = 2;

/** A greenhouse on every bus that a board has: what hangs there, and the parts of a config that read it. */
export class Greenhouse {
  readonly air = CHANGEABLE.bme280();
  readonly leaf = CHANGEABLE.sht3x();
  readonly soil = CHANGEABLE.tmp117();
  readonly gps: Gps;
  readonly meter: ModbusSlave;
  /** Host time in ms since 1970 at which the meter began to count seconds. */
  readonly meterBegan = Date.now();

  constructor(board: FieldBoard) {
    const mux = new SimulatedMux();
    mux.channels[MUX_CHANNEL]!.set(this.soil.address, this.soil.chip);
    board.bridge.chips.set(this.air.address, this.air.chip).set(this.leaf.address, this.leaf.chip);
    board.bridge.chips.set(MUX_ADDRESS, mux);
    this.gps = new Gps(board.uart);
    this.meter = energyMeter(board.usb);
  }

  close(): void {
    this.gps.stop();
  }
}

/** Buses of the board by name. */
export const BUSES = {
  i2c: { type: 'i2c', path: '/dev/i2c-0' },
  bed: { type: 'tca9548a', bus: 'i2c', address: `0x${MUX_ADDRESS.toString(16)}`, channel: MUX_CHANNEL },
  uart: { type: 'serial', path: SERIAL_PORTS.uart, baud: 9600 },
  usb: { type: 'serial', match: { usbSerial: 'PERCH1' }, baud: 9600 },
};

export const SYSTEM = { id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'uptime'] };
export const METER_SENSOR = {
  id: 'meter',
  driver: 'modbus',
  bus: 'usb',
  unit: METER.unit,
  fields: [{ fn: 4, address: METER.energy, key: 'e', unit: 'W.h' }],
};

/** Every bus at once. */
export const SENSORS = [
  SYSTEM,
  METER_SENSOR,
  { id: 'air', driver: 'bme280', bus: 'i2c', ...simOf('bme280').sensor },
  { id: 'leaf', driver: 'sht3x', bus: 'i2c', ...simOf('sht3x').sensor },
  { id: 'soil', driver: 'tmp117', bus: 'bed', ...simOf('tmp117').sensor },
  { id: 'gps', driver: 'nmea', bus: 'uart' },
];
