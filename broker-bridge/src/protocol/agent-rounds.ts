import { backoff } from './backoff.ts';
import type { AgentEffect, AgentTimer } from './effects.ts';
import { errorCodeOf } from './errors.ts';
import { SESSION_LIFETIME_MS } from './limits.ts';
import type { MessageOf, ServerMessage } from './messages.ts';
import { NOTHING, type Row } from './rounds.ts';

/** How long an answer may take before the agent asks again; doubled at each try. */
export const REPLY_TIMEOUT_MS = { least: 4_000, most: 60_000 };
/** Unanswered reports after which the agent doubts its session and says Hello. */
export const REPORTS_BEFORE_HELLO = 2;
/** Back-off between Hellos that nobody answered. */
export const HELLO_RETRY_MS = { least: 1_000, most: 60_000 };
/** What is noted of a board that is not let in. */
export const NOTES = { refused: 'not whitelisted', unanswered: 'no answer to Hello' } as const;

/** Back-off of an agent that is not whitelisted. An approval wakes it at once (envelope sayHello). */
export const REFUSED_RETRY_MS = { least: 10_000, most: 300_000 };
/** "Say Hello" proves nothing, so it is heeded this often at most. */
export const HINT_INTERVAL_MS = 2_000;

export interface AgentState {
  /** offline: no link. waiting: back-off before Hello. greeting: Hello is out. refused: not whitelisted. idle: session, nothing open. reporting: a Monitor Record is out. */
  phase: 'offline' | 'waiting' | 'greeting' | 'refused' | 'idle' | 'reporting';
  /** True while both ends hold session keys. */
  session: boolean;
  /** Tries in a row without an answer. */
  failures: number;
  /** Hellos in a row answered with Not Whitelisted. */
  refusals: number;
  /** Monotonic ms of the last Hello. */
  lastHello: number;
  /** Something beside records is to be told: config applied or refused, news of an update. */
  news: boolean;
  /** Counter of the open Monitor Record. */
  open: number;
}

export const AGENT_START: AgentState = { phase: 'offline', session: false, failures: 0, refusals: 0, lastHello: Number.NEGATIVE_INFINITY, news: false, open: -1 };

/** Every input carries the monotonic time in ms and a random number in [0, 1). */
interface Always {
  now: number;
  random: number;
}
export type AgentInput = Always &
  (
    | { on: 'linkUp' }
    | { on: 'linkDown' }
    | { on: 'records' } // the outbox has some
    | { on: 'news' }
    | { on: 'reported'; counter: number } // the report went out under this counter
    | { on: 'sayHello' }
    | { on: 'timer'; timer: AgentTimer }
    | { on: ServerMessage['name']; message: ServerMessage }
  );

type WithoutAlways<I> = I extends unknown ? Omit<I, keyof Always> : never;
/** An input as its source gives it. */
export type BareInput = WithoutAlways<AgentInput>;

const ALL: AgentState['phase'][] = ['offline', 'waiting', 'greeting', 'refused', 'idle', 'reporting'];
const LIVE: AgentState['phase'][] = ['idle', 'reporting'];
const NOT_LIVE: AgentState['phase'][] = ['offline', 'waiting', 'greeting', 'refused'];

const messageOf = <N extends ServerMessage['name']>(input: AgentInput, _name: N): MessageOf<N> => (input as { message: unknown }).message as MessageOf<N>;
const isTimer = (timer: AgentTimer) => (_: AgentState, input: AgentInput) => input.on === 'timer' && input.timer === timer;
/** A reply to the open report, not to one given up before. */
const answers = (state: AgentState, input: AgentInput): boolean => (input as { message: { re?: number } }).message.re === state.open;
const unasked = (_: AgentState, input: AgentInput): boolean => (input as { message: { re?: number } }).message.re === undefined;

const start = (timer: AgentTimer, ms: number): AgentEffect => ({ do: 'startTimer', timer, ms });
const stop = (timer: AgentTimer): AgentEffect => ({ do: 'stopTimer', timer });

const hello = (state: AgentState, input: AgentInput): AgentEffect[] => [stop('retry'), { do: 'sayHello' }, start('reply', backoff(state.failures, input.random, REPLY_TIMEOUT_MS))];
const greeted = (_: AgentState, input: AgentInput): Partial<AgentState> => ({ lastHello: input.now });
const report = (state: AgentState, input: AgentInput): AgentEffect[] => [{ do: 'report' }, start('reply', backoff(state.failures, input.random, REPLY_TIMEOUT_MS))];
const hintAllowed = (state: AgentState, input: AgentInput): boolean => input.now - state.lastHello >= HINT_INTERVAL_MS;

const sessionBegins: Partial<AgentState> = { session: true, failures: 0, refusals: 0, news: false };
const answered: Partial<AgentState> = { failures: 0, open: -1 };
const refusedNow = (state: AgentState): Partial<AgentState> => ({ session: false, failures: 0, refusals: state.refusals + 1, open: -1 });
const refusedEffects = (state: AgentState, input: AgentInput): AgentEffect[] => [
  stop('reply'),
  stop('renew'),
  { do: 'endSession' },
  { do: 'note', event: NOTES.refused },
  start('retry', backoff(state.refusals, input.random, REFUSED_RETRY_MS)),
];

