import { randomBytes } from 'node:crypto';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '@perch/broker-bridge/embedded-broker.ts';
import { type BrokerAddress, describeBroker } from '@perch/broker-bridge/mqtt/link.ts';
import { MqttLink } from '@perch/broker-bridge/mqtt/mqtt-link.ts';
import { requestFilter } from '@perch/broker-bridge/protocol/topics.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import packageJson from '../package.json' with { type: 'json' };
import { AlertEngine, SILENCE_LOOK_MS } from './alerts/engine.ts';
import { heardOf } from './alerts/heard.ts';
import { BOARD_EVENT_RATE, PENDING_EVENT_RATE } from './board-events.ts';
import { localCaller } from './commands/caller.ts';
import { runCommand } from './commands/commands.ts';
import type { CommandContext } from './commands/context.ts';
import type { LiveServer } from './commands/live.ts';
import { remember } from './commands/remember.ts';
import { saveTokenSettings } from './commands/settings.ts';
import { Dispatcher } from './dispatcher.ts';
import { Feed } from './feed.ts';
import { FleetView } from './fleet-view.ts';
import { InFlight } from './in-flight.ts';
import { Integrations } from './integrations/integrations.ts';
import { loadKeys } from './keys.ts';
import { settleLayers } from './layers/apply.ts';
import { listenLocal } from './local-socket/listen.ts';
import { noteLog } from './note-log.ts';
import { RateLimit } from './rate-limit.ts';
import { makePatch } from './releases/delta/make.ts';
import { ObjectMaker } from './releases/object-maker.ts';
import { ObjectStore } from './releases/object-store.ts';
import { RolloutEngine, TICK_MS } from './rollout/engine.ts';
import { HourKeeper } from './series/hour-keeper.ts';
import { readValues } from './series/values.ts';
import { advertisedUrl, type RunningServer, type ServeOptions } from './serve-options.ts';
import { isOnline } from './session-table.ts';
import type { Store } from './store/contract.ts';
import { databasePath, openSqliteStore } from './store/sqlite.ts';
import { startKeeper } from './tuf/keeper.ts';
import { UpdateDesk } from './update-desk.ts';

/** Messages that are being answered at once; more are dropped, and the boards send again. */
export const HANDLING_LIMIT = 5_000;
/** How often the time at which a board was last heard is written down. */
export const LAST_SEEN_MS = 60_000;
/** Boards whose events are counted. */
const RATE_KEYS = 10_000;
/** How long answers under way may take when the server ends. */
const DRAIN_TIMEOUT_MS = 5_000;

/** The embedded broker's port is taken. */
export class PortInUse extends Error {}

