import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { word } from '../http/shapes.ts';
import { type Surroundings, settingFault } from '../integrations/check.ts';
import {
  type AnySetting,
  INTEGRATIONS,
  type IntegrationName,
  loadSetting,
  SETTINGS,
  saveSetting,
  settingAfter,
  settingView,
} from '../integrations/settings.ts';
import type { Store } from '../store/contract.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

const closed = { additionalProperties: false };
const Name = word(INTEGRATIONS);

/** How each integration is set; secrets are left out. */
export const integrationList = command(Type.Object({}, closed), async ({ store }) => ({
  integrations: await Promise.all(
    INTEGRATIONS.map(async (name) => ({ name, setting: settingView(await loadSetting(store, name)) })),
  ),
}));

/** How the other integration is set that publishes on a broker. */
async function besideOf(store: Store, name: IntegrationName): Promise<Pick<Surroundings, 'beside'>> {
  if (name === 'mirror')
    return { beside: { name: 'homeassistant', setting: await loadSetting(store, 'homeassistant') } };
  if (name === 'homeassistant')
    return { beside: { name: 'mirror', setting: await loadSetting(store, 'mirror') } };
  return {};
}

/** Takes the place of what was set; a running server acts on it at once, by the event that this leaves behind. */
export const integrationSet = command(
  Type.Object({ name: Name, setting: Type.Record(Type.String(), Type.Unknown()) }, closed),
  async ({ store, settings, live }, { name: text, setting }) => {
    const name = INTEGRATIONS.find((one) => one === text)!;
    const schema = SETTINGS[name];
    if (!Value.Check(schema, setting)) {
      const fault = Value.Errors(schema, setting).First();
      const hint = fault?.schema.description === undefined ? '' : ` (${fault.schema.description})`;
      throw new PerchError('MALFORMED', `${name}${fault?.path ?? ''}: ${fault?.message ?? 'wrong'}${hint}`);
    }
    const before: AnySetting = await loadSetting(store, name);
    const after = settingAfter(before, setting as AnySetting);
    const fault = settingFault(name, after, {
      embedded: live?.status().embedded,
      prefix: settings.prefix,
      ...(await besideOf(store, name)),
    });
    if (fault !== undefined) throw new CommandRefused(`${name} cannot be switched on: ${fault}`);
    await saveSetting(store, name, after);
    return { name, setting: settingView(after), before: before.on };
  },
);
