import { itemsOf } from '@perch/broker-bridge/config/items.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import { loadLayersOf } from '../layers/plan.ts';
import { command } from './context.ts';
import { layerSet } from './layers.ts';
import { CommandRefused } from './refusal.ts';

/** A board's config as it gets it, and the layers that it is made of. */
export const configGet = command(
  Type.Object(
    { alias: Type.String(), version: Type.Optional(Type.Integer({ minimum: 1 })) },
    { additionalProperties: false },
  ),
  async ({ store }, args) => {
    const alias = checkAlias(args.alias);
    const config = await store.config(alias, args.version);
    if (config === undefined)
      throw new CommandRefused(
        args.version === undefined
          ? `${alias} has no config yet: it gets the default one at its first Hello, or yours: perch-server config set ${alias} FILE`
          : `there is no version ${args.version} of the config of ${alias}`,
      );
    const layers = await loadLayersOf(store, alias);
    return { ...config, layers: layers.map(({ kind, name, version }) => ({ kind, name, version })) };
  },
);

/** Makes a text a board's own layer. Where it is the only one, it is the board's config as it stands. */
export const configSet = command(
  Type.Object({ alias: Type.String(), text: Type.String() }, { additionalProperties: false }),
  async (context, args, progress, caller) => {
    const alias = checkAlias(args.alias);
    const { changed } = await layerSet.run(
      context,
      { kind: 'board', name: alias, text: args.text },
      progress,
      caller,
    );
    const config = await context.store.config(alias);
    const parsed = config === undefined ? undefined : parseConfig(config.text);
    const items = parsed?.ok ? itemsOf(parsed.config) : [];
    return { alias, version: config?.version ?? 0, items, changed: changed.includes(alias) };
  },
);
