import type { BlockFacts } from './block.ts';
import { type Gap, gapsOf } from './gaps.ts';
import { beginNumbers, laterOf, type Numbers } from './numbers.ts';
import type { Recovered } from './ram-journal.ts';
import type { Found } from './read-folder.ts';
import type { OutboxRecord } from './record.ts';

export interface StartPlan {
  numbers: Numbers;
  /** Records that may be lost with the power, or with the file of numbers. */
  gap?: Gap;
  /** What the journal holds that is not taken over: of another run, or of a newer version. */
  given: Gap[];
  /** The journal is of another run: it goes, once `given` is noted. */
  stale: boolean;
  /** Records that the journal holds and the disk does not. */
  inRam: OutboxRecord[];
  /** The highest number that the last segment on disk may have held. */
  tailLast: number;
}

/** How the outbox goes on from what a run before left on disk and in RAM. Pure. */
export function planStart(
  { numbers: onDisk, numbersDamaged, segments, last }: Found,
  recovered: Recovered = { records: [], unread: [], numbers: undefined },
  fresh: { stream: Uint8Array; now: number; exposed: number },
): StartPlan {
  const journal = recovered.numbers;
  // It is written before the disk each time: an older one is of another run, and half of what it says is over.
  const whole = journal !== undefined && (onDisk === undefined || journal.serial >= onDisk.serial);
  // What is on disk was committed in order: of the journal only what came after it is not there.
  const inRam = whole ? recovered.records.filter(({ number }) => number > last) : [];
  const tail = segments.at(-1);
  const { numbers, ...lost } = beginNumbers(
    whole ? laterOf(journal, onDisk) : onDisk,
    {
      last: inRam.at(-1)?.number ?? last,
      stream: tail?.stream,
      newest: tail?.timed ? tail.newest : 0,
      whole,
      damaged: numbersDamaged && !whole,
    },
    fresh,
  );
  const begun = inRam[0]?.number ?? numbers.next;
  return {
    ...lost,
    numbers: { ...numbers, exposed: Math.max(fresh.exposed, inRam.length), begun },
    given: [...(whole ? [] : gapsOf(recovered.records, 'stopped')), ...recovered.unread.map(gapOfBlock)],
    stale: !whole && recovered.records.length + recovered.unread.length > 0,
    inRam,
    // Behind the last block: what a kill tore is in the journal, and what is not was damaged.
    tailLast: numbers.clean || whole ? Math.max(last, begun - 1) : last,
  };
}

const gapOfBlock = ({ stream, first, last, count, oldest, newest }: BlockFacts): Gap => ({
  stream,
  from: first,
  to: last,
  count,
  since: Math.max(0, oldest),
  until: Math.max(0, newest),
  why: 'damaged',
});