/** The first report follows Hello at once: it confirms the session to the server, with or without records. */
const firstReport = (state: AgentState, input: AgentInput): AgentEffect[] => [stop('reply'), start('renew', SESSION_LIFETIME_MS), ...report({ ...state, failures: 0 }, input)];

/** After an answer: tell the news if there is some, else end the exchange. The runner says `records` when there are more. */
const close = (state: AgentState, input: AgentInput): AgentEffect[] => (state.news ? report({ ...state, failures: 0 }, input) : [stop('reply')]);

export const AGENT_ROUNDS: readonly Row<AgentState, AgentInput, AgentEffect>[] = [
  // --- Hello
  { in: ['offline'], on: 'linkUp', when: (s) => s.session, round: '-', to: 'reporting', set: () => ({ news: false }), effects: report },
  { in: ['offline'], on: 'linkUp', round: 'Hello 1 Hello Server', to: 'greeting', set: greeted, effects: hello },
  { in: ['waiting', 'refused'], on: 'timer', when: isTimer('retry'), round: 'Hello 1 Hello Server', to: 'greeting', set: greeted, effects: hello },
  {
    in: ['greeting'],
    on: 'timer',
    when: isTimer('reply'),
    round: 'Hello 1 Hello Server',
    to: 'waiting',
    set: (s) => ({ failures: s.failures + 1 }),
    effects: (s, i) => [{ do: 'note', event: NOTES.unanswered }, start('retry', backoff(s.failures, i.random, HELLO_RETRY_MS))],
  },
  {
    in: ['greeting'],
    on: 'helloClient',
    round: 'Hello 2 Hello Client',
    ends: 'Hello 3 Terminate',
    to: 'reporting',
    set: () => sessionBegins,
    effects: (s, i) => {
      const { config } = messageOf(i, 'helloClient');
      return [...(config ? [{ do: 'applyConfig', config } as const] : []), ...firstReport(s, i)];
    },
  },
  {
    in: ['greeting'],
    on: 'versionMismatch',
    round: 'Hello 2a Version Mismatch',
    ends: 'Version Mismatch 2 Terminate',
    to: 'reporting',
    set: () => sessionBegins,
    effects: (s, i) => [offer(i), ...firstReport(s, i)],
  },
  { in: ['greeting'], on: 'notWhitelisted', round: 'Hello 2b Not Whitelisted', ends: 'Not Whitelisted 2 Terminate', to: 'refused', set: refusedNow, effects: refusedEffects },
  { in: LIVE, on: 'timer', when: isTimer('renew'), round: 'Hello 1 Hello Server', to: 'greeting', set: greeted, effects: hello },
  { in: ['waiting', 'refused', ...LIVE], on: 'sayHello', when: hintAllowed, round: 'Hello 1 Hello Server', to: 'greeting', set: greeted, effects: hello },
  // An approval that comes right after the refusal is heeded as soon as the interval allows.
  { in: ['refused'], on: 'sayHello', round: '-', to: 'same', effects: (s, i) => [start('retry', HINT_INTERVAL_MS - (i.now - s.lastHello))] },
  { in: ['offline', 'waiting', 'greeting', ...LIVE], on: 'sayHello', round: '-', to: 'same', effects: NOTHING },

  // --- Monitor Record
  { in: ['idle'], on: 'records', round: 'Monitor Record 1', to: 'reporting', set: () => ({ news: false }), effects: report },
  { in: ['idle'], on: 'timer', when: isTimer('pace'), round: 'Monitor Record 1', to: 'reporting', set: () => ({ news: false }), effects: report },
  { in: ['idle'], on: 'news', round: 'Monitor Record 1', to: 'reporting', set: () => ({ news: false }), effects: report },
  { in: ['reporting'], on: 'reported', round: 'Monitor Record 1', to: 'same', set: (_, i) => ({ open: (i as { counter: number }).counter }), effects: NOTHING },
  {
    in: ['reporting'],
    on: 'ok',
    when: (s, i) => answers(s, i) && s.news,
    round: 'Monitor Record 2 OK',
    ends: 'Monitor Record 3 Terminate',
    to: 'reporting',
    set: () => ({ ...answered, news: false }),
    effects: (s, i) => [{ do: 'acknowledge' }, heed(i), ...close(s, i)],
  },
  {
    in: ['reporting'],
    on: 'ok',
    when: answers,
    round: 'Monitor Record 2 OK',
    ends: 'Monitor Record 3 Terminate',
    to: 'idle',
    set: () => answered,
    effects: (s, i) => [{ do: 'acknowledge' }, heed(i), ...close(s, i)],
  },
  {
    in: ['reporting'],
    on: 'versionMismatch',
    when: answers,
    round: 'Monitor Record 2a Version Mismatch',
    ends: 'Version Mismatch 2 Terminate',
    to: 'idle',
    set: () => answered,
    effects: (_, i) => [{ do: 'acknowledge' }, stop('reply'), offer(i)],
  },
  {
    in: ['reporting'],
    on: 'reconfigure',
    when: answers,
    round: 'Monitor Record 2b Reconfigure',
    ends: 'Reconfigure 2 Terminate',
    to: 'idle',
    set: () => answered,
    effects: (_, i) => [{ do: 'acknowledge' }, stop('reply'), apply(i)],
  },
  { in: LIVE, on: 'notWhitelisted', round: 'Monitor Record 2c Not Whitelisted', ends: 'Not Whitelisted 2 Terminate', to: 'refused', set: refusedNow, effects: refusedEffects },
  {
    in: ['reporting'],
    on: 'timer',
    when: (s, i) => isTimer('reply')(s, i) && s.failures < REPORTS_BEFORE_HELLO,
    round: 'Monitor Record 1',
    to: 'reporting',
    set: (s) => ({ failures: s.failures + 1, news: false }),
    effects: (s, i) => [{ do: 'note', event: 'no answer to a report' }, { do: 'unanswered' }, ...report({ ...s, failures: s.failures + 1 }, i)],
  },
  { in: ['reporting'], on: 'timer', when: isTimer('reply'), round: 'Hello 1 Hello Server', to: 'greeting', set: (s, i) => ({ failures: s.failures + 1, lastHello: i.now, open: -1 }), effects: hello },

  // --- Reconfigure and Version Mismatch that the server opens unasked
  { in: LIVE, on: 'reconfigure', when: unasked, round: 'Reconfigure 1', ends: 'Reconfigure 2 Terminate', to: 'same', effects: (_, i) => [apply(i)] },
  { in: LIVE, on: 'versionMismatch', when: unasked, round: 'Version Mismatch 1', ends: 'Version Mismatch 2 Terminate', to: 'same', effects: (_, i) => [offer(i)] },
  { in: LIVE, on: 'prepared', round: 'Version Mismatch 1', to: 'same', effects: (_, i) => [{ do: 'prepared', message: messageOf(i, 'prepared') }] },
  {
    in: LIVE,
    on: 'executableBytes',
    round: 'Version Mismatch 1',
    to: 'same',
    effects: (_, i) => {
      const { re, offset, bytes } = messageOf(i, 'executableBytes');
      return [{ do: 'takeFrame', re, offset, bytes }];
    },
  },
  {
    in: LIVE,
    on: 'refused',
    when: (s, i) => s.phase === 'idle' || !answers(s, i),
    round: 'Version Mismatch 1',
    to: 'same',
    effects: (_, i) => {
      const { re, code } = messageOf(i, 'refused');
      return [{ do: 'requestRefused', re, code: errorCodeOf(code) }];
    },
  },

  // --- The link
  { in: ['offline'], on: 'timer', when: isTimer('renew'), round: '-', to: 'same', set: () => ({ session: false }), effects: () => [{ do: 'endSession' }] },
  { in: ['reporting'], on: 'linkDown', round: '-', to: 'offline', set: () => ({ open: -1, news: true }), effects: () => [stop('reply'), stop('retry')] },
  { in: ALL, on: 'linkDown', round: '-', to: 'offline', set: () => ({ open: -1 }), effects: () => [stop('reply'), stop('retry')] },

  // --- What is of no interest where it comes: late answers, answers to nothing, timers that were stopped
  { in: ['reporting', ...NOT_LIVE], on: 'news', round: '-', to: 'same', set: () => ({ news: true }), effects: NOTHING },
  { in: ['waiting', 'greeting', 'refused', ...LIVE], on: 'linkUp', round: '-', to: 'same', effects: NOTHING },
  { in: ['reporting', ...NOT_LIVE], on: 'records', round: '-', to: 'same', effects: NOTHING },
  { in: ['idle', ...NOT_LIVE], on: 'reported', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'timer', round: '-', to: 'same', effects: NOTHING },
  { in: ['offline', 'waiting', 'refused', ...LIVE], on: 'helloClient', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'versionMismatch', round: '-', to: 'same', effects: NOTHING },
  { in: ['offline', 'waiting', 'refused'], on: 'notWhitelisted', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'ok', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'reconfigure', round: '-', to: 'same', effects: NOTHING },
  { in: NOT_LIVE, on: 'prepared', round: '-', to: 'same', effects: NOTHING },
  { in: NOT_LIVE, on: 'executableBytes', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'refused', round: '-', to: 'same', effects: NOTHING },
];

function offer(input: AgentInput): AgentEffect {
  return { do: 'offerRelease', version: messageOf(input, 'versionMismatch').version };
}

function apply(input: AgentInput): AgentEffect {
  return { do: 'applyConfig', config: messageOf(input, 'reconfigure').config };
}

/** What an OK asks of the board beside letting go of the records. */
function heed(input: AgentInput): AgentEffect {
  const { time, wait, behind } = messageOf(input, 'ok');
  return { do: 'heed', ...(time === undefined ? {} : { time }), ...(wait === undefined ? {} : { wait }), ...(behind === undefined ? {} : { behind }) };
}
