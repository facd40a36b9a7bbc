import { type Item, itemsOf } from '@perch/broker-bridge/config/items.ts';
import { type ConfigFault, parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { wireItems } from '@perch/broker-bridge/config/self-metrics.ts';
import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { RESPONSE_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import type { WireConfig } from '@perch/broker-bridge/protocol/messages.ts';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

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
    return config;
  },
);

const faultLine = (fault: ConfigFault): string =>
  `${fault.pointer === '' ? '(config)' : fault.pointer}: ${fault.message} (${fault.hint})`;

/** Longest Reconfigure: the largest payload less the envelope and seal around it. */
export const RECONFIGURE_LIMIT = RESPONSE_LIMIT - 64;

const reconfigureBytes = (config: WireConfig): number =>
  encodeMessage({ name: 'reconfigure', re: 2 ** 32, config }).length;

/** Stores a config as the alias's next version, unless it is the text of the newest one already. */
export const configSet = command(
  Type.Object({ alias: Type.String(), text: Type.String() }, { additionalProperties: false }),
  async ({ store, live, now }, args) => {
    const alias = checkAlias(args.alias);
    const parsed = parseConfig(args.text);
    if (!parsed.ok)
      throw new CommandRefused(parsed.faults.map(faultLine).join('\n'), { faults: parsed.faults });
    const items: Item[] = itemsOf(parsed.config);
    const newest = await store.config(alias);
    if (newest?.text === args.text) return { alias, version: newest.version, items, changed: false };
    const names = wireItems(parsed.config).map((item) => item.name);
    const bytes = reconfigureBytes({ version: (newest?.version ?? 0) + 1, json: args.text, items: names });
    if (bytes > RECONFIGURE_LIMIT)
      throw new CommandRefused(
        `the config and the names of its ${names.length} items take ${bytes} bytes on the wire, the limit is ${RECONFIGURE_LIMIT}: shorten sensor ids or split the board's work`,
      );
    const { version } = await store.addConfig(alias, args.text, names, now());
    await live?.configChanged(alias);
    return { alias, version, items, changed: true };
  },
);
