import type { OptionValues } from './options.ts';
import type { Findings } from './report.ts';

/** One name of `npm run bench -- NAME`. */
export interface Benchmark {
  name: string;
  summary: string;
  /** What is measured against what, and how. */
  help: string;
  /** Options with a value, beside --json and --help. */
  options: Record<string, { value: string; help: string }>;
  /** Throws UsageError for an option's value that it does not understand. An abort ends it early, with everything closed. */
  run(values: OptionValues, watch: Watch): Promise<Findings>;
}

export interface Watch {
  /** Shows a line at a terminal. */
  progress(text: string): void;
  /** Aborted when a person has had enough. */
  signal: AbortSignal;
}
