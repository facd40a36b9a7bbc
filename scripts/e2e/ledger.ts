import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { hex, type OutboxRecord } from '../../agent/src/outbox/record.ts';

/** A record that a board said it took. */
export interface Taken {
  stream: string; // hex
  number: number;
  boot: string; // hex
  timestamp: number;
  sinceBoot?: number;
  /** When the ledger heard of it, on this process's monotonic clock, ms. */
  heard: number;
}

export interface Balance {
  taken: number;
  /** Of what was taken. */
  stored: number;
  /** Not stored, but in a gap that the server was told. */
  gapCounted: number;
  /** The records behind gapCounted. */
  inGaps: Taken[];
  /** Rows of the database that hold a record which another row holds too. */
  duplicated: number;
  /** Neither stored nor in a gap: lost silently. */
  unexplained: number[];
}

interface Row {
  stream: string;
  number: number;
  boot: string;
  timestamp: number;
  since_boot: number | null;
}

/**
 * The promise, checked: a record that was taken is stored exactly once, or in a gap. Boards print what they take
 * (perch-agent run --print-records), the server's database says what became of it.
 */
export class Ledger {
  readonly taken = new Map<string, Taken>();
  #rest = '';

  /** Notes the records that a board prints. */
  follow(output: Readable): void {
    this.#rest = '';
    output.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? ''; // what a kill cut off was not said
      for (const line of lines) if (line.startsWith('{"stream"')) this.#take(JSON.parse(line) as Taken);
    });
  }

  /** Notes a line of a console, if it is a whole record; what else is said there may have broken it. */
  line(text: string): void {
    if (!text.startsWith('{"stream"')) return;
    let record: Taken;
    try {
      record = JSON.parse(text) as Taken;
    } catch {
      return;
    }
    this.#take(record);
  }

  /** Notes one record. */
  note({ stream, boot, ...record }: OutboxRecord): void {
    this.#take({ ...record, stream: hex(stream), boot: hex(boot) });
  }

  #take({ stream, number, boot, timestamp, sinceBoot }: Omit<Taken, 'heard'>): void {
    this.taken.set(`${stream}/${number}/${boot}`, {
      stream,
      number,
      boot,
      timestamp,
      heard: performance.now(),
      ...(sinceBoot === undefined ? {} : { sinceBoot }),
    });
  }

  /**
   * @param database file of the server
   * @param heardBefore only of what was heard before that
   */
  balance(database: string, alias: string, heardBefore = Number.POSITIVE_INFINITY): Balance {
    const db = new DatabaseSync(database, { readOnly: true });
    try {
      db.exec('PRAGMA busy_timeout = 5000');
      const rows = db
        .prepare('SELECT stream, number, boot, timestamp, since_boot FROM records WHERE alias = ?')
        .all(alias) as unknown as Row[];
      const gaps = db
        .prepare('SELECT stream, "from", "to" FROM gaps WHERE alias = ?')
        .all(alias) as unknown as {
        stream: string;
        from: number;
        to: number;
      }[];
      const taken = [...this.taken.values()].filter(({ heard }) => heard < heardBefore);
      return balanceOf(taken, rows, gaps);
    } finally {
      db.close();
    }
  }
}

/** A record wherever it is stored: where the numbers of a stream went back, it is under another stream. */
const nameOf = (number: number, boot: string, sinceBoot: number | null, timestamp: number): string =>
  `${number}/${boot}/${sinceBoot ?? timestamp}`;

function balanceOf(
  taken: Taken[],
  rows: Row[],
  gaps: { stream: string; from: number; to: number }[],
): Balance {
  const stored = new Map<string, number>();
  for (const { number, boot, since_boot, timestamp } of rows) {
    const name = nameOf(number, boot, since_boot, timestamp);
    stored.set(name, (stored.get(name) ?? 0) + 1);
  }
  let found = 0;
  const counted: Taken[] = [];
  const unexplained: number[] = [];
  for (const one of taken) {
    const { stream, number, boot, sinceBoot, timestamp } = one;
    const inGap = gaps.some((gap) => gap.stream === stream && gap.from <= number && number <= gap.to);
    if (stored.has(nameOf(number, boot, sinceBoot ?? null, timestamp))) found += 1;
    else if (inGap) counted.push(one);
    else unexplained.push(number);
  }
  const duplicated = [...stored.values()].reduce((sum, count) => sum + count - 1, 0);
  return {
    taken: taken.length,
    stored: found,
    gapCounted: counted.length,
    inGaps: counted,
    duplicated,
    unexplained,
  };
}
