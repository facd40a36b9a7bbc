import type { AddressInfo } from 'node:net';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance } from 'fastify';
import type { HttpContext } from './context.ts';
import { Gate } from './gate.ts';
import { addSecurityHeaders } from './headers.ts';
import {
  BODY_LIMIT,
  COMPRESSED_FROM,
  HTTP_CONNECTIONS_LIMIT,
  HTTP_HEAD_TIMEOUT_MS,
  HTTP_SILENCE_MS,
} from './limits.ts';
import { addMetrics } from './metrics.ts';
import { addOpenApi } from './openapi.ts';
import { baseUrl, type HttpOptions } from './options.ts';
import { addPage } from './page.ts';
import { PROBLEM_TYPE, Problem, problemOf } from './problem.ts';
import { API, addRoutes, setCaller } from './route.ts';
import { allRoutes } from './routes/index.ts';
import { addSession } from './session-routes.ts';
import { addBodyInTime, FILE_TYPE } from './slow-callers.ts';
import { UPLOAD_LIMIT } from './uploads.ts';
import { validatorCompiler } from './validate.ts';

export interface HttpServer {
  /** Where people find the page. */
  url: string;
  close(): Promise<void>;
}

/** Puts the HTTP server together, without listening yet. */
export async function makeApp(options: HttpOptions, context: HttpContext): Promise<FastifyInstance> {
  const app = Fastify({
    ...(options.tls === undefined ? {} : { https: options.tls }),
    // Of the addresses in X-Forwarded-For the proxy wrote the last; those before it are the caller's own word.
    trustProxy: options.trustProxy ? 'loopback' : false,
    bodyLimit: BODY_LIMIT,
    // It would cut off uploads, which take what they take; addBodyInTime looks after all others.
    requestTimeout: 0,
    keepAliveTimeout: HTTP_SILENCE_MS,
    // Fastify would read streams to their end for a HEAD, and those that watch have none.
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    // A path is looked at as it came; long ones are no routes of ours.
    routerOptions: { maxParamLength: 128 },
    logger: false,
  }) as unknown as FastifyInstance;
  app.server.maxConnections = HTTP_CONNECTIONS_LIMIT;
  app.server.headersTimeout = HTTP_HEAD_TIMEOUT_MS;
  const gate = new Gate(options, context.store, context.now);

  app.setValidatorCompiler(validatorCompiler as never);
  // Schemas of answers describe them; what is sent is what the handler made.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && !(error instanceof Problem))
      context.failed(`${request.method} ${request.routeOptions.url ?? ''}`, error);
    if (typeof problem.retryAfter === 'string') reply.header('retry-after', problem.retryAfter);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
  });
  let page: Awaited<ReturnType<typeof addPage>>;
  app.setNotFoundHandler(async (request, reply) => {
    const view = page?.(request, reply);
    if (view !== undefined) return view;
    throw new Problem(404, `there is nothing at ${request.method} ${request.url.split('?')[0]}`);
  });

  await app.register(cookie);
  await app.register(compress, { encodings: ['gzip'], threshold: COMPRESSED_FROM });
  addSecurityHeaders(app, gate.secure);
  addBodyInTime(app, context.patience ?? {});
  app.addHook('onRequest', async (request) => {
    gate.checkHost(request);
    if (!request.url.startsWith(`${API}/`) && !request.url.startsWith('/metrics')) return;
    const known = await gate.who(request);
    if (known !== undefined) setCaller(request, known);
  });
  // Files come as they are, and are bounded where they are kept.
  app.addContentTypeParser(FILE_TYPE, { bodyLimit: UPLOAD_LIMIT }, (_request, payload, done) =>
    done(null, payload),
  );
  await addOpenApi(app, gate.cookie);
  // For those who watch whether it lives; it tells nothing else.
  app.get('/healthz', { schema: { hide: true }, exposeHeadRoute: true }, async (_request, reply) => {
    const { connected } = context.live.status();
    return reply.code(connected ? 200 : 503).send({ connected });
  });
  addSession(app, gate, context);
  addRoutes(app, allRoutes(context));
  addMetrics(app, context, options);
  page = await addPage(app);
  return app;
}

/** Listens. @throws Error for a person when it cannot */
export async function startHttp(options: HttpOptions, context: HttpContext): Promise<HttpServer> {
  const app = await makeApp(options, context);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    throw explain(error, options);
  }
  const { port } = app.server.address() as AddressInfo;
  return { url: baseUrl(options, port), close: () => app.close() };
}

function explain(error: unknown, { host, port }: HttpOptions): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Error(
      `port ${port} on ${host} is in use; choose another for the page with --http ${host}:PORT`,
    );
  if (code === 'EACCES')
    return new Error(`port ${port} needs more rights than this user has; choose one above 1023 with --http`);
  if (code === 'EADDRNOTAVAIL')
    return new Error(`${host} is no address of this machine; choose another with --http HOST:${port}`);
  return error;
}
