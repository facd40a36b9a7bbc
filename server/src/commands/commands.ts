import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { login, sessionEnd, sessionList, tokenAdd, tokenList, tokenRevoke } from './access.ts';
import {
  alertAcknowledge,
  alertList,
  alertRuleAdd,
  alertRuleList,
  alertRuleRemove,
  alertRuleSet,
} from './alerts.ts';
import { type Caller, mayDo, NotAllowed } from './caller.ts';
import { configGet, configSet } from './configs.ts';
import { type Command, type CommandContext, type CommandProgress, command } from './context.ts';
import { approve, devices, revoke } from './devices.ts';
import { enroll } from './enroll.ts';
import { events } from './events.ts';
import { groupSet, pinRemove, pinSet } from './groups.ts';
import { integrationList, integrationSet } from './integrations.ts';
import { keysExport, keysImport, keysInit, keysRotate, keysShow } from './keys.ts';
import {
  layerCheck,
  layerDiff,
  layerGet,
  layerHistory,
  layerList,
  layerRemove,
  layerRollback,
  layerSet,
} from './layers.ts';
import { gaps, records } from './records.ts';
import { CommandRefused } from './refusal.ts';
import { releaseList, releasePublish, releasePublishSigned } from './releases.ts';
import { remember } from './remember.ts';
import { retentionGet, retentionSet } from './retention.ts';
import {
  rolloutAbort,
  rolloutCreate,
  rolloutList,
  rolloutPause,
  rolloutResume,
  rolloutStatus,
} from './rollouts.ts';
import { TRAITS, type Traits } from './traits.ts';
import {
  webhookAdd,
  webhookDeliveries,
  webhookList,
  webhookRemove,
  webhookSet,
  webhookTest,
} from './webhooks.ts';

const status = command(Type.Object({}, { additionalProperties: false }), async ({ live }) => {
  if (live === undefined) throw new CommandRefused('no server runs with this data folder');
  return live.status();
});

/** Every command of the server, for its command line, its local socket and its HTTP API alike. */
export const COMMANDS = {
  enroll,
  devices,
  approve,
  revoke,
  configGet,
  configSet,
  layerSet,
  layerRemove,
  layerRollback,
  layerGet,
  layerList,
  layerHistory,
  layerDiff,
  layerCheck,
  alertList,
  alertAcknowledge,
  alertRuleList,
  alertRuleAdd,
  alertRuleSet,
  alertRuleRemove,
  releasePublish,
  releasePublishSigned,
  releaseList,
  rolloutCreate,
  rolloutStatus,
  rolloutList,
  rolloutPause,
  rolloutResume,
  rolloutAbort,
  groupSet,
  pinSet,
  pinRemove,
  login,
  tokenAdd,
  tokenList,
  tokenRevoke,
  sessionList,
  sessionEnd,
  keysInit,
  keysShow,
  keysRotate,
  keysImport,
  keysExport,
  events,
  records,
  gaps,
  retentionGet,
  retentionSet,
  integrationList,
  integrationSet,
  webhookAdd,
  webhookSet,
  webhookRemove,
  webhookList,
  webhookTest,
  webhookDeliveries,
  status,
};

export type CommandName = keyof typeof COMMANDS;
type ArgsOf<C> = C extends Command<infer A, unknown> ? Static<A> : never;
export type CommandArgs<N extends CommandName> = ArgsOf<(typeof COMMANDS)[N]>;
export type CommandResult<N extends CommandName> = Awaited<ReturnType<(typeof COMMANDS)[N]['run']>>;

/**
 * Checks who asks, the name and the arguments, which may come from anywhere, runs the command and remembers what it changed.
 * Rejects with CommandRefused or PerchError, whose messages are for the person who asked; FORBIDDEN when his scope is too small.
 */
export async function runCommand(
  context: CommandContext,
  caller: Caller,
  name: string,
  args: unknown,
  progress: CommandProgress = () => undefined,
): Promise<unknown> {
  if (!Object.hasOwn(COMMANDS, name))
    throw new PerchError('MALFORMED', `there is no command ${JSON.stringify(name.slice(0, 40))}`);
  const found = COMMANDS[name as CommandName] as Command<TSchema, unknown>;
  const { scope, event } = TRAITS[name as CommandName] as Traits;
  if (!mayDo(caller.scope, scope)) throw new NotAllowed(name, scope, caller.scope);
  if (!Value.Check(found.args, args)) {
    const fault = Value.Errors(found.args, args).First();
    throw new PerchError('MALFORMED', `${name}${fault?.path ?? ''}: ${fault?.message ?? 'wrong arguments'}`);
  }
  const result = await found.run(context, args, progress, caller);
  const remembered = event?.(args, result);
  if (remembered !== undefined)
    await remember(context, [{ at: context.now(), actor: caller.actor, ...remembered }]);
  return result;
}
