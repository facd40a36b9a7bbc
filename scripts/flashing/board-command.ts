import { onToldToEnd } from '../../server/src/cli/told-to-end.ts';
import { BoardError } from './board-error.ts';

/**
 * Runs a command of this folder's kind to its end: a signal aborts it in good order, a failure is one line (and an object with
 * --json). Exit code 1 for a failure, 2 for a wrong call, 130 when it was stopped.
 */
export async function runBoardCommand(
  name: string,
  main: (args: string[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  onToldToEnd(() => stop.abort());
  process.on('SIGHUP', () => stop.abort());
  try {
    await main(process.argv.slice(2), stop.signal);
  } catch (error) {
    const code = error instanceof BoardError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (process.argv.includes('--json'))
      console.log(JSON.stringify({ error: { code: code ?? null, message } }));
    process.stderr.write(`${name}: ${message}\n`);
    process.exitCode = code === 'BAD_OPTION' ? 2 : code === 'STOPPED' ? 130 : 1;
  }
}
