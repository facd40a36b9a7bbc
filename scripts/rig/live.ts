import { setTimeout as sleep } from 'node:timers/promises';
import { VERSION } from '../../agent/src/version.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import type { StoredRecord } from '../e2e/house.ts';
import { FieldBoard, fieldHouse } from './field.ts';
import { BUSES, Greenhouse, SENSORS } from './field-config.ts';

const LOOK_MS = 1_000;

export interface LiveOptions {
  alias: string;
  clock: string | undefined;
  /** Ends after so many stored records. */
  records: number;
  signal: AbortSignal;
}

const valueText = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(9))) : JSON.stringify(value);

const recordText = ({ alias, timestamp, values, errors }: StoredRecord): string =>
  [
    alias,
    new Date(timestamp).toISOString(),
    ...Object.entries(values).map(([item, value]) => `${item}=${valueText(value)}`),
    ...Object.entries(errors).map(([item, reason]) => `${item}:${reason}`),
  ].join(' ');

/** A board to look at: its console and what the server stores of it, on standard output, until it is told to end. */
export async function live({ alias, clock, records, signal }: LiveOptions): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    console.log('rig: building the agent and making the board');
    await e2eExecutable('linux-arm64', VERSION, (text) => console.log(`rig: ${text}`));
    const house = await fieldHouse({ after: (fn) => undo.push(fn) });
    const config = { period: '2s', buses: BUSES, sensors: SENSORS };
    const set = await house.command(
      'config',
      'set',
      alias,
      house.file('config.json', JSON.stringify(config)),
    );
    if (set.code !== 0) throw new Error(set.output.trim());
    const board = await FieldBoard.flash(house, alias, {
      version: VERSION,
      onConsole: (text) => process.stdout.write(text),
      ...(clock === undefined ? {} : { clock }),
    });
    undo.unshift(() => board.close());
    const greenhouse = new Greenhouse(board);
    undo.unshift(async () => greenhouse.close());
    await board.start();
    board.bridge.plug().catch((error: Error) => console.error(`rig: ${error.message}`));
    console.log(`rig: the server's folder is ${house.data}, its broker is at port ${house.broker.port}`);
    const told = new Set<number>();
    while (!signal.aborted && told.size < records) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
      if (!board.machine.running) throw new Error('the board went off');
      for (const record of await house.records(alias)) {
        if (told.has(record.number) || told.size >= records) continue;
        told.add(record.number);
        console.log(recordText(record));
      }
    }
  } finally {
    for (const fn of undo) await fn();
  }
}
