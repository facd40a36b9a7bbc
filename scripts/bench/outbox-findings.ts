import { type Drained, READERS, type ReaderName } from './outbox-reads.ts';
import { PERIOD } from './outbox-records.ts';
import { WRITERS, type WriterName } from './outbox-writes.ts';
import { alignedTable, digits, type Figure, range } from './report.ts';
import { spreadOf } from './statistics.ts';

const PER_DAY = 86_400_000 / PERIOD;
const MIB = 1024 * 1024;

const WRITES: Record<WriterName, string> = {
  'perch-ok': 'perch, server OKs each record',
  'perch-30s': 'perch, server away, window 30 s',
  'perch-5s': 'perch, server away, window 5 s',
  'perch-0s': 'perch, server away, window 0 s',
  sqlite: 'SQLite, a commit for each record',
  append: 'append and fsync for each record',
};
const WHO: Record<ReaderName, string> = { perch: 'perch', sqlite: 'SQLite' };

/** An outbox of that size, and how long both sides took to start with it. */
export interface Started {
  bytes: number;
  records: number;
  ms: Record<ReaderName, number[]>;
}

type PerRecord = Record<WriterName, number>;
type Drains = Record<ReaderName, Drained[]>;

/** `measure`: what counted them. */
export const writeFigures = (bytes: PerRecord, measure: 'loop' | 'process'): Figure[] =>
  WRITERS.flatMap((who): Figure[] => [
    { name: `write.${measure}.${who}.record`, value: bytes[who], unit: 'bytes' },
    { name: `write.${measure}.${who}.day`, value: bytes[who] * PER_DAY, unit: 'bytes' },
    ...(who === 'append'
      ? []
      : [
          {
            name: `write.${measure}.${who}.ratio`,
            value: bytes[who] / bytes.append,
            unit: 'ratio',
            ratioTo: `write.${measure}.append.record`,
          },
        ]),
  ]);

/** `why`: why no loop device was measured, if none was. */
export function writeTable(bytes: PerRecord, records: number, why: string | undefined): string {
  const measure =
    why === undefined
      ? 'sectors that a loop device with ext4 was given'
      : `write_bytes of each process, without the journal of the file system; not what a loop device was given: ${why}`;
  const rows = WRITERS.map((who) => [
    WRITES[who],
    digits(bytes[who]),
    digits((bytes[who] * PER_DAY) / 1e6),
    (bytes[who] / bytes.append).toPrecision(2),
  ]);
  return [
    `${records} records of ten numbers, one in 10 s; measured: ${measure}`,
    alignedTable(['TO THE DISK', 'BYTES PER RECORD', 'MB PER DAY', 'RATIO TO APPEND'], rows),
  ].join('\n');
}

const rates = (drains: readonly Drained[]): number[] =>
  drains.map(({ records, ms }) => (records * 1_000) / ms);
const growths = (drains: readonly Drained[]): number[] => drains.map(({ growth }) => growth / MIB);
const liveOf = (drains: readonly Drained[]): number => spreadOf(drains.map(({ live }) => live / MIB)).median;
const rateOf = (drains: readonly Drained[]): number => spreadOf(rates(drains)).median;

export const drainFigures = (drains: Drains): Figure[] => [
  ...READERS.flatMap((who): Figure[] => [
    { name: `drain.${who}.rate`, value: rateOf(drains[who]), unit: 'records/s' },
    { name: `drain.${who}.growth`, value: spreadOf(growths(drains[who])).median, unit: 'MiB' },
    { name: `drain.${who}.live`, value: liveOf(drains[who]), unit: 'MiB' },
  ]),
  {
    name: 'drain.ratio',
    value: rateOf(drains.perch) / rateOf(drains.sqlite),
    unit: 'ratio',
    ratioTo: 'drain.sqlite.rate',
  },
];

export function drainTable(drains: Drains, records: number): string {
  const rows = READERS.map((who) => [
    WHO[who],
    digits(rateOf(drains[who])),
    range(spreadOf(rates(drains[who]))),
    digits(rateOf(drains[who]) / rateOf(drains.sqlite)),
    digits(spreadOf(growths(drains[who])).median),
    range(spreadOf(growths(drains[who]))),
    digits(liveOf(drains[who])),
  ]);
  const titles = [
    `DRAIN OF ${records}`,
    'RECORDS/S',
    'MIN-MAX',
    'RATIO',
    'RESIDENT MIB',
    'MIN-MAX',
    'LIVE MIB',
  ];
  return alignedTable(titles, rows);
}

const megabytes = ({ bytes }: Started): number => bytes / 1e6;

export function recoveryFigures(started: Started): Figure[] {
  const name = (rest: string): string => `start.${megabytes(started)}mb.${rest}`;
  const median = (who: ReaderName): number => spreadOf(started.ms[who]).median;
  return [
    ...READERS.map((who) => ({ name: name(who), value: median(who), unit: 'ms' })),
    {
      name: name('ratio'),
      value: median('perch') / median('sqlite'),
      unit: 'ratio',
      ratioTo: name('sqlite'),
    },
  ];
}

export function recoveryTable(all: readonly Started[]): string {
  const rows = all.flatMap((started) =>
    READERS.map((who) => {
      const { median } = spreadOf(started.ms[who]);
      const ratio = median / spreadOf(started.ms.sqlite).median;
      const size = `${megabytes(started)} MB, ${started.records} records`;
      return [size, WHO[who], digits(median), range(spreadOf(started.ms[who])), digits(ratio)];
    }),
  );
  return alignedTable(['START WITH', '', 'FIRST BATCH MS', 'MIN-MAX', 'RATIO'], rows, 2);
}
