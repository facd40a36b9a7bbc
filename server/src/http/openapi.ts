import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import packageJson from '../../package.json' with { type: 'json' };
import { API } from './route.ts';

/** Collects the routes that are added after it, and serves their description (OpenAPI 3.1). `cookie`: the session's. */
export async function addOpenApi(app: FastifyInstance, cookie: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perch',
        version: packageJson.version,
        description:
          'The server that Perch agents report to. Times are milliseconds since 1970. Errors are problem details (RFC 9457).',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'a token of perch-server token add' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: cookie,
            description: 'a browser that is logged in',
          },
        },
      },
    },
  });
  app.get(`${API}/openapi.json`, { schema: { tags: ['about'], summary: 'This description' } }, async () =>
    app.swagger(),
  );
}
