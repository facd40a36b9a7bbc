import { LINE_LIMIT } from './limits.ts';
import { regexSteps } from './regex-cost.ts';
import { parseRegex, Refused } from './regex-tree.ts';

/**
 * A static guard for regular expressions that come with a config. V8 matches by backtracking, so a pattern that can
 * split one text in many ways takes exponential or high polynomial time on a line that does not match, and the board
 * would stand still. Accepted is what can be shown to be cheap on a line of LINE_LIMIT bytes:
 *  - no look-around, back reference or modifier;
 *  - a group repeated a variable number of times holds no variable repetition and no alternation (no nested quantifiers);
 *  - STEPS_LIMIT steps at most on the worst line, as regex-cost.ts reckons them.
 */
export type RegexGuard =
  | { ok: true; regex: RegExp; groups: string[] }
  | { ok: false; message: string; hint: string };

/** Most steps that one line may take; a fast board needs some 15 ms for so many. */
export const STEPS_LIMIT = 6 * LINE_LIMIT ** 2;

const inMillions = (steps: number): string =>
  steps < 1e15 ? `${Math.ceil(steps / 1e6)} million` : 'endlessly many';

/** The names of a pattern's groups; none if it is no pattern that guardRegex could take. */
export function regexGroups(source: string): string[] {
  try {
    new RegExp(source, 'u');
    return parseRegex(source).groups;
  } catch {
    return [];
  }
}

/** Compiles a pattern (flag `u`) if it is safe on untrusted lines and has at least one named group. */
export function guardRegex(source: string): RegexGuard {
  try {
    const regex = new RegExp(source, 'u');
    const { choices, groups } = parseRegex(source);
    const steps = regexSteps(choices, LINE_LIMIT)[LINE_LIMIT]!;
    if (steps > STEPS_LIMIT)
      throw new Refused(
        `too many places where a line can be split in several ways: one of ${LINE_LIMIT} characters could take ${inMillions(steps)} steps, and ${inMillions(STEPS_LIMIT)} are allowed`,
        'begin with ^, use .* once at most, write numbers as -?[0-9.]+, and repeat classes that leave out what stands around them, such as [^,]* between commas',
      );
    if (groups.length === 0)
      throw new Refused('no named group', 'name what is to be read, such as (?<t>-?[0-9.]+)');
    return { ok: true, regex, groups };
  } catch (error) {
    if (error instanceof Refused)
      return { ok: false, message: `unsafe or useless: ${error.message}`, hint: error.hint };
    if (error instanceof SyntaxError)
      return {
        ok: false,
        message: error.message,
        hint: 'write it in the syntax of JavaScript with the flag u',
      };
    throw error;
  }
}
