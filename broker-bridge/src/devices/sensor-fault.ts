import type { Reason } from '../protocol/values.ts';

/** Why a sensor gave nothing: a reason of the wire, and words for the log. */
export class SensorFault extends Error {
  readonly reason: Reason;
  /** True where a kernel driver holds the device, so that the rest of its bus is fine. */
  readonly held: boolean;
  constructor(reason: Reason, detail: string, held = false) {
    super(detail);
    this.held = held;
    this.name = 'SensorFault';
    this.reason = reason;
  }
}
