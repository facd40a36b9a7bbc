import { isTimeZone } from '@perch/broker-bridge/config/updates.ts';
import { isVersion, PLATFORMS } from '@perch/broker-bridge/release.ts';
import { type Static, Type } from '@sinclair/typebox';
import { DEFAULT_LIMITS, DEFAULT_SOAK_MS, DEFAULT_WAVES } from '../rollout/defaults.ts';
import type { Rollout, RolloutSpec, RolloutState } from '../rollout/facts.ts';
import { AT_ONCE_LIMIT, GROUPS_LIMIT, SPAN_LIMIT_MS, TRIES_LIMIT, WAVES_LIMIT } from '../rollout/limits.ts';
import { readStatus } from '../rollout/status.ts';
import { abort, NEW_STATE, pause, resume } from '../rollout/waves.ts';
import { stateText } from '../rollout/words.ts';
import type { Store } from '../store/contract.ts';
import { type CommandContext, command } from './context.ts';
import { GroupName } from './groups.ts';
import { CommandRefused } from './refusal.ts';
import { rolloutsChanged } from './rollouts-changed.ts';

const closed = { additionalProperties: false };
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Span = Type.Integer({ minimum: 0, maximum: SPAN_LIMIT_MS });
const Minute = Type.Integer({ minimum: 0, maximum: 24 * 60 - 1 });

const Create = Type.Object(
  {
    version: Type.String({ maxLength: 64 }),
    groups: Type.Optional(Type.Array(GroupName, { minItems: 1, maxItems: GROUPS_LIMIT, uniqueItems: true })),
    platforms: Type.Optional(
      Type.Array(Type.Union(PLATFORMS.map((name) => Type.Literal(name))), { minItems: 1, uniqueItems: true }),
    ),
    waves: Type.Optional(
      Type.Array(
        Type.Object({ percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }), soak: Span }, closed),
        {
          ...{ minItems: 1, maxItems: WAVES_LIMIT },
        },
      ),
    ),
    limits: Type.Optional(
      Type.Partial(
        Type.Object({
          ...{ failures: Share, silent: Share, enough: Share, silence: Span },
          least: Type.Integer({ minimum: 1, maximum: AT_ONCE_LIMIT }),
          atOnce: Type.Integer({ minimum: 1, maximum: AT_ONCE_LIMIT }),
          tries: Type.Integer({ minimum: 1, maximum: TRIES_LIMIT }),
        }),
        closed,
      ),
    ),
    window: Type.Optional(
      Type.Object(
        {
          days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
            minItems: 1,
            maxItems: 7,
            uniqueItems: true,
          }),
          ...{ from: Minute, to: Minute, zone: Type.String({ maxLength: 64 }) },
        },
        closed,
      ),
    ),
    downgrade: Type.Optional(Type.Boolean()),
    /** End the rollouts that are under way for any of its boards. */
    replace: Type.Optional(Type.Boolean()),
  },
  closed,
);

function specOf({ replace: _, limits, waves, ...given }: Static<typeof Create>): RolloutSpec {
  const found = waves ?? DEFAULT_WAVES.map((percent) => ({ percent, soak: DEFAULT_SOAK_MS }));
  if (!isVersion(given.version))
    throw new CommandRefused(`${JSON.stringify(given.version)} is not a version; write one such as 0.2.0`);
  if (found.some(({ percent }, index) => index > 0 && percent <= found[index - 1]!.percent))
    throw new CommandRefused('each wave must have more percent than the one before');
  if (given.window && !isTimeZone(given.window.zone))
    throw new CommandRefused(
      `${JSON.stringify(given.window.zone)} is no time zone that is known here; write an IANA name such as Europe/Berlin`,
    );
  return { ...given, waves: found, limits: { ...DEFAULT_LIMITS, ...limits } };
}

const isOpen = ({ state: { phase } }: Rollout): boolean => phase !== 'done' && phase !== 'aborted';

/** True when a board may be meant by both. Groups of other names are taken to have no board in common. */
function overlap(a: RolloutSpec, b: RolloutSpec): boolean {
  const common = (one: string[] | undefined, other: string[] | undefined): boolean =>
    one === undefined || other === undefined || one.some((name) => other.includes(name));
  return common(a.groups, b.groups) && common(a.platforms, b.platforms);
}

