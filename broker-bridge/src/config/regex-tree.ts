/** Largest number in a {n,m} repetition. */
export const REPEAT_LIMIT = 256;

/** A set of characters as a bit mask: bits 0 to 127 for ASCII, bit 128 for other blanks and bit 129 for everything else. */
export type CharSet = bigint;
export const ALL: CharSet = (1n << 130n) - 1n;
const BLANKS: CharSet = 1n << 128n;
const BEYOND: CharSet = 3n << 128n;
// Which of the characters beyond ASCII it is does not matter, so that it may be any of them.
const char = (code: number): CharSet => (code < 128 ? 1n << BigInt(code) : BEYOND);
const span = (low: number, high: number): CharSet => {
  let set = high > 127 ? BEYOND : 0n;
  for (let code = low; code <= Math.min(high, 127); code++) set |= char(code);
  return set;
};
const DIGIT = span(48, 57);
const WORD = DIGIT | span(65, 90) | span(97, 122) | char(95);
const SPACE = span(9, 13) | char(32) | BLANKS;
const without = (set: CharSet): CharSet => ALL & ~set;
const CLASSES: Record<string, CharSet> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: without(DIGIT),
  W: without(WORD),
  S: without(SPACE),
};
const CONTROLS: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 };

/** A part of a pattern, repeated `min` to `max` times: one character of a set, a group of alternatives, or an anchor. */
export type Node = { min: number; max: number; set?: CharSet; choices?: Node[][]; anchor?: string };

/** Why a pattern is not taken, and what to write instead. */
export class Refused extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** A pattern as alternatives, each a sequence, and the names of its groups. */
export type Tree = { choices: Node[][]; groups: string[] };

/** The tree of a pattern that V8 already accepted in `u` mode. Throws Refused at what cannot be reckoned with. */
export function parseRegex(source: string): Tree {
  let at = 0;
  const groups = new Set<string>();

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
    let single = false;
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
        single ||= high.code > 127;
      } else {
        set |= low.set;
        single ||= low.set === BEYOND;
      }
    }
    at += 1;
    // Without one character beyond ASCII there are still all the others.
    return negated ? without(set) | (single ? BEYOND : 0n) : set;
  };

  const group = (): Node => {
    if (source[at] === '?') {
      const opening = /^\?(?::|<([^=!][^>]*)>)/.exec(source.slice(at));
      if (!opening) throw new Refused('a look-around or a modifier', 'use (?<name>...) and (?:...) only');
      at += opening[0].length;
      if (opening[1] !== undefined) groups.add(opening[1]);
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

  const choices = alternatives();
  return { choices, groups: [...groups] };
}
