import type { Measured } from './board-run.ts';
import { alignedTable, digits, type Figure, type Findings } from './report.ts';

interface Column {
  name: string;
  title: string;
  unit: string;
  value(measured: Measured): number;
  /** As in the table. */
  scale: number;
  /** What a ratio says nothing of. */
  alone?: true;
}

const MIB = 1024 * 1024;
const USE: readonly Column[] = [
  { name: 'first-boot', title: 'FIRST BOOT S', unit: 's', scale: 1, value: (of) => of.firstBoot },
  { name: 'boot', title: 'BOOT S', unit: 's', scale: 1, value: (of) => of.boot },
  { name: 'resident', title: 'RESIDENT MIB', unit: 'MiB', scale: 1, value: (of) => of.resident / MIB },
  { name: 'anonymous', title: 'ANON MIB', unit: 'MiB', scale: 1, value: (of) => of.anonymous / MIB },
  { name: 'cpu', title: 'CPU %', unit: '%', scale: 1, value: (of) => of.share * 100 },
  { name: 'written', title: 'KB/H', unit: 'B/h', scale: 1e-3, value: (of) => of.written },
  { name: 'rate', title: 'VALUES/S', unit: '1/s', scale: 1, value: (of) => of.rate, alone: true },
  { name: 'turns', title: 'RAN %', unit: '%', scale: 1, value: (of) => of.turns * 100, alone: true },
];
const SIZES: readonly Column[] = (
  [
    ['executable', 'EXECUTABLE MB', 1e-6],
    ['installed', 'INSTALLED MB', 1e-6],
    ['package', 'PACKAGE MB', 1e-6],
    ['update', 'UPDATE KB', 1e-3],
  ] as const
).map(([name, title, scale]) => ({
  name,
  title,
  unit: 'B',
  scale,
  value: ({ contender }) => contender.sizes[name],
}));

/** The agent that the others are compared with: the one that reads what they read, if it ran. */
const ours = (all: readonly Measured[]): Measured | undefined =>
  all.find(({ contender }) => contender.name === 'perch-hwmon') ??
  all.find(({ contender }) => contender.name === 'perch');

const isOther = ({ contender }: Measured): boolean => !contender.name.startsWith('perch');

/** A ratio; a very small one as a fraction, since 0.00 says nothing. */
export const ratioText = (ratio: number): string =>
  ratio > 0 && ratio < 0.01 ? `1/${Math.round(1 / ratio)}` : digits(ratio);

function table(columns: readonly Column[], all: readonly Measured[]): string {
  const base = ours(all);
  const rows = all.map((measured) => [
    measured.contender.title,
    ...columns.flatMap(({ value, scale, alone }) => {
      const cell = digits(value(measured) * scale);
      if (alone) return [cell];
      return [cell, base && isOther(measured) ? ratioText(value(base) / value(measured)) : ''];
    }),
  ]);
  const titles = columns.flatMap(({ title, alone }) => (alone ? [title] : [title, 'RATIO']));
  return alignedTable(['ON THE BOARD', ...titles], rows);
}

/** Figures and tables. A ratio is the agent's value by that of the other. */
export function findingsOf(all: readonly Measured[]): Findings {
  const base = ours(all);
  const figures = all.flatMap((measured) =>
    [...USE, ...SIZES].flatMap(({ name, unit, value, alone }): Figure[] => {
      const own = `${measured.contender.name}.${name}`;
      const figure = { name: own, value: value(measured), unit };
      if (alone || base === undefined || !isOther(measured)) return [figure];
      const ratio = value(base) / value(measured);
      return [
        figure,
        {
          name: `${base.contender.name}.${name}.to-${measured.contender.name}`,
          value: ratio,
          unit: 'ratio',
          ratioTo: own,
        },
      ];
    }),
  );
  return { figures, text: [table(USE, all), table(SIZES, all)].join('\n\n') };
}
