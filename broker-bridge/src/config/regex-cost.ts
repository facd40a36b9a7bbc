import { ALL, type CharSet, type Node, Refused } from './regex-tree.ts';

/** Most parts of a pattern that are reckoned with, each copy of a part that is repeated exactly n times being one. */
export const PARTS_LIMIT = 1_024;
/** Longest literal text that is looked at as a mark in the line. */
const MARK_LIMIT = 64;

/**
 * What is still to be matched from some place of the line, as upper bounds. It begins with a fixed text of `mark.length`
 * characters; then come parts that go on in one way only; then, if there is one, a repetition that may end at several
 * places, with the rest behind it.
 */
type Rest = {
  /** Steps until it fails or is done, by the number of characters left. */
  cost: Float64Array;
  /** Characters that it can begin with; steps until it fails at any other. */
  first: CharSet;
  fail: number;
  /** The fixed text at its beginning, a set for each character. */
  mark: CharSet[];
  /** Characters that the parts behind the mark can take, up to where the choice of an end is left. */
  body: CharSet;
  /** Steps of those parts: for each character that they take, and once. */
  each: number;
  once: number;
  /** Cost of what comes where they end. */
  tail: Float64Array;
};

/** For each length n the sum of `cost` over the lengths from n - max to n - min. */
function sums(cost: Float64Array, min: number, max: number): Float64Array {
  const total = new Float64Array(cost.length);
  let sum = 0;
  for (let n = 0; n < cost.length; n++) {
    if (n >= min) sum += cost[n - min]!;
    if (n > max) sum -= cost[n - max - 1]!;
    total[n] = sum;
  }
  return total;
}

/**
 * A repetition that may end at any place, with the rest run from each of them: the sum over these places. But where a
 * character of the rest's mark cannot be in what the parts behind it take, these parts take different characters from each
 * place, so that all of them together cost the line's length, and not each.
 */
function fromEachPlace(min: number, max: number, rest: Rest): Float64Array {
  const cost = sums(
    rest.cost.map((steps) => steps + 1),
    min,
    max,
  );
  const { mark, body, each, once } = rest;
  const at = mark.findLastIndex((set) => (set & body) === 0n);
  if (at < 0) return cost;
  // So many marks may be under way at one character of the line, and so many parts behind one.
  const marks = mark.filter((set) => set & mark[0]!).length;
  const share = mark.length - at;
  const tails = sums(rest.tail, 0, Number.POSITIVE_INFINITY);
  return cost.map((plain, n) => {
    const found = (marks * n) / mark.length + 1;
    return Math.min(
      plain,
      2 * (n + 1) + marks * n + once * found + share * each * n + (share + 1) * tails[n]!,
    );
  });
}

/** A set that is taken `count` times. */
function exactly(set: CharSet, count: number, rest: Rest): Rest {
  const mark = [...Array.from({ length: count }, () => set), ...rest.mark];
  const beyond = mark.splice(MARK_LIMIT);
  return {
    ...rest,
    cost: rest.cost.map((_, n) => (n < count ? n + 1 : count + rest.cost[n - count]!)),
    first: set,
    fail: 1,
    mark,
    body: beyond.reduce((all, one) => all | one, rest.body),
    once: rest.once + beyond.length,
  };
}

/** A text of `width` characters that is taken `min` to `max` times. */
function repeated(part: { first: CharSet; all: CharSet; width: number }, node: Node, rest: Rest): Rest {
  const min = node.min * part.width;
  const max = node.max * part.width;
  const first = node.min === 0 ? part.first | rest.first : part.first;
  const fail = node.min === 0 ? 1 + rest.fail : 1;
  if (part.first & rest.first) {
    const cost = fromEachPlace(min, max, rest).map((steps) => steps + part.width);
    return {
      cost,
      first,
      fail,
      mark: [],
      body: part.all,
      each: 1,
      once: 1 + part.width,
      tail: rest.cost.map((steps) => steps + 1),
    };
  }
  // The next character says whether to go on, so that the rest fails at once at all places but the last.
  const each = 1 + rest.fail;
  const cost = new Float64Array(rest.cost.length);
  for (let n = 0, most = 0; n < cost.length; n++) {
    most = Math.max(rest.cost[n]!, n > 0 ? most + each : 0);
    cost[n] = Math.min(most, rest.cost[n]! + each * Math.min(max, n)) + each + part.width;
  }
  return {
    cost,
    first,
    fail,
    mark: [],
    body: rest.mark.reduce((all, set) => all | set, rest.body | part.all),
    each: Math.max(rest.each, each),
    once: rest.once + rest.mark.length + each + part.width,
    tail: rest.tail,
  };
}

