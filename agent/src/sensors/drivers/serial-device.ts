import { chosenValues } from '@perch/broker-bridge/config/driver-chip.ts';
import type { SerialSensor } from '@perch/broker-bridge/config/driver-serial.ts';
import type { Reading } from '@perch/broker-bridge/devices/reading.ts';
import {
  ANSWER_TIMEOUT,
  type SerialDevice,
  type SerialPort,
  type Speaker,
} from '@perch/broker-bridge/devices/serial-device.ts';
import type { SerialBus } from '../buses/serial.ts';
import type { OpenSensor } from '../driver.ts';
import { SensorFault, toFault } from '../fault.ts';
import { sampleOf } from './chip.ts';
import { type MessageParser, openStream } from './stream-source.ts';

type Values = ReturnType<typeof chosenValues>;

/** Silence before a request, in characters: what was under way is over. */
const PAUSE_CHARACTERS = 3.5;

/** A device's messages with the sensor's own names and ranges. Values that a message does not tell are left as they were. */
function deviceParser(speaker: Speaker, values: Values): MessageParser {
  const decoder = speaker.decoder();
  const counters = { crc: 0, malformed: 0 };
  const told = (reading: Reading): Values => values.filter(({ name }) => Object.hasOwn(reading, name));
  return {
    *push(chunk, now) {
      for (const message of decoder.push(chunk, now)) {
        if ('reason' in message) {
          counters[message.reason] += 1;
          yield message;
        } else yield { sample: sampleOf(told(message.reading), message.reading) };
      }
    },
    reopened: () => decoder.reset(),
    counters: () => ({ ...counters }),
  };
}

/** The port as a device's driver sees it. */
function portOf(bus: SerialBus, kin: string): SerialPort {
  const pause = PAUSE_CHARACTERS * bus.characterTime;
  return {
    ask: (request, find, broken) =>
      bus.exchange({
        request: Uint8Array.from(request),
        answer: find,
        fault: (heard) => new SensorFault(broken(heard), `what came is no good answer of ${kin}`),
        timeout: ANSWER_TIMEOUT,
        pause,
        who: kin,
        kin,
      }),
    async send(bytes) {
      await bus.exchange({ request: Uint8Array.from(bytes), timeout: 0, pause, who: kin, kin });
    },
  };
}

/** Opens a built-in device on a serial port. */
export const openSerialDevice =
  (device: SerialDevice): OpenSensor<SerialSensor> =>
  async (sensor, context) => {
    const values = chosenValues(device.values(sensor), sensor);
    const bus = context.serial();
    const port = portOf(bus, device.driver);
    const talk = device.talk(sensor);
    if (talk.by === 'itself') {
      const { greeting } = talk;
      const greet = (): void => {
        if (greeting)
          port.send(greeting).catch((error: Error) => {
            context.env.log('warn', 'a device was not set up', { sensor: sensor.id, why: error.message });
          });
      };
      const keys = values.map(({ key }) => key);
      return openStream(keys, deviceParser(talk, values), bus, context, greet);
    }
    let setUpFor = -1;
    return {
      async read() {
        try {
          if (talk.setUp && setUpFor !== bus.counters().portOpens) await talk.setUp(port);
          setUpFor = bus.counters().portOpens;
          return sampleOf(values, await talk.read(port));
        } catch (error) {
          throw toFault(error, {});
        }
      },
      close: async () => {},
      counters: () => bus.counters(),
    };
  };
