import type { Reason, Value } from '../protocol/values.ts';

/** A value that a device gives, as its datasheet promises it. */
export type ValueSpec = {
  /** Its name, unless the config gives another: a letter, then letters, digits or _. */
  key: string;
  /** UCUM unit; none for text. */
  unit?: string;
  /** Lowest and highest value that the device can truly say; others are reported as `range`. */
  range?: readonly [number, number];
  /** A few words for people. */
  about: string;
};

/** A value that could not be had in this reading, and why. */
export class Absent {
  readonly reason: Reason;
  constructor(reason: Reason) {
    this.reason = reason;
  }
}
export const absent = (reason: Reason): Absent => new Absent(reason);

/** One reading of a device, by the keys of its ValueSpecs. A key that is left out counts as `missing`. */
export type Reading = Record<string, Value | Absent>;
