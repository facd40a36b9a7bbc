import type { CommandContext } from './context.ts';

/** The running server looks at its rollouts anew, and boards that are connected hear of it at once. */
export async function rolloutsChanged({ live }: Pick<CommandContext, 'live'>): Promise<void> {
  await live?.releaseChanged();
}
