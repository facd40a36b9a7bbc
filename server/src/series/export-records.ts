import type { RecordRow, Store } from '../store/contract.ts';
import type { RecordCursor } from '../store/hour-contract.ts';
import type { Turns } from './turns.ts';

export type ExportFormat = 'csv' | 'ndjson';

export interface ExportQuery {
  since?: number; // Unix ms
  until?: number;
  order?: 'newest' | 'oldest';
  /** Only these; of records that have none of them nothing is told. */
  items?: readonly string[];
}

/** RFC 4180, section 2: a field with a quote, a comma or a line break stands in quotes. Pure. */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const line = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`;

/** ISO 8601 in UTC; years that it has no form for stay milliseconds. Pure. */
const isoTime = (timestamp: number): string =>
  Math.abs(timestamp) <= 8.64e15 ? new Date(timestamp).toISOString() : String(timestamp);

/** A record with some items only; undefined when it has none of them. Pure. */
export function withItems(row: RecordRow, items: readonly string[] | undefined): RecordRow | undefined {
  if (items === undefined) return row;
  const pick = <V>(all: Record<string, V>): Record<string, V> =>
    Object.fromEntries(items.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name]!]] : [])));
  const [values, errors] = [pick(row.values), pick(row.errors)];
  return Object.keys(values).length + Object.keys(errors).length === 0
    ? undefined
    : { ...row, values, errors };
}

/** How records become lines. Pure. */
interface Writer {
  head: string;
  of(row: RecordRow): string;
}

const ndjson: Writer = {
  head: '',
  of: (row) => `${JSON.stringify(row)}\n`,
};

/** A line for each value or error: which items there are is not known before the end. */
const longCsv: Writer = {
  head: line(['time', 'item', 'value', 'error']),
  of({ timestamp, values, errors }) {
    const time = isoTime(timestamp);
    return [
      ...Object.entries(values).map(([name, value]) => line([time, name, String(value), ''])),
      ...Object.entries(errors).map(([name, reason]) => line([time, name, '', reason])),
    ].join('');
  },
};

/** A line for each record and a column for each item; what has an error is an empty cell. */
const wideCsv = (items: readonly string[]): Writer => ({
  head: line(['time', ...items]),
  of: ({ timestamp, values }) =>
    line([
      isoTime(timestamp),
      ...items.map((name) => (Object.hasOwn(values, name) ? String(values[name]) : '')),
    ]),
});

const writerOf = (format: ExportFormat, items: readonly string[] | undefined): Writer =>
  format === 'ndjson' ? ndjson : items === undefined ? longCsv : wideCsv(items);

/** Records as text, a page at a time: the next one is read when the one before is taken. */
export async function* exportRecords(
  { store, turns }: { store: Store; turns: Turns },
  alias: string,
  format: ExportFormat,
  { items, ...query }: ExportQuery,
): AsyncGenerator<string, void, undefined> {
  const writer = writerOf(format, items);
  if (writer.head !== '') yield writer.head;
  let after: RecordCursor | undefined;
  do {
    await turns.next();
    const page = await store.recordPage(alias, { ...query, ...(after === undefined ? {} : { after }) });
    let text = '';
    for (const row of page.rows) {
      const told = withItems(row, items);
      if (told !== undefined) text += writer.of(told);
    }
    if (text !== '') yield text;
    after = page.next;
  } while (after !== undefined);
}
