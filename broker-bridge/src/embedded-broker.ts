import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import type { BrokerAddress } from './mqtt/link.ts';
import { packetGuard } from './mqtt/packet-guard.ts';
import { REQUEST_LIMIT, RESPONSE_LIMIT } from './protocol/limits.ts';
import { isAlias, requestFilter } from './protocol/topics.ts';

/** Largest MQTT packet: our largest payload and its topic. */
export const PACKET_LIMIT = RESPONSE_LIMIT + 512;
/** Most connections at once; a further one is closed. */
export const CONNECTIONS_LIMIT = 20_000;
/** Most connections of one address: many boards share one behind a router, yet none takes all of them. */
export const CONNECTIONS_PER_ADDRESS = 5_000;
/** A client that does not read for this long is disconnected, so that it cannot stall the others. */
const DRAIN_TIMEOUT_MS = 10_000;

/** How links end every day. */
const LINK_ENDS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);

/** How this machine reaches what listens on `host`, as a URL writes it. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

export interface EmbeddedBrokerOptions {
  host: string;
  port: number; // 0: any free one
  prefix: string;
  warn?: (text: string) => void;
  /** CONNECTIONS_LIMIT unless told. */
  connections?: number;
  /** CONNECTIONS_PER_ADDRESS unless told. */
  perAddress?: number;
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
    // No queue: mqemitter works one off inside its own calls, so that a long one goes through the stack. Each client waits for
    // its own publishes anyway.
    concurrency: 0,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: 10_000,
    maxClientsIdLength: 128,
    preConnect(_client, packet, done) {
      // Nothing is kept for who is not there.
      packet.clean = true;
      done(null, true);
    },
    authenticate(client, username, password, done) {
      const given = password ?? Buffer.alloc(0);
      const right = Buffer.from(secret);
      if (username === 'server' && given.length === right.length && timingSafeEqual(given, right))
        trusted.add(client);
      done(null, true);
    },
    authorizePublish(client, packet, done) {
      const end = topicOf(packet.topic);
      const isServer = client !== null && trusted.has(client);
      const allowed = client !== null && end === (isServer ? 'res' : 'req');
      const limit = isServer ? RESPONSE_LIMIT : REQUEST_LIMIT;
      // QoS 2 is held until it is released, which a client may never do.
      const fine = allowed && !packet.retain && packet.qos < 2 && packet.payload.length <= limit;
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
    const ended = error.name === 'AbortError' || error.message === 'connection closed' || LINK_ENDS.has(code);
    if (!ended) options.warn?.(`${what}: ${error.message}`);
  };
  aedes.on('clientError', (_client, error) => warn('broker client', error));
  aedes.on('connectionError', (_client, error) => warn('broker connection', error));

  const sockets = new Set<Socket>();
  const addresses = new Map<string, number>();
  const server: Server = createServer((socket) => {
    const address = socket.remoteAddress ?? '';
    const there = addresses.get(address) ?? 0;
    if (
      sockets.size >= (options.connections ?? CONNECTIONS_LIMIT) ||
      there >= (options.perAddress ?? CONNECTIONS_PER_ADDRESS)
    ) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    addresses.set(address, there + 1);
    socket.setNoDelay(true);
    socket.on('close', () => {
      sockets.delete(socket);
      const left = (addresses.get(address) ?? 1) - 1;
      if (left > 0) addresses.set(address, left);
      else addresses.delete(address);
    });
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
      url: `mqtt://${reachable(host)}:${bound}`,
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
