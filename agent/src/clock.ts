import { existsSync } from 'node:fs';

export { bootId } from './time/boot-id.ts';

/** A clock this close to the server's counts as set. */
export const SYNCHRONISED_WITHIN_MS = 5_000;
/** systemd-timesyncd leaves this file once it has set the clock. */
const TIMESYNC_FILE = '/run/systemd/timesync/synchronized';

/** The board's clocks, and whether its wall clock can be believed. */
export class Clock {
  #agrees = false;

  /** Unix ms. */
  wall(): number {
    return Date.now();
  }

  /** Monotonic ms. */
  monotonic(): number {
    return performance.now();
  }

  /** The server told its time in Hello; half the round trip is how old that is. */
  compare(serverTime: number, roundTrip: number): void {
    this.#agrees = Math.abs(serverTime + roundTrip / 2 - this.wall()) < SYNCHRONISED_WITHIN_MS;
  }

  get synchronised(): boolean {
    return this.#agrees || existsSync(TIMESYNC_FILE);
  }
}
