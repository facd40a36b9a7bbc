import type { ConfigFault } from '../../api-types-fleet.ts';

export interface GatheredFault extends Omit<ConfigFault, 'alias'> {
  /** Boards whose config would have it. */
  aliases: string[];
}

/** Boards that a fault names, at most. */
const NAMED = 3;

/** The same fault of many boards once. Pure. */
export function gathered(faults: readonly ConfigFault[]): GatheredFault[] {
  const found = new Map<string, GatheredFault>();
  for (const { alias, ...fault } of faults) {
    const key = `${fault.pointer} ${fault.message}`;
    const one = found.get(key) ?? { ...fault, aliases: [] };
    if (alias !== undefined) one.aliases.push(alias);
    found.set(key, one);
  }
  return [...found.values()];
}

/** "on a, b and 12 more". Pure. */
export function aliasesText(aliases: readonly string[]): string {
  const more = aliases.length - NAMED;
  return `on ${aliases.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
