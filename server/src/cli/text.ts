import { stripVTControlCharacters, styleText } from 'node:util';
import type { RecordRow } from '../store/contract.ts';

type Colour = 'green' | 'yellow' | 'red' | 'gray' | 'bold';

/** Colours text for standard output: only when that is a terminal, and not with NO_COLOR. */
export const colour = (style: Colour, text: string): string =>
  styleText(style, text, { stream: process.stdout });

/**
 * Text from a board or a file, safe for a terminal: control characters, which could move the cursor or worse, and those
 * that turn the direction of writing become "?".
 */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');

const width = (cell: string): number => [...stripVTControlCharacters(cell)].length;

/** Columns under their titles, two spaces apart; a column without content is left out. */
export function table(titles: string[], rows: string[][]): string {
  const used = titles.map((_, column) => rows.some((row) => row[column] !== ''));
  const pick = (row: string[]): string[] => row.filter((_, column) => used[column]);
  const lines = [pick(titles), ...rows.map(pick)];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => width(line[column]!))));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell)))
      .join('  ')
      .trimEnd(),
  );
  return [colour('bold', text[0]!), ...text.slice(1)].join('\n');
}

/** UTC to the second, such as 2026-01-31 10:20:30Z. */
export const timeText = (ms: number): string => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
};

const AGES: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** A span in its largest whole unit, such as 5m or 7d. */
export function spanText(ms: number): string {
  const [unit, size] = AGES.find(([, least]) => ms >= least) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}

/** Bytes in MiB or KiB with one decimal. */
export const sizeText = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MiB` : `${(bytes / 1024).toFixed(1)} KiB`;

/** The values of a record on one line: `name=value`, and `name!reason` for what could not be read. */
export function valuesText(row: Pick<RecordRow, 'values' | 'errors'>): string {
  const values = Object.entries(row.values).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(value) : value}`,
  );
  const errors = Object.entries(row.errors).map(([name, reason]) => `${name}!${reason}`);
  return printable([...values, ...errors].join(' '));
}

/** The time of a record; "~" when the board's clock was not set. */
export const recordTime = (row: Pick<RecordRow, 'timestamp' | 'synchronised'>): string =>
  `${timeText(row.timestamp)}${row.synchronised ? '' : '~'}`;
