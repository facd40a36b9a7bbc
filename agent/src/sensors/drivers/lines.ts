import { LINES, type LinesSensor } from '@perch/broker-bridge/config/driver-lines.ts';
import type { OpenSensor } from '../driver.ts';
import { lineParser } from './line-format.ts';
import { LineSplitter } from './line-splitter.ts';
import { type Message, type MessageParser, openStream } from './stream-source.ts';

/** A port that was quiet for so long after it was opened was joined between two lines, in ms: 300 baud takes 37 ms a byte. */
export const BETWEEN_LINES = 250;

/** Lines of text as messages: a line that has not the form is `malformed`, or passed over where others are expected. */
function linesParser(sensor: LinesSensor, now: number): MessageParser {
  const parse = lineParser(sensor);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const counters = { lines: 0, malformed: 0, skipped: 0 };
  let found: Message[] = [];
  let joined: number | undefined = now;

  const textOf = (line: Uint8Array): string | undefined => {
    try {
      return decoder.decode(line);
    } catch {
      return undefined; // not UTF-8
    }
  };
  const splitter = new LineSplitter(sensor.delimiter ?? '\n', (line) => {
    counters.lines += 1;
    const text = textOf(line);
    const sample = text === undefined ? undefined : parse(text);
    if (sample) found.push({ sample });
    else if (sensor.others === 'skip') counters.skipped += 1;
    else {
      counters.malformed += 1;
      found.push({ reason: 'malformed' });
    }
  });

  return {
    push(chunk, at) {
      if (joined !== undefined && at - joined >= BETWEEN_LINES) splitter.start();
      joined = undefined;
      found = [];
      splitter.push(chunk);
      return found;
    },
    reopened(at) {
      joined = at;
      splitter.join();
    },
    counters: () => ({ ...counters, tooLong: splitter.tooLong }),
  };
}

/** Lines of text from a serial port. */
export const openLines: OpenSensor<LinesSensor> = async (sensor, context) => {
  const keys = LINES.items(sensor).map(({ key }) => key);
  return openStream(keys, linesParser(sensor, context.env.now()), context.serial(), context);
};
