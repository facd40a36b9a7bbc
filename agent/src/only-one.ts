import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Makes this process the only agent of its state folder, until it ends: two would overwrite each other's records. The lock is
 * an abstract Unix socket (unix(7)), which goes with the process however that ends.
 * @returns false when another one holds it
 */
export function lockState(state: string): Promise<boolean> {
  const name = createHash('sha256').update(realpathSync(state)).digest('hex').slice(0, 32);
  const lock = createServer((socket) => socket.destroy());
  lock.unref();
  return new Promise((resolve) => {
    // Where there are no abstract sockets, the status socket is what is left to tell.
    lock.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    lock.listen(`\0perch-agent-${name}`, () => resolve(true));
  });
}
