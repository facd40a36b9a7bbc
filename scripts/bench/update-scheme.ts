import type { MeasuredRun } from './measured-run.ts';

export interface Task {
  base: string;
  target: string;
  /** Path of what is made, and start of the names of all that goes with it. */
  patch: string;
  output: string;
  signal: AbortSignal;
}

/** A way to carry an executable to a board that has another one. */
export interface Scheme {
  name: string;
  /** How to get it, undefined for ours. */
  debianPackage?: string;
  make(task: Task): Promise<MeasuredRun & { bytes: number }>;
  /** Makes `output` from `base` and what was made before. `memory` of ours is what it took above idle. */
  apply(task: Task): Promise<MeasuredRun>;
}

/** What was measured with one scheme. */
export interface Row {
  pair: string;
  scheme: string;
  bytes: number;
  made: Pick<MeasuredRun, 'seconds' | 'memory'>;
  applied: Pick<MeasuredRun, 'seconds' | 'memory'>;
}
