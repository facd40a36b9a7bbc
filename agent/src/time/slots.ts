/** A sample that comes this late after its slot still says the slot's time, in ms; a tenth of the period when that is shorter. */
export const ON_TIME_MS = 100;
/** A clock that goes back makes a sample wait for at most so many periods; beyond that the slots are numbered anew. */
export const WAIT_PERIODS = 2;

/** Milliseconds until the next multiple of the period on the wall clock, at least a tenth of the period. Pure. */
export function untilNext(wall: number, period: number): number {
  const rest = period - (wall % period);
  return rest < period / 10 ? rest + period : rest;
}

/**
 * The next slot, a multiple of the period, in Unix ms. A slot that has its sample gets no second one when the clock goes back a
 * little (a leap second, a correction). When it goes back far, waiting for it to come back would be a stall: the slots start anew. Pure.
 * @param last timestamp of the sample before, undefined before the first
 */
export function nextSlot(now: number, period: number, last: number | undefined): number {
  const next = now + untilNext(now, period);
  if (last === undefined) return next;
  const taken = last - (last % period);
  if (next > taken) return next;
  return taken + period - now <= WAIT_PERIODS * period ? taken + period : next;
}

/** Whether a sample that starts now says its slot as its time; else it says what time it is. Pure. */
export function isOnTime(now: number, slot: number, period: number): boolean {
  const late = now - slot;
  return late >= 0 && late <= Math.min(ON_TIME_MS, period / 10);
}