/** True if no text can begin both. */
const exclude = (a: Rest, b: Rest): boolean =>
  (a.first & b.first) === 0n ||
  a.mark.some((set, index) => index < b.mark.length && (set & b.mark[index]!) === 0n);

/** One of several ways to go on, each with `rest` at its end. */
function oneOf(ways: readonly Rest[], rest: Rest): Rest {
  if (ways.length === 1) return ways[0]!;
  const exclusive = ways.every((way, index) => ways.slice(index + 1).every((other) => exclude(way, other)));
  const lost = ways.reduce((sum, { fail, mark }) => sum + Math.max(fail, mark.length), 0);
  const cost = new Float64Array(rest.cost.length);
  for (let n = 0; n < cost.length; n++)
    cost[n] =
      lost + ways.reduce((all, way) => (exclusive ? Math.max(all, way.cost[n]!) : all + way.cost[n]!), 0);
  const head = {
    cost,
    first: ways.reduce((all, way) => all | way.first, 0n),
    fail: ways.reduce((sum, way) => sum + way.fail, 0),
    mark: [],
  };
  if (!exclusive || ways.some(({ tail }) => tail !== rest.tail))
    return { ...head, body: 0n, each: 0, once: 0, tail: cost };
  return {
    ...head,
    body: ways.reduce((all, way) => way.mark.reduce((sum, set) => sum | set, all | way.body), 0n),
    each: Math.max(...ways.map((way) => way.each)),
    once: lost + Math.max(...ways.map((way) => way.once + way.mark.length)),
    tail: rest.tail,
  };
}

/** A text of one length without choices; undefined if the sequence is more than that. */
function plainText(nodes: readonly Node[]): { first: CharSet; all: CharSet; width: number } | undefined {
  const text = { first: 0n, all: 0n, width: 0 };
  for (const { anchor, set, choices, min, max } of nodes) {
    if (anchor || max === 0) continue;
    if (min !== max || (choices && choices.length > 1)) return undefined;
    const part = set === undefined ? plainText(choices![0]!) : { first: set, all: set, width: 1 };
    if (!part) return undefined;
    if (text.width === 0) text.first = part.first;
    text.all |= part.all;
    text.width += part.width * min;
  }
  return text;
}

/**
 * Steps that matching takes at most on lines of up to `length` characters, by their number of characters. A step is one
 * character, anchor or alternative that is tried. Throws Refused at nested quantifiers, whose steps can grow without end.
 */
export function regexSteps(choices: readonly Node[][], length: number): Float64Array {
  let parts = 0;

  const sequence = (nodes: readonly Node[], rest: Rest): Rest =>
    nodes.reduceRight((after, node) => part(node, after), rest);
  const group = (inside: readonly Node[][], rest: Rest): Rest =>
    oneOf(
      inside.map((nodes) => sequence(nodes, rest)),
      rest,
    );

  const part = (node: Node, rest: Rest): Rest => {
    parts += 1;
    if (parts > PARTS_LIMIT)
      throw new Refused(
        `more than ${PARTS_LIMIT} parts`,
        'repeat groups fewer times, or match less of the line',
      );
    const { min, max, set } = node;
    if (node.anchor) {
      // An anchor takes no character, so that what comes after it decides.
      return { ...rest, cost: rest.cost.map((steps) => steps + 1), fail: rest.fail + 1, once: rest.once + 1 };
    }
    if (max === 0) return rest;
    if (set !== undefined)
      return min === max ? exactly(set, min, rest) : repeated({ first: set, all: set, width: 1 }, node, rest);
    const inside = node.choices!;
    if (min === max) {
      let after = rest;
      for (let copy = 0; copy < min; copy++) after = group(inside, after);
      return after;
    }
    if (max === 1) return oneOf([...inside.map((nodes) => sequence(nodes, rest)), rest], rest);
    const text = inside.length === 1 ? plainText(inside[0]!) : undefined;
    if (!text)
      throw new Refused(
        'nested quantifiers: a repeated group that itself repeats or chooses',
        'repeat a plain group, a single character class, or an exact number of times',
      );
    return text.width === 0 ? rest : repeated(text, node, rest);
  };

  const nothing = new Float64Array(length + 1);
  const end: Rest = {
    cost: nothing,
    first: 0n,
    fail: 1,
    mark: [],
    body: 0n,
    each: 0,
    once: 0,
    tail: nothing,
  };
  const whole = group(choices, end);
  const anchored = choices.every((nodes) => nodes[0]?.anchor === '^');
  return anchored ? whole.cost : fromEachPlace(0, Number.POSITIVE_INFINITY, { ...whole, first: ALL });
}
