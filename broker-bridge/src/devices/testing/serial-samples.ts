import { DSMR } from '../serial/dsmr.ts';
import { NMEA0183 } from '../serial/nmea0183.ts';
import { PMS5003 } from '../serial/pms5003.ts';
import { SDS011 } from '../serial/sds011.ts';
import { VEDIRECT } from '../serial/vedirect.ts';
import type { SerialDevice } from '../serial-device.ts';

/** Samples of what devices send, for tests: each is one whole message and what it says. */
export type SpokenSample = { device: SerialDevice; bytes: Uint8Array; truth: Record<string, unknown> };

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9A-F]{2}/g) ?? [], (two) => Number.parseInt(two, 16));

/** The example telegram of the P1 Companion Standard 5.0.2. It prints EF2F below it; the CRC of these bytes is E47C. */
export const DSMR_EXAMPLE = ascii(
  `/ISk5\\2MT382-1000

1-3:0.2.8(50)
0-0:1.0.0(101209113020W)
0-0:96.1.1(4B384547303034303436333935353037)
1-0:1.8.1(123456.789*kWh)
1-0:1.8.2(123456.789*kWh)
1-0:2.8.1(123456.789*kWh)
1-0:2.8.2(123456.789*kWh)
0-0:96.14.0(0002)
1-0:1.7.0(01.193*kW)
1-0:2.7.0(00.000*kW)
0-0:96.7.21(00004)
0-0:96.7.9(00002)
1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)
1-0:32.32.0(00002)
1-0:52.32.0(00001)
1-0:72.32.0(00000)
1-0:32.36.0(00000)
1-0:52.36.0(00003)
1-0:72.36.0(00000)
0-0:96.13.0(303132333435363738393A3B3C3D3E3F303132333435363738393A3B3C3D3E3F303132333435363738393A3B3C3D3E3F303132333435363738393A3B3C3D3E3F303132333435363738393A3B3C3D3E3F)
1-0:32.7.0(220.1*V)
1-0:52.7.0(220.2*V)
1-0:72.7.0(220.3*V)
1-0:31.7.0(001*A)
1-0:51.7.0(002*A)
1-0:71.7.0(003*A)
1-0:21.7.0(01.111*kW)
1-0:41.7.0(02.222*kW)
1-0:61.7.0(03.333*kW)
1-0:22.7.0(04.444*kW)
1-0:42.7.0(05.555*kW)
1-0:62.7.0(06.666*kW)
0-1:24.1.0(003)
0-1:96.1.0(3232323241424344313233343536373839)
0-1:24.2.1(101209112500W)(12785.123*m3)
!E47C
`.replaceAll('\n', '\r\n'),
);

/** A VE.Direct block with the checksum byte that makes its sum 0 modulo 256. */
export function veBlock(fields: string): Uint8Array {
  const body = ascii(
    `${fields
      .trim()
      .replaceAll(/^/gm, '\r\n')
      .replaceAll(/(?<!\r)\n/g, '\n')}\r\nChecksum\t`,
  );
  const sum = body.reduce((all, byte) => all + byte, 0);
  return Uint8Array.of(...body, -sum & 0xff);
}

/** A PMS5003 frame of these 13 data words: start, length 28, words, and the sum of what comes before it. */
export function pmsFrame(words: readonly number[]): Uint8Array {
  const bytes = [0x42, 0x4d, 0, words.length * 2 + 2, ...words.flatMap((word) => [word >> 8, word & 0xff])];
  const sum = bytes.reduce((all, byte) => all + byte, 0);
  return Uint8Array.of(...bytes, sum >> 8, sum & 0xff);
}

export const SPOKEN: readonly SpokenSample[] = [
  {
    device: DSMR,
    bytes: DSMR_EXAMPLE,
    truth: {
      importT1: 123456.789,
      importT2: 123456.789,
      exportT1: 123456.789,
      exportT2: 123456.789,
      tariff: 2,
      powerImport: 1.193,
      powerExport: 0,
      voltageL1: 220.1,
      voltageL2: 220.2,
      voltageL3: 220.3,
      currentL1: 1,
      currentL2: 2,
      currentL3: 3,
      powerImportL1: 1.111,
      powerImportL2: 2.222,
      powerImportL3: 3.333,
      powerExportL1: 4.444,
      powerExportL2: 5.555,
      powerExportL3: 6.666,
      failures: 4,
      longFailures: 2,
      gas: 12785.123,
      gasTime: '2010-12-09T11:25:00+01:00',
    },
  },
  {
    // The design's vector: 48 deg 07.038' N, 11 deg 31.000' E.
    device: NMEA0183,
    bytes: ascii('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n'),
    truth: {
      latitude: 48.1173,
      longitude: 11.516666667,
      altitude: 545.4,
      hdop: 0.9,
      quality: 1,
      satellites: 8,
    },
  },
  {
    // By hand: CF=1 5, 8, 9; atmospheric 4, 7, 300 (012C); counts 1200, 345, 67, 8, 2, 1.
    device: PMS5003,
    bytes: pmsFrame([5, 8, 9, 4, 7, 300, 1200, 345, 67, 8, 2, 1, 0x9100]),
    truth: {
      pm1Cf1: 5,
      pm25Cf1: 8,
      pm10Cf1: 9,
      pm1: 4,
      pm25: 7,
      pm10: 300,
      particles03: 1200,
      particles05: 345,
      particles10: 67,
      particles25: 8,
      particles50: 2,
      particles100: 1,
    },
  },
  {
    // The design's vector: 04D4 is 1236, 0A3A is 2618, in tenths.
    device: SDS011,
    bytes: hex('AA C0 D4 04 3A 0A A1 60 1D AB'),
    truth: { pm25: 123.6, pm10: 261.8 },
  },
  {
    device: VEDIRECT,
    bytes: veBlock(`PID\t0xA042
V\t12540
I\t-30
VPV\t18540
PPV\t5
CS\t5
ERR\t0
LOAD\tON
H19\t456
H20\t45`),
    truth: {
      voltage: 12.54,
      current: -0.03,
      panelVoltage: 18.54,
      panelPower: 5,
      state: 5,
      error: 0,
      load: true,
      yieldTotal: 4.56,
      yieldToday: 0.45,
    },
  },
];
