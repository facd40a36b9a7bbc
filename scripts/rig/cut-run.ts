import { alignedTable } from '../bench/report.ts';
import { seeded } from '../fuzz/random.ts';
import { fieldHouse } from './field.ts';
import { CutBoard, type CutReport, noCuts, publishReleases } from './power-cuts.ts';
import { PHASES } from './power-cuts-plan.ts';

/** Cuts of one card, before the next one begins with a fresh one. */
const CUTS_PER_BOARD = 8;
/** Boards that may suffer at once. */
export const BOARDS_LIMIT = 8;

export interface CutRun extends CutReport {
  seed: number;
}

/** Cuts the power of emulated boards so often in all, `atOnce` of them beside each other. */
export async function runCuts(options: {
  cuts: number;
  seed: number;
  atOnce: number;
  signal: AbortSignal;
  progress: (text: string) => void;
}): Promise<CutRun> {
  const undo: (() => Promise<void>)[] = [];
  const report = noCuts();
  try {
    const house = await fieldHouse({ after: (fn) => undo.push(fn) });
    await publishReleases(house);
    let given = 0;
    let boards = 0;
    const work = async (): Promise<void> => {
      while (given < options.cuts && !options.signal.aborted) {
        const cuts = Math.min(CUTS_PER_BOARD, options.cuts - given);
        given += cuts;
        boards += 1;
        const board = new CutBoard(house, `pi-${boards}`, report, (text) =>
          options.progress(`${report.cuts} of ${options.cuts} cuts; ${text}`),
        );
        await board.run(cuts, seeded(options.seed + boards), options.signal);
      }
    };
    await Promise.all(Array.from({ length: options.atOnce }, work));
  } finally {
    for (const fn of undo) await fn();
  }
  return { ...report, seed: options.seed };
}

export const cutsFailed = (report: CutReport): boolean =>
  report.bricked + report.lostOutside + report.duplicated + report.fileSystemErrors + report.faults.length >
  0;

/** The table that a person looks at. Pure. */
export function cutText(report: CutRun): string {
  const rows = [
    ['power cuts', report.cuts],
    ...PHASES.map((phase) => [`  ${phase}`, report.phases[phase]] as const),
    ['bricked', report.bricked],
    ['lost outside the loss window', report.lostOutside],
    ['lost within it, and counted in a gap', report.lostInWindow],
    ['duplicated', report.duplicated],
    ['file system errors', report.fileSystemErrors],
    ['records taken', report.taken],
    ['records stored', report.stored],
    ['boards', report.boards],
    ['  of them on the new release in the end', report.updated],
  ] as const;
  const table = alignedTable(
    ['', `seed ${report.seed}`],
    rows.map(([name, value]) => [name, String(value)]),
  );
  return report.faults.length === 0 ? table : `${table}\n\n${report.faults.join('\n')}`;
}
