import { cpus, totalmem } from 'node:os';
import { styleText } from 'node:util';
import type { Spread } from './statistics.ts';

/** One number that a benchmark found. A ratio has the unit "ratio" and names the figure that it was divided by. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  ratioTo?: string;
}

/** What a benchmark found: figures for programs, and the same as text for people. */
export interface Findings {
  figures: Figure[];
  text: string;
}

/** What the figures were measured on. Without a host name. */
export interface Machine {
  cpu: string;
  cores: number;
  /** bytes */
  memory: number;
  node: string;
}

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() || process.arch,
  cores: cpus().length,
  memory: totalmem(),
  node: process.version,
});

export const machineLine = ({ cpu, cores, memory, node }: Machine): string =>
  `${cpu}, ${cores} cores, ${(memory / 1024 ** 3).toFixed(0)} GiB, Node ${node}`;

/** Three significant digits, and never an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
}

export const range = ({ least, most }: Spread): string => `${digits(least)}-${digits(most)}`;

/** Columns under their titles, two spaces apart: the first `left` to the left, numbers to the right. */
export function alignedTable(titles: string[], rows: string[][], left = 1): string {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const [head, ...body] = lines.map((line) =>
    line
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [styleText('bold', head!, { stream: process.stdout }), ...body].join('\n');
}

/** A line of progress, only for a person at a terminal; undefined clears it. */
export function showProgress(text: string | undefined): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text ?? ''}`);
}
