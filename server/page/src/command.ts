import type { CommandArgs, CommandName, CommandResult } from '../../src/commands/commands.ts';
import { API, bodyOf, ownHeaders, path, refuse, withSession } from './api.ts';
import { after, NOTHING_TOLD } from './command-lines.ts';

/**
 * Runs a command of perch-server that has no address of its own in the API. Throws ApiProblem when it may not, and Error
 * with the server's sentence when it did nothing.
 */
export async function runCommand<N extends CommandName>(
  name: N,
  args: CommandArgs<N>,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<CommandResult<N>> {
  const response = await withSession(() =>
    fetch(`${API}/commands${path(name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...ownHeaders('POST') },
      body: JSON.stringify(args),
    }),
  );
  if (!response.ok || response.body === null) refuse(response.status, bodyOf(await response.text()));
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let told = NOTHING_TOLD;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    told = after(told, next.value);
    if (told.progress !== undefined) progress(told.progress.done, told.progress.total);
  }
  if (told.end === undefined)
    throw new Error('The connection broke before the server had answered. Look whether it was done.');
  if ('error' in told.end) throw new Error(told.end.error);
  return told.end.result as CommandResult<N>;
}
