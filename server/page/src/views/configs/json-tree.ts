import type { PathStep } from './schema.ts';

/** A node of the tree that @lezer/json makes of a text, however unfinished. */
export interface JsonNode {
  name: string;
  from: number;
  to: number;
  parent: JsonNode | null;
  firstChild: JsonNode | null;
  lastChild: JsonNode | null;
  nextSibling: JsonNode | null;
  prevSibling: JsonNode | null;
}

const VALUES = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null']);
const isValue = ({ name }: JsonNode): boolean => VALUES.has(name);

export function childrenOf(node: JsonNode): JsonNode[] {
  const found: JsonNode[] = [];
  for (let at = node.firstChild; at !== null; at = at.nextSibling) found.push(at);
  return found;
}

const textOf = (text: string, { from, to }: JsonNode): unknown => {
  try {
    return JSON.parse(text.slice(from, to));
  } catch {
    return undefined; // not finished
  }
};

const keyOf = (text: string, property: JsonNode): string | undefined => {
  const name = childrenOf(property).find((each) => each.name === 'PropertyName');
  const key = name && textOf(text, name);
  return typeof key === 'string' ? key : undefined;
};

const propertyValue = (property: JsonNode): JsonNode | undefined => childrenOf(property).find(isValue);

/** The value that a node stands for; what is not finished is left out. Pure. */
export function jsonValue(text: string, node: JsonNode): unknown {
  if (node.name === 'JsonText') {
    const value = childrenOf(node).find(isValue);
    return value && jsonValue(text, value);
  }
  if (node.name === 'Array')
    return childrenOf(node)
      .filter(isValue)
      .map((each) => jsonValue(text, each));
  if (node.name !== 'Object') return textOf(text, node);
  const found: Record<string, unknown> = Object.create(null);
  for (const property of childrenOf(node)) {
    const key = property.name === 'Property' ? keyOf(text, property) : undefined;
    const value = key === undefined ? undefined : propertyValue(property);
    if (key !== undefined && value !== undefined) found[key] = jsonValue(text, value);
  }
  return found;
}

/** The steps from the top to a node. Pure. */
export function pathOf(text: string, node: JsonNode): PathStep[] {
  const steps: PathStep[] = [];
  for (let at: JsonNode | null = node; at !== null; at = at.parent) {
    if (at.name === 'Property') {
      const key = keyOf(text, at);
      if (key !== undefined) steps.unshift(key);
    }
    if (at.parent?.name === 'Array' && isValue(at)) {
      const { from } = at;
      steps.unshift(childrenOf(at.parent).filter((each) => isValue(each) && each.from < from).length);
    }
  }
  return steps;
}

/** Steps of a JSON pointer (RFC 6901). Pure. */
export const stepsOf = (pointer: string): string[] =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const idOf = (text: string, node: JsonNode): unknown =>
  node.name === 'Object' ? (jsonValue(text, node) as { id?: unknown }).id : undefined;

/**
 * Where a pointer leads in a text: the value, or the nearest thing around it that is there. A step into a list is a number
 * or the id of a member. Pure.
 */
export function placeOf(text: string, root: JsonNode, pointer: string): { from: number; to: number } {
  let here = childrenOf(root).find(isValue) ?? root;
  let shown: JsonNode = here;
  for (const step of stepsOf(pointer)) {
    const children = childrenOf(here);
    if (here.name === 'Object') {
      const property = children.find((each) => each.name === 'Property' && keyOf(text, each) === step);
      if (property === undefined) break;
      shown = property;
      here = propertyValue(property) ?? property;
    } else if (here.name === 'Array') {
      const members = children.filter(isValue);
      const member = /^\d+$/.test(step)
        ? members[Number(step)]
        : members.find((each) => idOf(text, each) === step);
      if (member === undefined) break;
      shown = member;
      here = member;
    } else break;
  }
  // Of what goes over many lines only the first is marked.
  const end = text.indexOf('\n', shown.from);
  return { from: shown.from, to: end === -1 || end > shown.to ? shown.to : end };
}

/** What is typed at a place: a key of the object at `path`, or the value at it. */
export interface Typing {
  kind: 'key' | 'value';
  path: PathStep[];
  /** The text that a suggestion takes the place of. */
  from: number;
  to: number;
}

const WORD = /[\w$-]*$/;

/** What is typed at `pos`, given the innermost node before it. Pure. */
export function typingAt(text: string, node: JsonNode, pos: number): Typing | undefined {
  const word = WORD.exec(text.slice(0, pos))![0].length;
  const bare = { from: pos - word, to: pos };
  if (node.name === 'PropertyName' && pos > node.from)
    return { kind: 'key', path: pathOf(text, node).slice(0, -1), from: node.from, to: node.to };
  if (node.name === 'String' && pos > node.from)
    return { kind: 'value', path: pathOf(text, node), from: node.from, to: node.to };
  const around =
    node.name === '⚠' || !['Object', 'Array', 'Property', 'JsonText'].includes(node.name)
      ? node.parent
      : node;
  if (around === null) return undefined;
  const before = text.slice(0, bare.from).trimEnd().at(-1);
  if (before === ':') {
    const property =
      around.name === 'Property'
        ? around
        : childrenOf(around).findLast((each) => each.name === 'Property' && each.from < pos);
    return property === undefined ? undefined : { kind: 'value', path: pathOf(text, property), ...bare };
  }
  const owner = around.name === 'Property' ? around.parent! : around;
  if (owner.name === 'Object' && (before === '{' || before === ','))
    return { kind: 'key', path: pathOf(text, owner), ...bare };
  if (owner.name === 'Array' && (before === '[' || before === ',')) {
    const index = childrenOf(owner).filter((each) => isValue(each) && each.to < pos).length;
    return { kind: 'value', path: [...pathOf(text, owner), index], ...bare };
  }
  return undefined;
}