export const rolloutCreate = command(Create, async (context, args) => {
  const { store, now } = context;
  const spec = specOf(args);
  const others = (await store.rolloutFacts()).rollouts.filter(
    (rollout) => isOpen(rollout) && overlap(rollout.spec, spec),
  );
  if (others.length > 0 && !args.replace)
    throw new CommandRefused(
      `rollout ${others[0]!.id} of ${others[0]!.spec.version} is under way for the same boards (${stateText(others[0]!.state)}); abort it, or let the new one take its place with --replace`,
      { rollouts: others.map(({ id }) => id) },
    );
  const rollout = await store.addRollout(spec, NEW_STATE, now());
  for (const { id } of others)
    await change(store, id, ({ state }) => abort(state, false, { by: 'replaced', rollout: rollout.id }));
  await rolloutsChanged(context);
  const { rollouts } = await readStatus(store, now(), rollout.id);
  return { rollout: rollouts[0]!, replaced: others.map(({ id }) => id) };
});

/** Tries of a change when somebody else changes the same rollout: the server's own are rare. */
const CHANGE_TRIES = 5;

/** Changes a rollout's state; false when `to` says that there is nothing to change. */
async function change(
  store: Store,
  id: number,
  to: (rollout: Rollout) => RolloutState | undefined,
): Promise<boolean> {
  for (let tries = 0; tries < CHANGE_TRIES; tries++) {
    const rollout = (await store.rolloutFacts()).rollouts.find((each) => each.id === id);
    const state = rollout && to(rollout);
    if (rollout === undefined || state === undefined) return false;
    if (await store.setRolloutState(rollout, state)) return true;
  }
  throw new CommandRefused(`rollout ${id} changes all the time; try again`);
}

/** The rollout with that number, or the only one for which `fits` holds. */
async function find(
  store: Store,
  id: number | undefined,
  fits: (rollout: Rollout) => boolean,
): Promise<Rollout> {
  const { rollouts } = await store.rolloutFacts();
  const found = id === undefined ? rollouts.filter(fits) : rollouts.filter((each) => each.id === id);
  if (found.length === 1) return found[0]!;
  if (id !== undefined) throw new CommandRefused(`there is no rollout ${id}; see perch-server rollout list`);
  throw new CommandRefused(
    found.length === 0
      ? 'no rollout is there for that; see perch-server rollout list'
      : `several rollouts fit; say which: ${found.map((each) => `${each.id} (${each.spec.version})`).join(', ')}`,
    { rollouts: found.map((each) => each.id) },
  );
}

const Which = { id: Type.Optional(Type.Integer({ minimum: 1 })) };

/** A command that changes one rollout by a pure function of waves.ts, which gives undefined when it cannot be. */
async function changing(
  context: CommandContext,
  id: number | undefined,
  what: string,
  to: (state: RolloutState) => RolloutState | undefined,
) {
  const { store, now } = context;
  const rollout = await find(store, id, ({ state }) => to(state) !== undefined);
  if (!(await change(store, rollout.id, ({ state }) => to(state))))
    throw new CommandRefused(`rollout ${rollout.id} cannot be ${what}: it is ${stateText(rollout.state)}`);
  await rolloutsChanged(context);
  const { rollouts } = await readStatus(store, now(), rollout.id);
  return { rollout: rollouts[0]! };
}

export const rolloutPause = command(Type.Object(Which, closed), (context, { id }) =>
  changing(context, id, 'paused', pause),
);

export const rolloutResume = command(Type.Object(Which, closed), (context, { id }) =>
  changing(context, id, 'resumed', (state) => resume(state, context.now())),
);

export const rolloutAbort = command(
  Type.Object({ ...Which, back: Type.Optional(Type.Boolean()) }, closed),
  (context, { id, back }) =>
    // A rollout that is done is only meant when it is named.
    changing(context, id, 'aborted', (state) =>
      id === undefined && state.phase === 'done' ? undefined : abort(state, back === true),
    ),
);

export const rolloutList = command(Type.Object({}, closed), async ({ store, now }) => {
  const { pins } = await store.rolloutFacts();
  const { rollouts } = await readStatus(store, now());
  return { rollouts, pins };
});

export const rolloutStatus = command(
  Type.Object({ ...Which, board: Type.Optional(Type.String()) }, closed),
  async ({ store, now }, { id, board }) => {
    const found = await readStatus(store, now(), id, board);
    if (id !== undefined && found.rollouts.length === 0)
      throw new CommandRefused(`there is no rollout ${id}; see perch-server rollout list`);
    if (board !== undefined && found.board === undefined)
      throw new CommandRefused(
        `${JSON.stringify(board)} is no board that is let in; the boards: perch-server devices`,
      );
    // Without a number the one that was created last.
    return { ...(found.board ? { board: found.board } : {}), rollout: found.rollouts[0] ?? null };
  },
);
