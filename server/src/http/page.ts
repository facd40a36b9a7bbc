import { existsSync } from 'node:fs';
import { join } from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The built page. */
const PAGE = join(import.meta.dirname, '../../page/dist');

/**
 * Serves the page: its files by name, and itself for every address that it has views for. @returns what gives the page itself for
 * an address that is nothing else; undefined where the page is not built
 */
export async function addPage(
  app: FastifyInstance,
  folder: string = PAGE,
): Promise<((request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined) | undefined> {
  if (!existsSync(join(folder, 'index.html'))) return undefined;
  await app.register(files, {
    root: folder,
    // Names of assets have their content's hash.
    setHeaders: (reply, path) =>
      void reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  });
  return ({ method, url }, reply) =>
    method === 'GET' && !/^\/(api\/|assets\/|metrics|healthz)/.test(url)
      ? reply.sendFile('index.html')
      : undefined;
}
