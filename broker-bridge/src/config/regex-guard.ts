/**
 * A static guard for regular expressions that come with a config. V8 matches by backtracking, so a pattern that can
 * split one text in many ways takes exponential or high polynomial time on a line that does not match, and the board
 * would stand still. Accepted is what can be shown to be cheap on a line of LINE_LIMIT bytes:
 *  - no look-around, back reference or modifier;
 *  - a group repeated a variable number of times holds no variable repetition and no alternation (no nested quantifiers);
 *  - at most AMBIGUITY_LIMIT places, the free start of an unanchored pattern being one, where the next character does
 *    not decide how to go on. Two such places cost about the square of the line's length.
 */
export type RegexGuard =
  | { ok: true; regex: RegExp; groups: string[] }
  | { ok: false; message: string; hint: string };

/** Places in a pattern where the next character leaves a choice. */
export const AMBIGUITY_LIMIT = 2;
/** Largest number in a {n,m} repetition. */
export const REPEAT_LIMIT = 256;

// A set of characters is a bit mask: bits 0 to 127 for ASCII, bit 128 for everything else.
type CharSet = bigint;
const ALL: CharSet = (1n << 129n) - 1n;
const char = (code: number): CharSet => 1n << BigInt(Math.min(code, 128));
const span = (low: number, high: number): CharSet => {
  let set = 0n;
  for (let code = low; code <= Math.min(high, 128); code++) set |= char(code);
  return high > 127 ? set | char(128) : set;
};
const DIGIT = span(48, 57);
const WORD = DIGIT | span(65, 90) | span(97, 122) | char(95);
const SPACE = span(9, 13) | char(32) | char(128);
const without = (set: CharSet): CharSet => (ALL & ~set) | char(128);
const CLASSES: Record<string, CharSet> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: without(DIGIT),
  W: without(WORD),
  S: without(SPACE),
};
const CONTROLS: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 };

type Node = { min: number; max: number; set?: CharSet; choices?: Node[][]; anchor?: string };

class Refused extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** The tree of a pattern that V8 already accepted in `u` mode. */
function parse(source: string): Node[][] {
  let at = 0;

  const escaping = (): CharSet | { anchor: string } => {
    const mark = source[at++]!;
    if (mark === 'b' || mark === 'B') return { anchor: mark };
    if (/[1-9k]/.test(mark)) throw new Refused('a back reference', 'match the text once, without \\1 or \\k');
    if (Object.hasOwn(CLASSES, mark)) return CLASSES[mark]!;
    if (Object.hasOwn(CONTROLS, mark)) return char(CONTROLS[mark]!);
    const rest = source.slice(at);
    const code = mark === 'x' || mark === 'u' ? /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2,4}))/ : undefined;
    if (code) {
      const found = mark === 'x' ? /^()([0-9a-fA-F]{2})/.exec(rest)! : code.exec(rest)!;
      at += found[0].length;
      return char(Number.parseInt(found[1] || found[2]!, 16));
    }
    // Which characters a property has is V8's to know, so nothing could be said about the time that it takes.
    if (mark === 'p' || mark === 'P')
      throw new Refused('a Unicode property', 'write the characters in [...]');
    if (mark === 'c') return char(source.charCodeAt(at++) & 31);
    return char(mark.charCodeAt(0));
  };

  const oneOf = (): CharSet => {
    const negated = source[at] === '^';
    if (negated) at += 1;
    let set: CharSet = 0n;
    const member = (): { set: CharSet; code: number } => {
      const code = source.codePointAt(at)!;
      at += code > 0xffff ? 2 : 1;
      if (code !== 92) return { set: char(code), code };
      if (source[at] === 'b') {
        at += 1;
        return { set: char(8), code: 8 };
      }
      const escaped = escaping() as CharSet;
      // Only a single character can open or close a range; its bit tells its code.
      return { set: escaped, code: escaped.toString(2).length - 1 };
    };
    while (source[at] !== ']') {
      const low = member();
      if (source[at] === '-' && source[at + 1] !== ']') {
        at += 1;
        const high = member();
        set |= span(low.code, high.code);
      } else set |= low.set;
    }
    at += 1;
    return negated ? without(set) : set;
  };

  const group = (): Node => {
    if (source[at] === '?') {
      const opening = /^\?(?::|<[^=!][^>]*>)/.exec(source.slice(at));
      if (!opening) throw new Refused('a look-around or a modifier', 'use (?<name>...) and (?:...) only');
      at += opening[0].length;
    }
    const choices = alternatives();
    at += 1;
    return { min: 1, max: 1, choices };
  };

  const quantify = (node: Node): Node => {
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at));
    if (!found) return node;
    at += found[0].length;
    const [text, low, comma, high] = found;
    if (low === undefined)
      return { ...node, min: text[0] === '+' ? 1 : 0, max: text[0] === '?' ? 1 : Infinity };
    const min = Number(low);
    const max = comma === '' ? min : high === '' ? Infinity : Number(high);
    if (min > REPEAT_LIMIT || (max !== Infinity && max > REPEAT_LIMIT))
      throw new Refused(`the repetition ${text}`, `repeat ${REPEAT_LIMIT} times at most`);
    return { ...node, min, max };
  };

  const sequence = (): Node[] => {
    const nodes: Node[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const code = source.codePointAt(at)!;
      const mark = source[at];
      at += code > 0xffff ? 2 : 1;
      const one = { min: 1, max: 1 };
      if (mark === '^' || mark === '$') nodes.push({ ...one, anchor: mark });
      else if (mark === '(') nodes.push(quantify(group()));
      else if (mark === '[') nodes.push(quantify({ ...one, set: oneOf() }));
      else if (mark === '.') nodes.push(quantify({ ...one, set: without(char(10) | char(13)) }));
      else if (mark === '\\') {
        const escaped = escaping();
        nodes.push(typeof escaped === 'bigint' ? quantify({ ...one, set: escaped }) : { ...one, ...escaped });
      } else nodes.push(quantify({ ...one, set: char(code) }));
    }
    return nodes;
  };

  const alternatives = (): Node[][] => {
    const choices = [sequence()];
    while (source[at] === '|') {
      at += 1;
      choices.push(sequence());
    }
    return choices;
  };

  return alternatives();
}

