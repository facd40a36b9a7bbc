import type { StepRow } from '../store/rollout-contract.ts';
import type { Board, Pin, Rollout, RolloutState, Step, Target } from './facts.ts';
import { OWN_TRIES, PUSHED_PER_TICK } from './limits.ts';
import { placeOf } from './place.ts';
import {
  type Decision,
  decide,
  type Policy,
  type Rule,
  ruleOf,
  selects,
  stepOf,
  type View,
} from './policy.ts';
import { knownOf } from './releases.ts';
import type { RolloutsSince } from './standing.ts';
import { heardStep, inHand, isAtRisk } from './step.ts';
import { summarise, type Tally } from './tally.ts';
import { advance, troubleOf } from './waves.ts';

/** What is stored of rollouts. */
export interface BookFacts {
  rollouts: readonly Rollout[];
  targets: readonly Target[];
  pins: readonly Pin[];
  since: RolloutsSince;
  /** policy.ts */
  listening: number;
  steps: readonly StepRow[];
}

export interface BookEvents {
  step(row: StepRow): void;
  state(rollout: Rollout): void;
}

/** What a board says of itself. */
export type Said = Pick<Board, 'platform' | 'version' | 'update'>;

type Offer = Extract<Decision, { do: 'offer' }>;

/** A view whose counts are kept between two summaries. */
interface OpenView extends View {
  steps: Map<string, Step>;
  back: Map<string, Step>;
  fresh: Tally['fresh'];
}

/** The fleet and its rollouts in memory, between the facts and the policy. Time and storage are its caller's. */
export class RolloutBook {
  readonly boards = new Map<string, Board>();
  readonly #events: BookEvents;
  #views: OpenView[] = [];
  #own = new Map<string, Step>();
  #policy!: Policy;

  constructor(facts: BookFacts, events: BookEvents) {
    this.#events = events;
    this.reload(facts);
  }

  /** Takes what is stored now in place of what was; the boards stay. Nobody may begin before the next tick counted anew. */
  reload(facts: BookFacts): void {
    const byId = new Map<number, OpenView>();
    for (const rollout of facts.rollouts.toSorted((a, b) => b.id - a.id))
      byId.set(rollout.id, viewOf(rollout));
    this.#views = [...byId.values()];
    this.#own = new Map();
    for (const { rollout, alias, back, step } of facts.steps) {
      if (rollout === 0) this.#own.set(alias, step);
      else byId.get(rollout)?.[back ? 'back' : 'steps'].set(alias, step);
    }
    const { listening } = facts;
    this.#policy = { views: this.#views, own: this.#own, listening, ...knownOf(facts) };
  }

  get rollouts(): Rollout[] {
    return this.#views.map(({ rollout }) => rollout);
  }

