import type { SerialDevice } from '../serial-device.ts';
import { DSMR } from './dsmr.ts';
import { MHZ19 } from './mhz19.ts';
import { NMEA0183 } from './nmea0183.ts';
import { PMS5003 } from './pms5003.ts';
import { SDS011 } from './sds011.ts';
import { VEDIRECT } from './vedirect.ts';

/** Every built-in device on a serial port. A new one is one file here and one line. */
export const SERIAL_DEVICES: readonly SerialDevice[] = [DSMR, MHZ19, NMEA0183, PMS5003, SDS011, VEDIRECT];