/** Characters that text for these nodes can begin with, if `next` can follow it. */
function firstOf(nodes: readonly Node[], next: CharSet): CharSet {
  return nodes.reduceRight((after, node) => {
    if (node.anchor) return after;
    const own = node.set ?? node.choices!.reduce((set, choice) => set | firstOf(choice, 0n), 0n);
    return isOptional(node) ? own | after : own;
  }, next);
}

const isOptional = (node: Node): boolean =>
  node.anchor !== undefined ||
  node.min === 0 ||
  (node.choices?.some((choice) => choice.every(isOptional)) ?? false);

const isVariable = (node: Node): boolean =>
  node.min !== node.max || (node.choices?.some((choice) => choice.some(isVariable)) ?? false);

const hasChoice = (node: Node): boolean =>
  node.choices !== undefined &&
  (node.choices.length > 1 || node.choices.some((choice) => choice.some(hasChoice)));

/** How many places leave a choice, if `next` can follow. Throws Refused at nested quantifiers. */
function ambiguities(choices: readonly Node[][], next: CharSet): number {
  let count = 0;
  let seen: CharSet = 0n;
  for (const choice of choices) {
    const first = firstOf(choice, next);
    if (seen & first) count += 1;
    seen |= first;
    let after = next;
    for (const node of choice.toReversed()) {
      if (node.anchor) continue;
      const own = firstOf([{ ...node, min: 1, max: 1 }], 0n);
      if (node.min !== node.max && own & after) count += 1;
      if (node.choices) {
        const inside = node.choices.flat();
        const nested = node.choices.length > 1 || inside.some((part) => isVariable(part) || hasChoice(part));
        // An exact number of copies, such as ([^,]*,){2}, is the same as writing them out.
        if (node.max > 1 && node.min !== node.max && nested)
          throw new Refused(
            'nested quantifiers: a repeated group that itself repeats or chooses',
            'repeat a plain group, a single character class, or an exact number of times',
          );
        const repeated = node.max > 1;
        count +=
          ambiguities(node.choices, repeated ? after | own : after) * (repeated && nested ? node.min : 1);
      }
      after = isOptional(node) ? own | after : own;
    }
  }
  return count;
}

/** Compiles a pattern (flag `u`) if it is safe on untrusted lines and has at least one named group. */
export function guardRegex(source: string): RegexGuard {
  try {
    const regex = new RegExp(source, 'u');
    const tree = parse(source);
    const free = tree.every((choice) => choice[0]?.anchor === '^') ? 0 : 1;
    if (ambiguities(tree, 0n) + free > AMBIGUITY_LIMIT)
      throw new Refused(
        'too many places where a line can be split in several ways',
        'anchor it with ^ and use classes that exclude what follows, such as [^,]* before a comma',
      );
    const groups = [...source.matchAll(/\(\?<([^=!>][^>]*)>/g)].map((found) => found[1]!);
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
