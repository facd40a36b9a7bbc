import { ERRORS, type ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import type { Board, Stage, Step, Target } from './facts.ts';
import { OFFER_MS, PROVE_MS, RETRY_MS, STALE_MS } from './limits.ts';

/** The board may be harmed at this moment, so that it counts as one of those that update at once. */
const AT_RISK: ReadonlySet<Stage> = new Set(['offered', 'fetching', 'trial']);
export const isAtRisk = ({ stage }: Step): boolean => AT_RISK.has(stage);

/** When a board that waits may try again, Unix ms. */
export const dueAt = ({ since, tries }: Step): number =>
  since + Math.min(RETRY_MS.most, RETRY_MS.least * 4 ** Math.min(Math.max(0, tries - 1), 15));

/** True when the board says that it has the release on its way. */
export const inHand = (board: Board, target: Target): boolean =>
  board.update?.sequence === target.sequence && board.update.state !== 'failed';

function failed(step: Step, code: ErrorCode, may: boolean, now: number, limit: number): Step {
  const tries = step.tries + 1;
  return { ...step, stage: may && tries < limit ? 'waiting' : 'failed', since: now, tries, code };
}

function at(stage: Stage, now: number, { code: _, ...step }: Step): Step {
  return { ...step, stage, since: now };
}

const begun = (stage: Stage, board: Board, target: Target, now: number): Step => ({
  ...{ version: target.version, from: board.version, stage, since: now, tries: 0 },
});

/** The step of a board that is told of a release now. */
export const offered = (step: Step | undefined, board: Board, target: Target, now: number): Step =>
  step === undefined ? begun('offered', board, target, now) : { ...step, stage: 'offered', since: now };

/**
 * The board's step with a release after it was heard at `now` (Unix ms); the same object when nothing changed. Without a
 * step it gets one when it has the release in hand, or gave it up before it was told of it here: that failure is nobody's
 * news, so its time is 0. `limit`: tries that a board has. Pure.
 */
export function heardStep(
  step: Step | undefined,
  board: Board,
  target: Target,
  limit: number,
  now: number,
): Step | undefined {
  if (board.version === target.version) return step && ran(step, now);
  const report = board.update?.sequence === target.sequence ? board.update : undefined;
  const had = step?.stage === 'trial' || step?.stage === 'done';
  if (report === undefined) return step && unreported(step, limit, now);
  if (report.state !== 'failed') {
    if (step === undefined) return begun('fetching', board, target, now);
    if (step.stage === 'fetching') return step;
    return had ? { ...at('fetching', now, step), tries: step.tries + 1 } : at('fetching', now, step);
  }
  const code = report.code ?? 'MALFORMED';
  const { retry } = ERRORS[code];
  if (step === undefined)
    return { ...failed(begun('offered', board, target, 0), code, retry, 0, limit), since: 0 };
  if (step.stage === 'waiting' || step.stage === 'failed') return step;
  const stale = step.stage === 'offered' && step.code === code && now - step.since < STALE_MS;
  return stale ? step : failed(step, code, retry, now, limit);
}

/** It runs another version and says nothing of this one. */
function unreported(step: Step, limit: number, now: number): Step {
  switch (step.stage) {
    case 'trial':
    case 'done':
      // It went back without a word: an old card, or a disk that forgets. Its tries bound how often.
      return failed(step, 'ROLLED_BACK', true, now, limit);
    case 'fetching':
      return at('offered', now, step); // its agent was started anew; it is told again
    case 'offered':
      // Nobody's failure: others have their turn meanwhile.
      return now - step.since < OFFER_MS ? step : at('waiting', now, step);
    default:
      return step;
  }
}

function ran(step: Step, now: number): Step {
  if (step.stage === 'done') return step;
  if (step.stage !== 'trial') return at('trial', now, step);
  return now - step.since < PROVE_MS ? step : at('done', now, step);
}
