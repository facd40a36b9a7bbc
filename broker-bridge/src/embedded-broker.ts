import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import type { BrokerAddress } from './mqtt/link.ts';
import { packetGuard } from './mqtt/packet-guard.ts';
import { RESPONSE_LIMIT } from './protocol/limits.ts';
import { isAlias, requestFilter } from './protocol/topics.ts';

/** Largest MQTT packet: our largest payload and its topic. */
export const PACKET_LIMIT = RESPONSE_LIMIT + 512;
/** Most connections at once; a further one is closed. */
export const CONNECTIONS_LIMIT = 20_000;
/** A client that does not read for this long is disconnected, so that it cannot stall the others. */
const DRAIN_TIMEOUT_MS = 10_000;

/** How links end every day. */
const LINK_ENDS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);

export interface EmbeddedBrokerOptions {
  host: string;
  port: number; // 0: any free one
  prefix: string;
  warn?: (text: string) => void;
  /** CONNECTIONS_LIMIT unless told. */
  connections?: number;
}

export interface EmbeddedBroker {
  readonly port: number;
  /** How the server itself connects: with a secret of this run, which alone may answer agents. */
  readonly server: BrokerAddress;
  close(): Promise<void>;
}

/**
 * The broker of the embedded default (aedes, MQTT 3.1.1). Anyone may connect, as the protocol proves who is who;
 * but an agent reaches only `req` topics to publish and single `res` topics to read, nothing is retained, and
 * packets are bounded. @throws the listen error (EADDRINUSE and the like)
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { host, port, prefix } = options;
  const secret = randomBytes(32).toString('base64url');
  const trusted = new WeakSet<object>();

  const topicOf = (topic: string): 'req' | 'res' | undefined => {
    if (!topic.startsWith(`${prefix}/`)) return undefined;
    const [alias, end, ...more] = topic.slice(prefix.length + 1).split('/');
    return more.length === 0 && isAlias(alias ?? '') && (end === 'req' || end === 'res') ? end : undefined;
  };

  const aedes = await Aedes.createBroker({
    concurrency: 1000,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: 10_000,
    maxClientsIdLength: 128,
    authenticate(client, username, password, done) {
      const given = password ?? Buffer.alloc(0);
      const right = Buffer.from(secret);
      if (username === 'server' && given.length === right.length && timingSafeEqual(given, right))
        trusted.add(client);
      done(null, true);
    },
    authorizePublish(client, packet, done) {
      const end = topicOf(packet.topic);
      const allowed = client !== null && (trusted.has(client) ? end === 'res' : end === 'req');
      const fine = allowed && !packet.retain && packet.payload.length <= RESPONSE_LIMIT;
      done(fine ? null : new Error(`not allowed: ${packet.retain ? 'retained ' : ''}publish`));
    },
    authorizeSubscribe(client, subscription, done) {
      const all = subscription.topic === requestFilter(prefix);
      const allowed = trusted.has(client) ? all : topicOf(subscription.topic) === 'res';
      done(null, allowed ? subscription : null);
    },
  });
  // A client's faults end that client; they are of interest, never fatal.
  const warn = (what: string, error: Error): void => {
    // A link that broke is no fault: boards come and go.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error.name !== 'AbortError' && !LINK_ENDS.has(code)) options.warn?.(`${what}: ${error.message}`);
  };
  aedes.on('clientError', (_client, error) => warn('broker client', error));
  aedes.on('connectionError', (_client, error) => warn('broker connection', error));

  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    if (sockets.size >= (options.connections ?? CONNECTIONS_LIMIT)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    const guarded = packetGuard(PACKET_LIMIT);
    guarded.on('error', (error) => {
      warn('broker connection', error);
      socket.destroy();
    });
    socket.on('error', () => guarded.destroy());
    socket.on('close', () => guarded.destroy());
    const duplex = Duplex.from({ readable: socket.pipe(guarded), writable: socket });
    duplex.on('error', () => socket.destroy());
    duplex.on('close', () => socket.destroy());
    aedes.handle(duplex);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: bound,
    server: {
      url: `mqtt://${host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host}:${bound}`,
      username: 'server',
      password: secret,
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
