import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { durabilityOf, metricsMs } from '@perch/broker-bridge/config/durability.ts';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { describeBroker, type Link, type LinkEvents, parseBroker } from '@perch/broker-bridge/mqtt/link.ts';
import { MqttLink } from '@perch/broker-bridge/mqtt/mqtt-link.ts';
import { encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import type { WireConfig, WireRefusal } from '@perch/broker-bridge/protocol/messages.ts';
import { requestTopic, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { adviceOn } from './advice.ts';
import type { AgentOptions, RunningAgent } from './agent-options.ts';
import { keepGoing } from './atomic-file.ts';
import { type ActiveConfig, cut, judge, loadConfig, saveConfig } from './config-file.ts';
import { eventLoopDelay } from './event-loop.ts';
import { forgetSecret, keyOf } from './identity.ts';
import { DurableOutbox } from './outbox/durable-outbox.ts';
import { ramFolder } from './outbox/ram-folder.ts';
import { hex } from './outbox/record.ts';
import { recordsOf } from './records.ts';
import { RoundsRunner } from './rounds-runner.ts';
import { diskWritten, selfMetrics } from './self-metrics.ts';
import { createSensorSet } from './sensors/sensor-set.ts';
import { type NewestReadings, readingsOf } from './status-readings.ts';
import { serveStatus } from './status-socket.ts';
import { bootId } from './time/boot-id.ts';
import { Clock } from './time/clock.ts';
import { systemClocks } from './time/clock-source.ts';
import { repair } from './time/repair.ts';
import { Sampler } from './time/sampler.ts';
import { systemTimers } from './timers.ts';
import { RESTART_EXIT_CODE } from './update/boot-file.ts';
import { recoverConfig } from './update/config-snapshot.ts';
import { Updater } from './update/updater.ts';
import { memoryFolder, RestartJournal } from './watchdog/restart-journal.ts';
import { SENDING_ALLOWANCE_MS, STORING_ALLOWANCE_MS, samplingAllowance } from './watchdog/stages.ts';
import { Watchdog } from './watchdog/watchdog.ts';

/** How long the last records may take to be OKed when the agent is told to end; they are on their way to the disk meanwhile. */
export const FLUSH_TIMEOUT_MS = 1_200;
/** With a longer period than this a release proves itself by a report that is OKed, with or without a record. */
const LONG_PERIOD_MS = 5 * 60_000;
/** Bytes of the clear text of a last will. */
const GONE = encodeEnvelope({ type: 'gone' });

/** The agent: sensors to outbox, outbox to server, config and releases back. Everything is put together here. */
export function runAgent(options: AgentOptions): RunningAgent {
  const { state, version, platform, environment, log } = options;
  let { identity } = options;
  const { alias, prefix } = identity.enrolment;
  const boot = bootId(environment.procRoot);
  recoverConfig(state, log);
  let active: ActiveConfig | undefined = loadConfig(state);
  const clock = new Clock(systemClocks(options.board), {
    offsetKnown: (offset) => outbox?.knowBoot(boot, offset),
    note: log,
  });
  const outbox: DurableOutbox = new DurableOutbox({
    folder: join(state, 'outbox'),
    ...inRam(ramFolder(process.env, state, identity.key.publicKey)),
    durability: durabilityOf(active?.config ?? NO_CONFIG),
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    timers: systemTimers,
    random: Math.random,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    repair: (record, boots) =>
      repair(record, (of) =>
        hex(of) === hex(boot) ? clock.offset : boots.find(({ id }) => hex(id) === hex(of))?.offset,
      ),
    ready: () => runner?.records(),
    note: log,
  });
  if (clock.offset !== undefined) outbox.knowBoot(boot, clock.offset);
  const loop = eventLoopDelay(process.env);
  const journal = new RestartJournal({ state, boot, memory: memoryFolder(process.env, state), note: log });
  if (options.ownProcess) journal.watchCrashes();
  const watchdog: Watchdog = new Watchdog({
    now: () => clock.monotonic(),
    timers: systemTimers,
    notifier: options.notifier,
    deadMan: options.ownProcess ? options.board?.deadMan : undefined,
    patience: journal.patience,
    survey() {
      if (outbox.busySince === undefined) watchdog.rest('storing');
      else watchdog.watch('storing', STORING_ALLOWANCE_MS, outbox.busySince);
      const due = outbox.has(false) || (outbox.size > 0 && !runner.holding);
      if (link?.up && due) watchdog.watch('sending', SENDING_ALLOWANCE_MS);
      else watchdog.rest('sending');
      const { waiting } = outbox.status;
      watchdog.status(`${link?.up ? runner.state.phase : 'offline'}, ${waiting} records wait`);
    },
    stalled({ stage, forMs }) {
      const detail = `${stage}: no progress for ${Math.round(forMs / 1e3)} s`;
      log(`stalled: ${detail}`);
      journal.ended('stalled', detail);
      void end(RESTART_EXIT_CODE);
    },
    kill: () => options.ended(RESTART_EXIT_CODE, true),
  });
  let metricsAt = Number.NEGATIVE_INFINITY;
  const sensors = createSensorSet(environment);
  let refused: WireRefusal | undefined;
  let newest: NewestReadings | undefined;
  /** Why the server does not let this board in, and what can be done. */
  let trouble: string | undefined;
  let stopping = false;
  let stored = 0;

  const runner: RoundsRunner = new RoundsRunner({
    alias,
    prefix,
    primitives,
    key: identity.key,
    serverKey: keyOf(identity.enrolment.serverKey),
    outbox,
    now: () => clock.monotonic(),
    random: Math.random,
    publish(topic, payload) {
      watchdog.progress('sending');
      link?.publish(topic, payload);
    },
    hello: () => ({
      ...news(),
      platform,
      bootId: boot,
      stream: outbox.stream,
      clock: clock.now().timestamp,
      synchronised: clock.now().synchronised,
      ...(journal.restart() === undefined ? {} : { restart: journal.restart()! }),
      ...(identity.enrolment.secret === undefined
        ? {}
        : { secret: new Uint8Array(Buffer.from(identity.enrolment.secret, 'base64url')) }),
    }),
    news,
    applyConfig,
    offerRelease: (version) => updater.offer(version),
    prepared: (message) => updater.prepared(message),
    takeFrame: (re, offset, bytes) => updater.takeFrame(re, offset, bytes),
    requestRefused: (re, code) => updater.requestRefused(re, code),
    serverTime: (time, roundTrip) => clock.tell(time, roundTrip),
    letIn() {
      trouble = undefined;
      log('the server lets this board in');
      updater.reached('the server let it in');
      if (identity.enrolment.secret !== undefined)
        keepGoing(log, () => (identity = forgetSecret(state, identity)));
      updater.wake();
    },
    acknowledged(count) {
      journal.told(); // a Hello is believed with the first report behind it
      stored += count;
      if (count > 0 || periodMs() > LONG_PERIOD_MS) updater.stored();
      if (stopping && outbox.size === 0) flushed();
    },
    quiet() {
      if (active?.config.connection === 'per-exchange' && !updater.busy) closeLink();
    },
    note(text) {
      const advice = adviceOn(text, {
        alias,
        fingerprint: fingerprint(identity.key.publicKey),
        secret: identity.enrolment.secret !== undefined,
      });
      if (advice !== undefined) trouble = `${text}: ${advice}`;
      log(advice === undefined ? text : `${text}: ${advice}`);
    },
  });

  const updater = new Updater({
    state,
    platform,
    version,
    executable: options.executable,
    root: keyOf(identity.enrolment.root),
    launched: options.launched,
    now: () => clock.monotonic(),
    timers: systemTimers,
    random: Math.random,
    clock: () => (clock.now().synchronised ? clock.now().timestamp : undefined),
    live: () => runner.live,
    maxRate: () => active?.config.updates?.maxRate,
    prepare: (question) => runner.prepare(question),
    fetch: (object, frame, offsets) => runner.fetch(object, frame, offsets),
    news: () => runner.news(),
    restart: () => void end(RESTART_EXIT_CODE),
    note: log,
  });

  const sampler = new Sampler({
    sample: (deadlineMs) => sensors.sample(deadlineMs),
    clock,
    timers: systemTimers,
    taken(sample, { timestamp, synchronised, sinceBoot }, per) {
      const { config, wire, numbers } = active!;
      newest = { takenAt: timestamp, ...sample };
      watchdog.progress('sampling');
      watchdog.ready();
      const taken = {
        timestamp,
        per,
        configVersion: wire.version,
        version,
        boot,
        ...(synchronised ? {} : { unsynchronised: true, sinceBoot }),
      };
      const values = new Map([...sample.values, ...ownMetrics(metricsMs(config))]);
      for (const record of recordsOf(taken, { ...sample, values }, numbers)) {
        const added = outbox.add(record);
        options.onRecord?.(added);
      }
      openLink();
      runner.records();
    },
  });

  /** What the board tells of itself with the record that is being made. */
  function ownMetrics(every: number): Map<string, number | string | boolean> {
    const turn = every > 0 && clock.monotonic() - metricsAt >= every;
    const facts = {
      now: clock.now().timestamp,
      outbox: outbox.status,
      retries: runner.retries,
      roundTrip: runner.roundTrip,
      loopDelay: loop.read().max,
      restarts: journal.starts,
      clockOffset: clock.metrics().serverOffsetMs,
      diskWritten: turn ? diskWritten(environment.procRoot) : undefined,
      memory: turn ? process.memoryUsage.rss() : 0,
    };
    if (turn) {
      metricsAt = clock.monotonic();
      loop.reset();
    }
    return selfMetrics(facts, turn);
  }

  // --- the link

  const broker = parseBroker(identity.enrolment.broker);
  if (identity.enrolment.ca !== undefined) broker.ca = identity.enrolment.ca;
  const events: LinkEvents = {
    up() {
      whyDown = undefined;
      log(`connected to ${describeBroker(broker)}`);
      updater.reached('a link to the broker');
      runner.linkUp();
      updater.wake();
    },
    down(reason) {
      whyDown = reason;
      log(`not connected to ${describeBroker(broker)}: ${reason}`);
      runner.linkDown();
    },
    message: (_topic, payload) => runner.receive(payload),
  };
  let link: Link | undefined;
  let whyDown: string | undefined;

  function openLink(): void {
    if (link !== undefined || stopping) return;
    link = new MqttLink(
      {
        broker,
        clientId: `perch-${alias}-${randomBytes(4).toString('hex')}`,
        will: { topic: requestTopic(prefix, alias), payload: GONE },
      },
      events,
    );
    link.subscribe(responseTopic(prefix, alias));
    link.start();
  }

  function closeLink(): void {
    const closing = link;
    if (closing === undefined) return;
    link = undefined;
    runner.linkDown();
    void closing.close();
  }

  // --- what the server sends

  function news() {
    const update = updater.report();
    return {
      version,
      configVersion: active?.wire.version ?? 0,
      ...(update === undefined ? {} : { update }),
      ...(refused === undefined ? {} : { refused }),
      ...(clock.timeless ? { timeless: true } : {}),
    };
  }

  function applyConfig(wire: WireConfig): void {
    if (wire.version === active?.wire.version) return;
    const outcome = judge(wire);
    if (!outcome.ok) {
      refused = { version: wire.version, detail: cut(outcome.detail) };
      log(`config ${wire.version} is refused: ${outcome.detail}`);
    } else {
      refused = undefined;
      active = outcome.active;
      outbox.configure(durabilityOf(outcome.active.config));
      keepGoing(log, () => saveConfig(state, outcome.active));
      void start(outcome.active);
      log(`config ${wire.version} is in force`);
    }
    runner.news();
  }

  async function start(config: ActiveConfig): Promise<void> {
    sampler.stop();
    watchdog.rest('sampling');
    watchdog.watch('sampling', samplingAllowance(durationMs(config.config.period)));
    await sensors.apply(config.config);
    if (active === config && !stopping) sampler.start(durationMs(config.config.period));
  }

  const periodMs = (): number => (active === undefined ? 0 : durationMs(active.config.period));

  // --- the end

  let flushed: () => void = () => {};

  async function end(code: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    watchdog.ending(code === RESTART_EXIT_CODE);
    journal.ended(code === RESTART_EXIT_CODE ? 'update' : 'stopped');
    sampler.stop();
    updater.stop();
    const flushing = outbox.flush();
    if (outbox.size > 0 && link?.up)
      await Promise.race([
        new Promise<void>((resolve) => {
          flushed = resolve;
          runner.records();
        }),
        new Promise<void>((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS)),
      ]);
    runner.stop();
    await flushing;
    const [{ abandoned }] = await Promise.all([sensors.close(), link?.close(), outbox.close()]);
    status.close();
    if (abandoned.length > 0) log(`devices that hang: ${abandoned.join(', ')}`);
    if (!options.ownProcess) watchdog.close();
    options.ended(code, abandoned.length > 0);
  }

  const status = serveStatus(state, () => ({
    pid: process.pid,
    alias,
    version,
    platform,
    broker: describeBroker(broker),
    link: link?.up ? 'up' : (whyDown ?? 'down'),
    phase: runner.state.phase,
    trouble: trouble ?? null,
    configVersion: active?.wire.version ?? 0,
    refused: refused ?? null,
    outbox: { stored, ...outbox.status, retries: runner.retries, roundTripMs: runner.roundTrip ?? null },
    clock: { synchronised: clock.now().synchronised, ...clock.metrics() },
    eventLoop: loop.read(),
    update: updater.status(),
    rounds: Object.fromEntries(runner.rounds),
    faults: Object.fromEntries(runner.faults),
    sensors: sensors.status(),
    readings: readingsOf(newest),
  }));

  watchdog.start();
  if (active !== undefined) void start(active);
  else watchdog.ready();
  openLink();
  updater.resume();
  return { stop: () => end(0) };
}

/** Until the first config comes nothing is sampled. */
const NO_CONFIG = { period: '10s' };

const inRam = (ramFolder: string | undefined) => (ramFolder === undefined ? {} : { ramFolder });