  /** A board said something at `now` (Unix ms). `groups`: of one that was not known yet. */
  heard(
    alias: string,
    { platform, version, update }: Said,
    now: number,
    groups: readonly string[] = [],
  ): void {
    const known = this.boards.get(alias);
    const board: Board = {
      ...{ alias, platform, version, groups: known?.groups ?? groups, lastSeen: now, connected: true },
      ...(known?.timeZone === undefined ? {} : { timeZone: known.timeZone }),
      ...(update === undefined ? {} : { update }),
    };
    this.boards.set(alias, board);
    const rule = this.#begun(board) ?? ruleOf(board, this.#policy);
    for (const view of this.#views) if (view.back.size > 0) this.#heardBack(view, board, rule, now);
    if (rule === undefined || rule.back) return;
    const step = stepOf(rule, alias, this.#policy);
    const tries = rule.view?.rollout.spec.limits.tries ?? OWN_TRIES;
    const next = heardStep(step, board, rule.target, tries, now);
    if (next !== undefined && next !== step) this.#keep(rule, alias, next);
  }

  /** The rollout whose release a board has in hand, though its wave has not come: it was offered by other means before. */
  #begun(board: Board): Rule | undefined {
    if (board.update === undefined || this.#policy.pinOf(board) !== undefined) return undefined;
    for (const view of this.#views) {
      const { spec, state } = view.rollout;
      const target = this.#policy.target(board.platform, spec.version);
      const open = state.phase !== 'aborted' && state.phase !== 'waiting';
      if (target && open && selects(spec, board) && board.version !== target.version && inHand(board, target))
        return { target, view, downgrade: spec.downgrade === true };
    }
    return undefined;
  }

  /** A board on its way back no longer runs the rollout's version once it has arrived, so no rule leads there. */
  #heardBack(view: OpenView, board: Board, rule: Rule | undefined, now: number): void {
    const step = view.back.get(board.alias);
    const settled = step === undefined || step.stage === 'done' || step.stage === 'failed';
    if (settled && !(rule?.back && rule.view === view)) return;
    const target =
      rule?.back && rule.view === view
        ? rule.target
        : step && this.#policy.target(board.platform, step.version);
    if (target === undefined) return;
    const { tries } = view.rollout.spec.limits;
    const next = heardStep(step?.version === target.version ? step : undefined, board, target, tries, now);
    if (next !== undefined && next !== step)
      this.#keep({ target, view, back: true, downgrade: true }, board.alias, next);
  }

  /** The rollout that says what a board should run. */
  rolloutOf(alias: string): number | undefined {
    const board = this.boards.get(alias);
    return board && ruleOf(board, this.#policy)?.view?.rollout.id;
  }

  gone(alias: string): void {
    const board = this.boards.get(alias);
    if (board?.connected) this.boards.set(alias, { ...board, connected: false });
  }

  /** The release that a board should be told of now; undefined when it should be left alone. Notes that it is told. */
  wanted(alias: string, now: number): Target | undefined {
    const board = this.boards.get(alias);
    if (board === undefined) return undefined;
    const decision = decide(board, this.#policy, now);
    if (decision.do === 'leave') return undefined;
    if (decision.step !== stepOf(decision.rule, alias, this.#policy))
      this.#keep(decision.rule, alias, decision.step);
    return decision.target;
  }

  /** What is decided for a board now, without noting anything. */
  look(alias: string, now: number): ReturnType<typeof decide> | undefined {
    const board = this.boards.get(alias);
    return board && decide(board, this.#policy, now);
  }

  /** Counts all boards, moves the rollouts on, and gives the aliases of connected boards that are to be told now. */
  tick(now: number): string[] {
    if (this.#views.length === 0) return [];
    const tallies = this.count(now);
    for (const view of this.#views) {
      const state = advance(view.rollout, tallies.get(view.rollout.id)!, now);
      if (state !== view.rollout.state) this.#setState(view, state);
    }
    if (!this.#views.some(({ slots, rollout: { state } }) => slots > 0 && mayOffer(state))) return [];
    return this.#toTell(now, ({ rule }) => rule.view !== undefined, PUSHED_PER_TICK);
  }

  /** After a reload: as tick, and also the boards that a pin or the standing release moves, all of them. */
  tellAll(now: number): string[] {
    const ticked = this.tick(now);
    return [...ticked, ...this.#toTell(now, ({ rule }) => rule.view === undefined, Number.POSITIVE_INFINITY)];
  }

  /** Notes that these connected boards are told; those that were told before wait until they say something. */
  #toTell(now: number, meant: (offer: Offer) => boolean, limit: number): string[] {
    const told: string[] = [];
    for (const board of this.boards.values()) {
      if (told.length >= limit) break;
      if (!board.connected) continue;
      const decision = decide(board, this.#policy, now);
      if (decision.do === 'leave' || !meant(decision)) continue;
      if (decision.step === stepOf(decision.rule, board.alias, this.#policy)) continue;
      this.#keep(decision.rule, board.alias, decision.step);
      told.push(board.alias);
    }
    return told;
  }

  /** The server was itself away until now (Unix ms): nobody was silent before. */
  listensSince(now: number): void {
    this.#policy = { ...this.#policy, listening: now };
  }

  /** The state of a rollout as it is now has been stored. */
  saved(id: number): void {
    const view = this.#views.find(({ rollout }) => rollout.id === id);
    if (view) view.rollout = { ...view.rollout, revision: view.rollout.revision + 1 };
  }

  /** How the rollouts stand, by id. Who may begin goes by it until the next count. */
  count(now: number): Map<number, Tally> {
    const tallies = summarise(this.boards.values(), this.#policy, now);
    return new Map(
      this.#views.map((view, index) => {
        const tally = tallies[index]!;
        view.fresh = { ...tally.fresh };
        view.slots = view.rollout.spec.limits.atOnce - tally.atRisk;
        return [view.rollout.id, tally];
      }),
    );
  }

  #keep({ view, back: goesBack }: Rule, alias: string, step: Step): void {
    const back = goesBack === true;
    const open = view as OpenView | undefined;
    const steps = open === undefined ? this.#own : back ? open.back : open.steps;
    const before = steps.get(alias);
    steps.set(alias, step);
    this.#events.step({ rollout: open?.rollout.id ?? 0, alias, back, step });
    if (open === undefined) return;
    open.slots += Number(before !== undefined && isAtRisk(before)) - Number(isAtRisk(step));
    if (back || before?.stage === step.stage || step.since < open.rollout.state.since) return;
    if (step.stage === 'done') open.fresh.done += 1;
    if (step.stage !== 'failed' || step.code === 'OLD_RELEASE') return;
    open.fresh.failed += 1;
    // At once, and not at the next tick: each failure makes room for another board to begin.
    const { spec, state } = open.rollout;
    const trouble = mayOffer(state) && !state.back ? troubleOf(spec.limits, open.fresh) : undefined;
    if (trouble === undefined) return;
    const { enough: _, ...rest } = state;
    this.#setState(open, { ...rest, phase: 'paused', why: trouble });
  }

  #setState(view: OpenView, state: RolloutState): void {
    if (state.since !== view.rollout.state.since) view.fresh = { done: 0, failed: 0, silent: 0 };
    view.rollout = { ...view.rollout, state };
    this.#events.state(view.rollout);
  }
}

const mayOffer = ({ phase, back }: RolloutState): boolean =>
  phase === 'running' || phase === 'done' || (phase === 'aborted' && back === true);

function viewOf(rollout: Rollout): OpenView {
  const places = new Map<string, number>();
  return {
    rollout,
    steps: new Map(),
    back: new Map(),
    slots: 0,
    fresh: { done: 0, failed: 0, silent: 0 },
    place(alias) {
      const known = places.get(alias);
      if (known !== undefined) return known;
      const place = placeOf(rollout.id, alias);
      places.set(alias, place);
      return place;
    },
  };
}
