import type { ConfigFault } from '@perch/broker-bridge/config/parse.ts';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import { applyConfigs } from '../layers/apply.ts';
import { checkLayer } from '../layers/check.ts';
import { layerName } from '../layers/effective.ts';
import { inTurn } from '../layers/in-turn.ts';
import { type JsonChange, jsonChanges } from '../layers/json-diff.ts';
import { type LayerPlan, planLayer } from '../layers/plan.ts';
import type { LayerKey, LayerVersion } from '../store/layer-contract.ts';
import { type CommandContext, command } from './context.ts';
import { CommandRefused } from './refusal.ts';

const closed = { additionalProperties: false };
const Key = {
  kind: Type.Union([Type.Literal('fleet'), Type.Literal('group'), Type.Literal('board')]),
  name: Type.String({ maxLength: 64, description: "a group or an alias; '' for the fleet" }),
};
const Version = Type.Integer({ minimum: 0, maximum: 2 ** 31 });
const Note = Type.String({ maxLength: 200 });
/** Boards whose changes are shown before a layer is stored. */
export const BOARDS_SHOWN = 20;

/** A layer was changed by somebody else since it was looked at. */
export class LayerMoved extends CommandRefused {
  constructor(key: LayerKey, version: number) {
    super(`the layer of ${layerName(key)} has version ${version} now; look at it, and change that`, {
      version,
    });
    this.name = 'LayerMoved';
  }
}

function keyOf({ kind, name }: LayerKey): LayerKey {
  if (kind === 'fleet') {
    if (name !== '') throw new CommandRefused("the fleet's layer has no name");
  } else if (kind === 'board') checkAlias(name);
  else if (!/^[a-z0-9][a-z0-9._-]{0,31}$/.test(name))
    throw new CommandRefused(`${JSON.stringify(name)} is not the name of a group`);
  return { kind, name };
}

const faultLine = (fault: ConfigFault & { alias?: string }): string =>
  `${fault.alias ? `${fault.alias}: ` : ''}${fault.pointer === '' ? '(config)' : fault.pointer}: ${fault.message} (${fault.hint})`;

const refusal = (faults: (ConfigFault & { alias?: string })[]): CommandRefused =>
  new CommandRefused(faults.map(faultLine).join('\n'), { faults });

/** Of a board's own layer everybody knows which board it is about. */
const shown = (key: LayerKey, faults: LayerPlan['faults']): (ConfigFault & { alias?: string })[] =>
  key.kind === 'board' ? faults.map(({ alias: _, ...fault }) => fault) : faults;

/** A config's text and that of a layer are JSON here, as they were checked. */
const changesOf = (before: string | undefined, after: string): JsonChange[] =>
  jsonChanges(before === undefined ? {} : JSON.parse(before), JSON.parse(after));

/** A version as commands tell it: without its text. */
export const versionView = ({ text, ...version }: LayerVersion) => ({
  ...version,
  bytes: text === null ? 0 : Buffer.byteLength(text),
  removed: text === null,
});

async function checked(context: CommandContext, key: LayerKey, text: string | null): Promise<LayerPlan> {
  if (text !== null) {
    const faults = checkLayer(text);
    if (faults.length > 0) throw refusal(faults);
  }
  const plan = await planLayer(context.store, key, text);
  if (plan.faults.length > 0) throw refusal(shown(key, plan.faults));
  return plan;
}

interface Wish {
  expect?: number | undefined;
  note?: string | undefined;
  actor: string;
}

/** Stores a layer and what becomes of its boards' configs. */
const change = (context: CommandContext, key: LayerKey, text: string | null, wish: Wish) =>
  inTurn(context.store, () => changeNow(context, key, text, wish));

