import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { isVersion } from '@perch/broker-bridge/release.ts';
import { Type } from '@sinclair/typebox';
import { settleLayers } from '../layers/apply.ts';
import { GROUPS_LIMIT } from '../rollout/limits.ts';
import type { Store } from '../store/contract.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';
import { rolloutsChanged } from './rollouts-changed.ts';

/** The name of a group of boards. */
export const GroupName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,31}$',
  description: '1 to 32 of a-z 0-9 . _ -, a letter or digit first',
});

async function mustBeKnown(store: Store, alias: string): Promise<void> {
  if ((await store.devicesOf(alias)).length === 0)
    throw new CommandRefused(`no board was here as ${alias}; the boards: perch-server devices`);
}

/** The groups that a board is in from now on. */
export const groupSet = command(
  Type.Object(
    { alias: Type.String(), groups: Type.Array(GroupName, { maxItems: GROUPS_LIMIT }) },
    { additionalProperties: false },
  ),
  async (context, args) => {
    const alias = checkAlias(args.alias);
    await mustBeKnown(context.store, alias);
    await context.store.setGroups(alias, args.groups);
    await rolloutsChanged(context);
    await settleLayers(context, [alias]);
    return { alias, groups: [...new Set(args.groups)].sort() };
  },
);

const Of = {
  kind: Type.Union([Type.Literal('board'), Type.Literal('group')]),
  name: Type.String({ maxLength: 64 }),
};

/** Holds a board or a group at a version, whatever the rollouts say. */
export const pinSet = command(
  Type.Object({ ...Of, version: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
  async (context, { kind, name, version }) => {
    const { store, now } = context;
    if (kind === 'board') await mustBeKnown(store, checkAlias(name));
    const releases = await store.releases();
    if (!isVersion(version) || !releases.some((release) => release.version === version))
      throw new CommandRefused(
        `${JSON.stringify(version)} is not published for any platform; see perch-server release list`,
      );
    await store.setPin({ kind, name, version, created: now() });
    await rolloutsChanged(context);
    return { kind, name, version };
  },
);

export const pinRemove = command(
  Type.Object(Of, { additionalProperties: false }),
  async (context, { kind, name }) => {
    if (!(await context.store.removePin(kind, name)))
      throw new CommandRefused(`the ${kind} ${name} is not pinned; see perch-server rollout list`);
    await rolloutsChanged(context);
    return { kind, name };
  },
);
