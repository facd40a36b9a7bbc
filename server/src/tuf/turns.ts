/** Work that waits for its turn, by data folder. Every piece reads the current metadata and adds what follows from it. */
const last = new Map<string, Promise<unknown>>();

/** Runs `body` when all that came before it for this data folder is done, as this process is the only one at work in it. */
export async function inTurn<T>(dataDir: string, body: () => Promise<T>): Promise<T> {
  const before = last.get(dataDir) ?? Promise.resolve();
  const mine = before.then(body, body);
  last.set(dataDir, mine);
  try {
    return await mine;
  } finally {
    if (last.get(dataDir) === mine) last.delete(dataDir);
  }
}
