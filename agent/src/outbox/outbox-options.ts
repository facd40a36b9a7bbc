import type { Timers } from '../timers.ts';
import type { DiskFiles } from './disk-files.ts';
import type { Numbers } from './numbers.ts';
import type { Durability } from './outbox.ts';
import type { OutboxRecord } from './record.ts';

/** What a DurableOutbox needs of the rest of the agent. */
export interface OutboxOptions {
  folder: string;
  /** A folder in RAM for what is not on disk yet; without it a killed process loses up to a window. */
  ramFolder?: string;
  durability: Durability;
  now(): { timestamp: number; synchronised: boolean };
  monotonic(): number; // ms
  timers: Timers;
  random(): number;
  randomBytes(length: number): Uint8Array;
  /** Gives a record the time that it was taken at, if that is known by now. */
  repair(record: OutboxRecord, boots: Numbers['boots']): OutboxRecord;
  /** More can be sent than before. */
  ready(): void;
  note(text: string): void;
  /** The calls to the disk, for tests that cut them. */
  files?: DiskFiles | undefined;
}
