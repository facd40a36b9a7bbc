import type { KernelTime } from '../native/types.ts';

/** adjtimex(2): the clock is not synchronised. */
const STA_UNSYNC = 0x0040;
/** adjtimex(2): `offset` is in ns, not in us. */
const STA_NANO = 0x2000;
const TIME_ERROR = 5;

/** What the kernel knows of its own wall clock. */
export interface KernelClock {
  /** A time server's client disciplines it. */
  synchronised: boolean;
  /** Phase that is still to be corrected, in ms. */
  offsetMs?: number;
  /** Greatest error the client reckons with, in ms. */
  maxErrorMs?: number;
}

/**
 * Reads what adjtimex(2) gave. A leap second under way (TIME_INS to TIME_WAIT) is no fault. The kernel sets STA_UNSYNC by itself
 * when it was not disciplined for about 9 hours (16 s of maxerror at 500 us/s). Pure.
 */
export function kernelClock({ state, status, offset, maxerror }: KernelTime): KernelClock {
  return {
    synchronised: state !== TIME_ERROR && (status & STA_UNSYNC) === 0,
    offsetMs: offset / ((status & STA_NANO) === 0 ? 1e3 : 1e6),
    maxErrorMs: maxerror / 1e3,
  };
}
