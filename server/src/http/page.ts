import { existsSync } from 'node:fs';
import { join } from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The built page. */
const PAGE = join(import.meta.dirname, '../../page/dist');

/** Serves the page: its files by name, and itself for every address that it has views for. */
export async function addPage(app: FastifyInstance, folder: string = PAGE): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) return;
  await app.register(files, {
    root: folder,
    wildcard: false,
    // Names of assets have their content's hash.
    setHeaders: (reply, path) =>
      void reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  });
  app.get('/*', { schema: { hide: true } }, async ({ url }, reply) => {
    if (url.startsWith('/api/') || url.startsWith('/assets/')) return reply.callNotFound();
    return reply.sendFile('index.html');
  });
}
