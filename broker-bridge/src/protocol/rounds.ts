/**
 * Rounds as a table: the first row whose state, input and guard fit decides. `round` names the row of
 * protocol-rounds.md that it is, so the two can be read side by side; '-' marks what is ours beside them.
 */
export interface Row<S extends { phase: string }, I extends { on: string }, E> {
  in: readonly S['phase'][];
  on: I['on'];
  /** Absent: always. */
  when?: (state: S, input: I) => boolean;
  round: string;
  /** The Terminate row that ends the exchange with this, where it does. */
  ends?: string;
  to: S['phase'] | 'same';
  /** Other members of the state that change. */
  set?: (state: S, input: I) => Partial<Omit<S, 'phase'>>;
  effects: (state: S, input: I) => E[];
}

/** A row for what is not of interest in a state: said, not forgotten. */
export const NOTHING = (): never[] => [];

export interface Step<S, E> {
  state: S;
  effects: E[];
  round: string;
  ends?: string;
}

/** Pure: the next state and what to do, by the first row that fits. A pair without a row is a mistake in the table. */
export function decide<S extends { phase: string }, I extends { on: string }, E>(
  table: readonly Row<S, I, E>[],
  state: S,
  input: I,
): Step<S, E> {
  for (const row of table) {
    if (row.on !== input.on || !row.in.includes(state.phase)) continue;
    if (row.when !== undefined && !row.when(state, input)) continue;
    const phase = row.to === 'same' ? state.phase : row.to;
    return {
      state: { ...state, ...row.set?.(state, input), phase },
      effects: row.effects(state, input),
      round: row.round,
      ...(row.ends === undefined ? {} : { ends: row.ends }),
    };
  }
  throw new TypeError(`no row for ${input.on} in ${state.phase}`);
}
