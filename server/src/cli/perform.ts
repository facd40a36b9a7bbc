import { existsSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { CommandArgs, CommandName, CommandResult } from '../commands/commands.ts';
import type { CommandProgress } from '../commands/context.ts';
import { CommandRefused } from '../commands/refusal.ts';
import { callLocal, NoLocalServer } from '../local-socket/call.ts';
import type { Place } from './place.ts';

/** Commands that may be the first thing that a data folder sees. */
const CREATING = new Set<CommandName>(['enroll', 'configSet', 'releasePublish', 'keysInit']);

/** Commands that only look leave no event behind. All others take the data folder while they work, so that no server runs beside them unaware. */
async function onlyLooks(name: CommandName): Promise<boolean> {
  const { TRAITS } = await import('../commands/traits.ts');
  return TRAITS[name].event === undefined;
}

/** How long a command waits for the data folder, in ms. */
const WAIT_MS = 3_000;
const WAIT_STEP_MS = 100;

/**
 * Has the server at that place do it; of a data folder the one that runs with it, and when none runs, opens the database and
 * does it here.
 */
export async function perform<N extends CommandName>(
  place: Place,
  name: N,
  args: CommandArgs<N>,
  progress?: CommandProgress,
): Promise<CommandResult<N>> {
  if (typeof place === 'string') return performLocally(place, name, args, progress);
  const { callRemote } = await import('../remote/call-remote.ts');
  return (await callRemote(place, name, args, progress)) as CommandResult<N>;
}

async function performLocally<N extends CommandName>(
  dataDir: string,
  name: N,
  args: CommandArgs<N>,
  progress?: CommandProgress,
): Promise<CommandResult<N>> {
  const give = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return (await callLocal(dataDir, name, args, progress ? { progress } : {})) as CommandResult<N>;
    } catch (error) {
      if (!(error instanceof NoLocalServer)) throw error;
    }
    const lock = (await onlyLooks(name)) ? undefined : await takeFolder(dataDir, name);
    if (lock === 'taken') {
      // A server that starts right now answers in a moment.
      if (Date.now() >= give)
        throw new CommandRefused(
          `a server or another command is at work in ${dataDir} and does not answer; try again, or end it first`,
        );
      await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
      continue;
    }
    try {
      return (await performHere(dataDir, name, args, progress)) as CommandResult<N>;
    } finally {
      lock?.release();
    }
  }
}

async function takeFolder(
  dataDir: string,
  name: CommandName,
): Promise<{ release(): void } | 'taken' | undefined> {
  if (!CREATING.has(name) && !existsSync(dataDir)) return undefined; // refused for that reason
  const { lockDataFolder } = await import('../local-socket/data-lock.ts');
  try {
    return lockDataFolder(dataDir);
  } catch (error) {
    if (error instanceof PerchError && error.code === 'BUSY') return 'taken';
    throw error;
  }
}

async function performHere(
  dataDir: string,
  name: CommandName,
  args: unknown,
  progress?: CommandProgress,
): Promise<unknown> {
  // Loaded here, as help, mistakes and commands to a running server can do without, and start in half the time.
  const { databasePath, openSqliteStore } = await import('../store/sqlite.ts');
  const path = databasePath(dataDir);
  if (!CREATING.has(name) && !existsSync(path))
    throw new CommandRefused(
      `there is no Perch server in ${dataDir} yet: begin with perch-server serve, or say where it is with --data DIR`,
    );
  const { runCommand } = await import('../commands/commands.ts');
  const { localCaller } = await import('../commands/caller.ts');
  const { loadTokenSettings } = await import('../commands/settings.ts');
  const { loadKeys } = await import('../keys.ts');
  const store = await openSqliteStore(path);
  try {
    const [keys, settings] = [await loadKeys(dataDir, store), await loadTokenSettings(store)];
    const context = { store, dataDir, keys, settings, now: Date.now };
    return await runCommand(context, localCaller(), name, args, progress);
  } finally {
    await store.close();
  }
}