async function changeNow(
  context: CommandContext,
  key: LayerKey,
  text: string | null,
  { expect, note, actor }: Wish,
) {
  const { store, now } = context;
  const newest = await store.layer(key);
  const version = newest?.version ?? 0;
  if (expect !== undefined && expect !== version) throw new LayerMoved(key, version);
  const plan = await checked(context, key, text);
  const same = (newest?.text ?? null) === text;
  const layer = { ...key, text, created: now(), actor, ...(note === undefined ? {} : { note }) };
  const stored = same ? { version } : await store.setLayer(layer, version);
  if (stored === undefined) throw new LayerMoved(key, (await store.layer(key))?.version ?? 0);
  // Also where the layer is there already: an earlier try may have ended between it and the last board's config.
  await applyConfigs(context, plan.changes);
  const changed = plan.changes.map(({ alias }) => alias);
  return { ...key, version: stored.version, boards: plan.boards.length, changed, same };
}

export const layerSet = command(
  Type.Object(
    { ...Key, text: Type.String(), expect: Type.Optional(Version), note: Type.Optional(Note) },
    closed,
  ),
  (context, { kind, name, text, expect, note }, _, { actor }) =>
    change(context, keyOf({ kind, name }), text, { expect, note, actor }),
);

export const layerRemove = command(
  Type.Object({ ...Key, expect: Type.Optional(Version) }, closed),
  async (context, { kind, name, expect }, _, { actor }) => {
    const key = keyOf({ kind, name });
    if (((await context.store.layer(key))?.text ?? null) === null)
      throw new CommandRefused(`${layerName(key)} has no layer of config; see perch-server layer list`);
    return change(context, key, null, { expect, actor });
  },
);

/** Makes an earlier version the newest one again. */
export const layerRollback = command(
  Type.Object({ ...Key, version: Type.Integer({ minimum: 1 }), expect: Type.Optional(Version) }, closed),
  async (context, { kind, name, version, expect }, _, { actor }) => {
    const key = keyOf({ kind, name });
    const earlier = await context.store.layer(key, version);
    if (earlier === undefined)
      throw new CommandRefused(`there is no version ${version} of the layer of ${layerName(key)} (any more)`);
    return change(context, key, earlier.text, { expect, note: `as in version ${version}`, actor });
  },
);

export const layerGet = command(
  Type.Object({ ...Key, version: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
  async ({ store }, { kind, name, version }) => {
    const key = keyOf({ kind, name });
    const layer = await store.layer(key, version);
    if (version !== undefined && layer === undefined)
      throw new CommandRefused(`there is no version ${version} of the layer of ${layerName(key)} (any more)`);
    // What was never there and what was taken away look the same but for the version.
    return layer ?? { ...key, version: 0, text: null };
  },
);

export const layerList = command(Type.Object({}, closed), async ({ store }) => ({
  layers: (await store.layers()).map(versionView),
}));

export const layerHistory = command(Type.Object(Key, closed), async ({ store }, { kind, name }) => ({
  versions: (await store.layerVersions(keyOf({ kind, name }))).map(versionView),
}));

/** What is different between two versions; 0: before there was one. */
export const layerDiff = command(
  Type.Object({ ...Key, from: Version, to: Version }, closed),
  async ({ store }, { kind, name, from, to }) => {
    const key = keyOf({ kind, name });
    const textOf = async (version: number): Promise<string> => {
      if (version === 0) return '{}';
      const layer = await store.layer(key, version);
      if (layer === undefined)
        throw new CommandRefused(
          `there is no version ${version} of the layer of ${layerName(key)} (any more)`,
        );
      return layer.text ?? '{}';
    };
    return { changes: changesOf(await textOf(from), await textOf(to)) };
  },
);

/** What would become of boards' configs if this were a layer: nothing is stored. A null text takes it away. */
export const layerCheck = command(
  Type.Object({ ...Key, text: Type.Union([Type.String(), Type.Null()]) }, closed),
  async ({ store }, { kind, name, text }) => {
    const key = keyOf({ kind, name });
    const own = text === null ? [] : checkLayer(text);
    if (own.length > 0) return { ok: false, faults: own, boards: 0, changed: 0, changes: [] };
    const plan = await planLayer(store, key, text);
    return {
      ok: plan.faults.length === 0,
      faults: shown(key, plan.faults),
      boards: plan.boards.length,
      changed: plan.changes.length,
      changes: plan.changes
        .slice(0, BOARDS_SHOWN)
        .map(({ alias, before, text: after }) => ({ alias, changes: changesOf(before, after) })),
    };
  },
);
