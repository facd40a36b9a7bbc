import type { Benchmark } from './benchmark.ts';
import { numberOption } from './options.ts';
import { alignedTable, digits, type Figure, type Findings, range } from './report.ts';
import type { Spread } from './statistics.ts';
import { BATCH, helloSizes, recordSizes, type SizeRow } from './wire-sizes.ts';
import { helloTimes, OPERATIONS, type OperationName, recordTimes, type TimedCase } from './wire-times.ts';

const NAMES = Object.keys(OPERATIONS) as OperationName[];
const slug = (words: string): string => words.toLowerCase().replaceAll(' ', '-');
const titleOf = (records: number): string => (records === 1 ? 'single' : `batch of ${records}`);
const nameOf = ({ board, records }: { board: string; records: number }): string =>
  `${slug(board)}.${records === 1 ? 'single' : `batch-${records}`}`;
const micro = (nanoseconds: number): number => nanoseconds / 1000;

function sizeTable(rows: SizeRow[]): string {
  return alignedTable(
    ['VALUES', 'MESSAGE', 'PERCH B/RECORD', 'JSON B/RECORD', 'RATIO'],
    rows.map((row) => [
      ...[row.board, titleOf(row.records), digits(row.perch), digits(row.json)],
      digits(row.perch / row.json),
    ]),
    2,
  );
}

function sizeFigures(rows: SizeRow[]): Figure[] {
  return rows.flatMap((row) => {
    const [name, json] = [`${nameOf(row)}.bytes`, `${nameOf(row)}.json-bytes`];
    return [
      { name, value: row.perch, unit: 'B/record' },
      { name: json, value: row.json, unit: 'B/record' },
      { name: `${name}-ratio`, value: row.perch / row.json, unit: 'ratio', ratioTo: json },
    ];
  });
}

const microSpread = ({ median, least, most }: Spread): Spread => ({
  ...{ median: micro(median), least: micro(least), most: micro(most) },
});

function timeTable(cases: TimedCase[]): string {
  const rows = cases.flatMap(({ board, records, times }) =>
    NAMES.map((operation) => {
      const { median } = times[operation];
      const { json, cbor } = OPERATIONS[operation];
      return [
        ...[board, titleOf(records), operation, digits(micro(median)), range(microSpread(times[operation]))],
        ...[micro(median) / records, median / times[json].median, median / times[cbor].median].map(digits),
      ];
    }),
  );
  return alignedTable(
    ['VALUES', 'MESSAGE', 'OPERATION', 'US/MESSAGE', 'MIN-MAX', 'US/RECORD', 'RATIO TO JSON', 'TO CBOR-X'],
    rows,
    3,
  );
}

function timeFigures(cases: TimedCase[]): Figure[] {
  return cases.flatMap(({ board, records, times }) => {
    const figureOf = (what: string): string => `${nameOf({ board, records })}.${slug(what)}`;
    const plain = (Object.keys(times) as (keyof typeof times)[]).map((what) => ({
      ...{ name: figureOf(what), value: micro(times[what].median), unit: 'us/message' },
    }));
    const ratios = NAMES.flatMap((operation) =>
      (['json', 'cbor'] as const).map((reference) => {
        const to = OPERATIONS[operation][reference];
        const value = times[operation].median / times[to].median;
        return {
          name: `${figureOf(operation)}-to-${reference}`,
          value,
          unit: 'ratio',
          ratioTo: figureOf(to),
        };
      }),
    );
    return [...plain, ...ratios];
  });
}

function hello(rounds: number): Findings {
  const first = helloSizes('first');
  const later = helloSizes('later');
  const { whole, server } = helloTimes(rounds);
  const times = [
    { title: 'whole handshake, both ends', name: 'hello.whole', time: whole },
    { title: "the server's part", name: 'hello.server', time: server },
  ];
  const text = [
    alignedTable(
      ['HELLO', 'REQUEST B', 'REPLY B'],
      [
        ['first: secret, reply with config', digits(first.request), digits(first.reply)],
        ['later: neither', digits(later.request), digits(later.reply)],
      ],
    ),
    alignedTable(
      ['HELLO', 'US', 'MIN-MAX', 'RATIO TO WHOLE'],
      times.map(({ title, time }) => [
        ...[title, digits(micro(time.median))],
        range(microSpread(time)),
        digits(time.median / whole.median),
      ]),
    ),
  ].join('\n\n');
  const bytes = (name: string, value: number): Figure => ({ name: `hello.${name}`, value, unit: 'B' });
  const figures = [
    ...[bytes('first.request', first.request), bytes('first.reply', first.reply)],
    ...[bytes('later.request', later.request), bytes('later.reply', later.reply)],
    ...times.map(({ name, time }) => ({ name, value: micro(time.median), unit: 'us' })),
  ];
  return { figures, text };
}

export const wire: Benchmark = {
  name: 'wire',
  summary: 'bytes and times of messages, without a network',
  help: `
Bytes: MQTT payload of a sealed Monitor Record with one record, and per record in a batch of ${BATCH}, beside the same
record as JSON: {"version","configVersion","alias","timestamp","per","values":{"name":value}}, not encrypted.
Times: encode, seal (encode, encrypt, envelope), open (the reverse) and decode of one message, beside JSON.stringify and
JSON.parse (text, not bytes) and beside plain cbor-x of the same JSON object. Medians of rounds in which all take turns.`,
  options: { rounds: { value: 'N', help: 'rounds of the times (default: 25)' } },
  async run(values, { progress }) {
    const rounds = numberOption(values, 'rounds', 25, { least: 1, most: 1000 });
    const sizes = recordSizes();
    const times = recordTimes(rounds, (share) => progress(`wire: times, ${Math.round(share * 100)} %`));
    progress('wire: Hello');
    const greeting = hello(rounds);
    return {
      figures: [...sizeFigures(sizes), ...timeFigures(times), ...greeting.figures],
      text: [sizeTable(sizes), timeTable(times), greeting.text].join('\n\n'),
    };
  },
};
