import { setImmediate as turn } from 'node:timers/promises';
import { ERRORS, type ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { UPDATE_STATES } from '@perch/broker-bridge/protocol/messages.ts';
import type { Device, Store } from '../store/contract.ts';
import type { RolloutFacts } from '../store/rollout-contract.ts';
import { newestOf, releasesIn } from '../tuf/signed-files.ts';
import type { BookFacts } from './book.ts';
import type { Board, Rollout, Target } from './facts.ts';
import { OUTAGE_MS } from './limits.ts';

/** The published releases, with what the signed targets say of them. */
async function targetsOf(store: Store, held: RolloutFacts['held']): Promise<Target[]> {
  const signed = newestOf(await store.metadata(), 'targets');
  const name = ({ platform, version }: { platform: string; version: string }): string =>
    `${platform}/${version}`;
  const may = new Map(
    (signed === undefined ? [] : releasesIn(signed)).map((each) => [name(each), each.mayReplace]),
  );
  const holds = new Set(held.map(name));
  return (await store.releases()).map((release) => {
    const { platform, version, sequence, created } = release;
    const mayReplace = may.get(name(release));
    return {
      ...{ platform, version, sequence, created },
      ...(mayReplace === undefined ? {} : { mayReplace }),
      ...(holds.has(name(release)) ? { held: true } : {}),
    };
  });
}

const stateOf = (text: string) => UPDATE_STATES.find((each) => each === text);
const isCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

function boardOf(
  { alias, platform, version, lastSeen, update }: Device,
  groups: RolloutFacts['groups'],
): Board {
  const state = update && stateOf(update.state);
  return {
    ...{ alias, platform, version, lastSeen, connected: false, groups: groups.get(alias) ?? [] },
    ...(update === undefined || state === undefined
      ? {}
      : {
          update: {
            ...{ sequence: update.sequence, state },
            ...(update.error !== undefined && isCode(update.error) ? { code: update.error } : {}),
          },
        }),
  };
}

/** When the server listened last, and since when without an outage of its own, Unix ms. */
export interface Alive {
  at: number;
  listening: number;
}

const ALIVE = 'rollouts.alive';

async function readAlive(store: Store): Promise<Alive | undefined> {
  const text = await store.getSetting(ALIVE);
  return text === undefined ? undefined : (JSON.parse(text) as Alive);
}

export const writeAlive = (store: Store, alive: Alive): Promise<void> =>
  store.setSetting(ALIVE, JSON.stringify(alive));

/** The server listens at `now`: if it did not for long, silence is counted from now on. Pure. */
export function heardTo(alive: Alive | undefined, now: number): Alive {
  const away = alive !== undefined && now - alive.at > OUTAGE_MS;
  return { at: now, listening: away ? now : (alive?.listening ?? 0) };
}

/** What decisions go by, as it is stored: the facts of the book, and the boards that are let in. Rejects as the store does. */
export async function loadFacts(
  store: Store,
  now: number,
): Promise<{ facts: BookFacts; boards: Board[]; groups: RolloutFacts['groups'] }> {
  const { rollouts, steps, pins, since, held, groups } = await store.rolloutFacts();
  const targets = await targetsOf(store, held);
  const { listening } = heardTo(await readAlive(store), now);
  const boards = (await store.devices())
    .filter(({ status }) => status === 'approved')
    .map((device) => boardOf(device, groups));
  return { facts: { rollouts, steps, pins, since, targets, listening }, boards, groups };
}

/** Where boards are matters only to rollouts that keep to a window. */
export const needsZones = (rollouts: readonly Rollout[]): boolean =>
  rollouts.some(({ spec, state }) => spec.window !== undefined && state.phase !== 'aborted');

/** The time zone that a board's config names. */
export async function zoneOf(store: Store, alias: string): Promise<string | undefined> {
  const config = await store.config(alias);
  if (config === undefined) return undefined;
  // Only configs that were accepted are stored, so it is an object, and a zone in it is a text.
  return (JSON.parse(config.text) as { timeZone?: string }).timeZone;
}

/** Configs that are read before others have their turn. */
const CONFIGS_AT_ONCE = 100;

/** Adds to boards where they are. */
export async function addZones(store: Store, boards: Board[]): Promise<void> {
  for (const [index, board] of boards.entries()) {
    const zone = await zoneOf(store, board.alias);
    if (zone !== undefined) board.timeZone = zone;
    if (index % CONFIGS_AT_ONCE === CONFIGS_AT_ONCE - 1) await turn();
  }
}
