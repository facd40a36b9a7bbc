import type { RecordCursor } from '../store/hour-contract.ts';

/** What a cursor in a URL looks like. */
export const CURSOR_PATTERN = '^-?[0-9]{1,16}\\.[0-9a-f]{16}\\.[0-9]{1,16}$';

/** Pure. */
export const cursorText = ({ timestamp, stream, number }: RecordCursor): string =>
  `${timestamp}.${stream}.${number}`;

/** Of a text that fits CURSOR_PATTERN. Pure. */
export function cursorOf(text: string): RecordCursor {
  const [timestamp, stream, number] = text.split('.');
  return { timestamp: Number(timestamp), stream: stream!, number: Number(number) };
}