/** Puts the server together and runs it. Rejects with an error for a person: what is wrong, and which option changes it. */
export async function runServer(options: ServeOptions): Promise<RunningServer> {
  const undo: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    const failed: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((error) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  };
  try {
    return { ...(await assemble(options, undo)), close: closeAll };
  } catch (error) {
    await closeAll().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function assemble(
  options: ServeOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<RunningServer, 'close'>> {
  const { dataDir, prefix, log } = options;
  const now = (): number => Date.now();
  const started = now();

  // The socket first: it makes this process the only server of the data folder.
  let made: (context: CommandContext) => void = () => {};
  const ready = new Promise<CommandContext>((resolve) => {
    made = resolve;
  });
  const local = await listenLocal(dataDir, async (name, args, progress) =>
    runCommand(await ready, localCaller(), name, args, progress),
  );
  undo.push(() => local.close());

  const store = await openSqliteStore(databasePath(dataDir));
  undo.push(() => store.close());
  const keys = await loadKeys(dataDir, store);
  const view = await FleetView.load(store, now);
  const objects = new ObjectStore(dataDir);
  undo.push(() => objects.close());

  const note = noteLog(log, now);
  const feed = new Feed((error) =>
    note({ code: 'INTERNAL', text: `a listener failed: ${(error as Error).message}` }),
  );
  const values = readValues({ store, feed });
  undo.push(async () => values.latest.close());
  const hours = new HourKeeper({ store, now, log });
  hours.start();
  undo.push(() => hours.close());
  const rollouts = await RolloutEngine.load({ store, now, note: log });
  undo.push(() => rollouts.close());
  const keeper = await startKeeper({ store, dataDir, now }, log);
  undo.push(async () => keeper.close());
  const maker = await ObjectMaker.start({
    ...{ store, dataDir, now },
    ...(options.patches === undefined ? {} : { patchBases: options.patches }),
    make: (request) => makePatch({ ...request, fast: options.fastObjects ?? false }),
    note: (text, level) => log({ level, text }),
  });
  undo.push(() => maker.close());
  const warn = (text: string): void => note({ text, level: 'warn' });
  const broker = options.broker ?? (await embedded(options, warn, undo)).server;
  const port = Number(new URL(broker.url).port);

  const updates = new UpdateDesk({
    metadata: (have) => keeper.answer(have),
    releases: () => view.releases,
    find: (target, have) => maker.find(target, have),
    object: (sha256) => maker.object(sha256),
    waiting: () => link.waiting,
    rate: options.updateRate,
    async readObject(sha256, offset, length) {
      const object = await objects.open(sha256);
      try {
        return await object.read(offset, length);
      } finally {
        object.close();
      }
    },
  });

  let records = 0;
  const dispatcher = new Dispatcher({
    store,
    view,
    primitives,
    identity: keys.static,
    prefix,
    publish: (topic, payload) => link.publish(topic, payload),
    now,
    sha256Hex,
    updates,
    rollouts,
    onRecords(rows) {
      records += rows.length;
      options.onRecords?.(rows);
      feed.tell('records', rows);
    },
    onNote: note,
    onBoard(alias, events) {
      const kept = events.filter(({ kind }) => mayRemember(alias, kind));
      remember({ store, live }, kept).catch((error: unknown) =>
        note({ alias, level: 'warn', text: `an event is not kept: ${(error as Error).message}` }),
      );
      feed.tell('devices', [alias]);
    },
  });
  const boardEvents = new RateLimit({ ...BOARD_EVENT_RATE, keys: RATE_KEYS });
  const pendingEvents = new RateLimit({ ...PENDING_EVENT_RATE, keys: 1 });
  const mayRemember = (alias: string, kind: string): boolean =>
    kind === 'device.pending' ? pendingEvents.take('', now()) : boardEvents.take(alias, now());

  const handling = new InFlight(HANDLING_LIMIT);
  const link = new MqttLink(
    { broker, clientId: `perch-server-${randomBytes(4).toString('hex')}` },
    {
      up() {
        log({ level: 'info', text: `connected to the broker ${describeBroker(broker)}` });
        alerts.listens();
      },
      down: (reason) =>
        log({ level: 'warn', text: `not connected to the broker ${describeBroker(broker)}: ${reason}` }),
      message: (topic, payload) => handling.run(() => dispatcher.handle(topic, payload)),
    },
  );
  link.subscribe(requestFilter(prefix));

  const seen = setInterval(() => void writeLastSeen(store, dispatcher), LAST_SEEN_MS);
  undo.push(async () => {
    clearInterval(seen);
    await writeLastSeen(store, dispatcher);
  });

  const tell = async (aliases: string[]): Promise<void> => {
    for (const alias of aliases) await dispatcher.changed(alias, 'releaseChanged');
  };
  const ticking = setInterval(() => {
    // Boards that are not heard because the server is not connected are not silent.
    if (link.up) void rollouts.tick().then(tell);
  }, TICK_MS);
  undo.push(async () => clearInterval(ticking));

  const live: LiveServer = {
    async configChanged(alias) {
      view.refreshConfig(alias);
      await rollouts.configChanged(alias);
      await dispatcher.changed(alias, 'configChanged');
      feed.tell('devices', [alias]);
    },
    async approved(alias) {
      feed.tell('devices', [alias]);
      await view.refreshDevice(alias);
      await tell(await rollouts.reload());
      await dispatcher.changed(alias, 'approved');
    },
    async revoked(alias) {
      feed.tell('devices', [alias]);
      await view.refreshDevice(alias);
      await rollouts.reload();
      await alerts.reload();
      await dispatcher.changed(alias, 'revoked');
    },
    async releaseChanged() {
      await view.refreshReleases();
      await maker.refresh();
      await tell(await rollouts.reload());
      await alerts.reload(); // groups may have changed
    },
    lastHeard(alias) {
      const peer = dispatcher.sessions.liveOf(alias);
      return peer !== undefined && isOnline(peer, now()) ? peer.lastSeen : undefined;
    },
    openAlerts: (alias) => alerts.openAlerts().get(alias) ?? 0,
    rolloutOf: (alias) => rollouts.rolloutOf(alias),
    alertsChanged: () => alerts.reload(),
    alertsTold: (told) => feed.tell('alerts', told),
    happened: (events) => feed.tell('events', events),
    status: () => ({
      version: packageJson.version,
      pid: process.pid,
      started,
      broker: describeBroker(broker),
      embedded: options.broker === undefined,
      connected: link.up,
      sessions: dispatcher.sessions.live().length,
      records,
      dropped: handling.turnedAway,
      objects: maker.status(),
      counters: Object.fromEntries(dispatcher.counters),
    }),
  };
  let page: string | undefined;
  const integrations = await Integrations.start({
    ...{ store, feed, live, now, prefix, broker: options.broker },
    latest: values.latest,
    page: () => page ?? '',
    log: ({ level, text }) => note({ level, text }),
  });
  undo.push(() => integrations.close());
  const alerts = await AlertEngine.load({
    ...{ store, feed, now },
    heard: async () => heardOf(await store.devices(), dispatcher.sessions),
    failed: (what, error) => note({ level: 'warn', text: `${what}: ${(error as Error).message}` }),
  });
  undo.push(() => alerts.close());
  const looking = setInterval(() => {
    if (link.up) void alerts.tick();
  }, SILENCE_LOOK_MS);
  undo.push(async () => clearInterval(looking));
  // Nothing more is taken from boards before the alerts end, and then the integrations, which are told of both.
  undo.push(async () => {
    await link.close();
    await handling.settled(DRAIN_TIMEOUT_MS);
  });
  let context: CommandContext = {
    ...{ store, dataDir, keys, live, now },
    settings: {
      ...{ broker: advertisedUrl(options, port), prefix, page: '' },
      ...(options.broker?.ca === undefined ? {} : { ca: options.broker.ca }),
    },
  };
  if (options.http !== undefined) {
    const { servePage } = await import('./http/serve-page.ts');
    const failed = (what: string, error: unknown): void =>
      note({ code: 'INTERNAL', text: `${what}: ${error instanceof Error ? error.message : String(error)}` });
    const http = await servePage(options.http, { ...context, live, feed, values, integrations, failed });
    undo.push(() => http.close());
    page = http.url;
    log({ level: 'info', text: `the page is at ${page}` });
    context = http.context;
    const link = await http.firstLink();
    if (link !== undefined) options.onLink?.(link);
  }
  for (const { alias, text } of await settleLayers(context))
    note({ alias, level: 'warn', text: `its layers make no valid config: ${text}` });
  await saveTokenSettings(store, context.settings);
  made(context);
  link.start();
  return { broker: describeBroker(broker), page };
}

async function embedded(
  options: ServeOptions,
  warn: (text: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<EmbeddedBroker & { server: BrokerAddress }> {
  const { host, port } = options.listen;
  try {
    const broker = await startEmbeddedBroker({
      host,
      port,
      prefix: options.prefix,
      warn,
    });
    undo.push(() => broker.close());
    return broker;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new PortInUse(
        `port ${port} on ${host} is in use: another broker runs there? Choose another with --listen ${host}:PORT, or use that broker with --broker mqtt://${host}:${port}`,
      );
    if (code === 'EACCES')
      throw new Error(
        `port ${port} needs more rights than this user has; choose one above 1023 with --listen ${host}:PORT`,
      );
    if (code === 'EADDRNOTAVAIL')
      throw new Error(`${host} is no address of this machine; choose another with --listen HOST:${port}`);
    throw error;
  }
}

async function writeLastSeen(store: Store, dispatcher: Dispatcher): Promise<void> {
  for (const { alias, key, lastSeen } of dispatcher.sessions.live())
    await store.updateDevice(alias, key, { lastSeen }).catch(() => {}); // a hint for people; the next one comes
}
