/** The views, and what of an address they are given. */
export type Route =
  | { view: 'fleet' }
  | { view: 'board'; alias: string; tab: string }
  | { view: 'config'; layer: 'fleet' | 'groups' | 'boards'; name: string }
  | { view: 'rollout'; id: number }
  | { view: 'rolloutNew' }
  | { view: PlainView }
  | { view: 'unknown' };

const PLAIN = [
  'approvals',
  'enrol',
  'configs',
  'releases',
  'rollouts',
  'alerts',
  'events',
  'settings',
  'api',
] as const;
type PlainView = (typeof PLAIN)[number];

const decode = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
};

/** The view of a path. Pure. */
export function routeOf(path: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [first, second, third] = parts;
  if (parts.includes(undefined)) return { view: 'unknown' };
  if (first === undefined) return { view: 'fleet' };
  if (first === 'boards' && second !== undefined && parts.length <= 3)
    return { view: 'board', alias: second, tab: third ?? 'values' };
  if (first === 'configs' && second === 'fleet' && parts.length === 2)
    return { view: 'config', layer: 'fleet', name: '' };
  if (
    first === 'configs' &&
    (second === 'groups' || second === 'boards') &&
    third !== undefined &&
    parts.length === 3
  )
    return { view: 'config', layer: second, name: third };
  if (first === 'rollouts' && second === 'new' && parts.length === 2) return { view: 'rolloutNew' };
  if (first === 'rollouts' && /^[1-9]\d{0,9}$/.test(second ?? '') && parts.length === 2)
    return { view: 'rollout', id: Number(second) };
  const plain = PLAIN.find((view) => view === first);
  return plain !== undefined && parts.length === 1 ? { view: plain } : { view: 'unknown' };
}
