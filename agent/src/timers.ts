/** Timers as an interface, so that tests can run the agent in virtual time. Milliseconds on a clock that never goes back. */
export interface Timers {
  /** Runs something once, `ms` from now. @returns what `clear` takes */
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export const systemTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
