import type { StepRow } from '../../store/rollout-contract.ts';
import { type BookFacts, RolloutBook, type Said } from '../book.ts';
import type { Rollout, RolloutSpec, RolloutState, Target } from '../facts.ts';

export const HOUR = 3_600_000;
export const NOW = 1_790_000_000_000;
export const ARM = 'linux-arm64';

export const target = (version: string, sequence: number, more: Partial<Target> = {}): Target => ({
  ...{ platform: ARM, version, sequence, created: NOW - 1000, ...more },
});
export const TARGETS = [target('0.1.0', 1, { mayReplace: 2 }), target('0.2.0', 2), target('0.3.0', 3)];

export const LIMITS: RolloutSpec['limits'] = {
  ...{ failures: 0.1, silent: 0.1, least: 2, silence: 36 * HOUR, enough: 0.8, atOnce: 100, tries: 3 },
};
export const RUNNING: RolloutState = { phase: 'running', wave: 0, cut: 1, since: NOW };
export const rolloutOf = (
  spec: Partial<RolloutSpec> = {},
  state: RolloutState = RUNNING,
  id = 1,
): Rollout => ({
  ...{ id, state, created: NOW, revision: 1 },
  spec: { version: '0.2.0', waves: [{ percent: 100, soak: HOUR }], limits: LIMITS, ...spec },
});

interface Bench {
  book: RolloutBook;
  stored: StepRow[];
  /** A board says that it runs a version; what is it told? */
  hears(alias: string, version: string, update?: Said['update'], at?: number): string | undefined;
}

export function benchOf(facts: Partial<BookFacts>): Bench {
  const stored: StepRow[] = [];
  const book = new RolloutBook(
    {
      targets: TARGETS,
      rollouts: [],
      pins: [],
      since: facts.rollouts ? { '*': NOW } : {},
      steps: [],
      listening: 0,
      ...facts,
    },
    { step: (row) => void stored.push(row), state: () => {} },
  );
  return {
    book,
    stored,
    hears(alias, version, update, at = NOW) {
      book.heard(alias, { platform: ARM, version, ...(update === undefined ? {} : { update }) }, at);
      book.tick(at);
      return book.wanted(alias, at)?.version;
    },
  };
}

export const failed = (sequence: number, code: NonNullable<Said['update']>['code']): Said['update'] => ({
  ...{ sequence, state: 'failed' as const, ...(code === undefined ? {} : { code }) },
});
