import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { configGet, configSet } from './configs.ts';
import { type Command, type CommandContext, type CommandProgress, command } from './context.ts';
import { approve, devices, revoke } from './devices.ts';
import { enroll } from './enroll.ts';
import { groupSet, pinRemove, pinSet } from './groups.ts';
import { keysExport, keysImport, keysInit, keysRotate, keysShow } from './keys.ts';
import { gaps, records } from './records.ts';
import { CommandRefused } from './refusal.ts';
import { releaseList, releasePublish, releasePublishSigned } from './releases.ts';
import {
  rolloutAbort,
  rolloutCreate,
  rolloutList,
  rolloutPause,
  rolloutResume,
  rolloutStatus,
} from './rollouts.ts';

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
  keysInit,
  keysShow,
  keysRotate,
  keysImport,
  keysExport,
  records,
  gaps,
  status,
};

export type CommandName = keyof typeof COMMANDS;
type ArgsOf<C> = C extends Command<infer A, unknown> ? Static<A> : never;
export type CommandArgs<N extends CommandName> = ArgsOf<(typeof COMMANDS)[N]>;
export type CommandResult<N extends CommandName> = Awaited<ReturnType<(typeof COMMANDS)[N]['run']>>;

/**
 * Checks name and arguments, which may come from anywhere, and runs the command. Rejects with CommandRefused or
 * PerchError, whose messages are for the person who asked.
 */
export async function runCommand(
  context: CommandContext,
  name: string,
  args: unknown,
  progress: CommandProgress = () => undefined,
): Promise<unknown> {
  if (!Object.hasOwn(COMMANDS, name))
    throw new PerchError('MALFORMED', `there is no command ${JSON.stringify(name.slice(0, 40))}`);
  const found = COMMANDS[name as CommandName] as Command<TSchema, unknown>;
  if (!Value.Check(found.args, args)) {
    const fault = Value.Errors(found.args, args).First();
    throw new PerchError('MALFORMED', `${name}${fault?.path ?? ''}: ${fault?.message ?? 'wrong arguments'}`);
  }
  return found.run(context, args, progress);
}
