import { type CommandArgs, type CommandName, type CommandResult, runCommand } from '../commands/commands.ts';
import type { HttpContext } from './context.ts';
import type { Known } from './gate.ts';

/** Has a command done for a caller. Rejects as runCommand does. */
export const call = <N extends CommandName>(
  context: HttpContext,
  caller: Known,
  name: N,
  args: CommandArgs<N>,
): Promise<CommandResult<N>> => runCommand(context, caller, name, args) as Promise<CommandResult<N>>;
