import { randomBytes } from 'node:crypto';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { describeBroker, type Link, type LinkEvents, parseBroker } from '@perch/broker-bridge/mqtt/link.ts';
import { MqttLink } from '@perch/broker-bridge/mqtt/mqtt-link.ts';
import { encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import type { WireConfig, WireRefusal } from '@perch/broker-bridge/protocol/messages.ts';
import { requestTopic, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { bootId, Clock } from './clock.ts';
import { type ActiveConfig, cut, judge, loadConfig, saveConfig } from './config-file.ts';
import { eventLoopDelay } from './event-loop.ts';
import { forgetSecret, type Identity, keyOf } from './identity.ts';
import { MemoryOutbox } from './outbox.ts';
import { recordBytes, recordsOf } from './records.ts';
import { RoundsRunner } from './rounds-runner.ts';
import { Sampler } from './sampler.ts';
import { createSensorSet, type Readings, type SensorEnvironment } from './sensors/sensor-set.ts';
import { serveStatus } from './status-socket.ts';
import { RESTART_EXIT_CODE } from './update/boot-file.ts';
import { Updater } from './update/updater.ts';

/** How long the last records may take to be OKed when the agent is told to end. */
export const FLUSH_TIMEOUT_MS = 1_500;
/** Bytes of the clear text of a last will. */
const GONE = encodeEnvelope({ type: 'gone' });

export interface AgentOptions {
  state: string;
  identity: Identity;
  version: string;
  platform: string;
  environment: SensorEnvironment;
  /** perch-launcher started this agent and watches this state folder; without it no release is installed. */
  launched: boolean;
  log(text: string): void;
  /**
   * The agent's work is over: 0, or the code by which the launcher starts it again. `hung`: a device hangs in the kernel,
   * so a regular exit could wait for ever.
   */
  ended(code: number, hung: boolean): void;
}

export interface RunningAgent {
  stop(): Promise<void>;
}

/** The agent: sensors to outbox, outbox to server, config and releases back. Everything is put together here. */
export function runAgent(options: AgentOptions): RunningAgent {
  const { state, version, platform, environment, log } = options;
  let { identity } = options;
  const { alias, prefix } = identity.enrolment;
  const clock = new Clock();
  const outbox = new MemoryOutbox(new Uint8Array(randomBytes(8)), recordBytes);
  const sensors = createSensorSet(environment);
  const boot = bootId(environment.procRoot);
  let active: ActiveConfig | undefined = loadConfig(state);
  let refused: WireRefusal | undefined;
  let newest: ({ takenAt: number } & Readings) | undefined;
  let stopping = false;
  let stored = 0;

  const runner = new RoundsRunner({
    alias,
    prefix,
    primitives,
    key: identity.key,
    serverKey: keyOf(identity.enrolment.serverKey),
    outbox,
    now: () => clock.monotonic(),
    random: Math.random,
    publish: (topic, payload) => link?.publish(topic, payload),
    hello: () => ({
      ...news(),
      platform,
      bootId: boot,
      stream: outbox.stream,
      clock: Math.max(0, Math.round(clock.wall())),
      synchronised: clock.synchronised,
      ...(identity.enrolment.secret === undefined
        ? {}
        : { secret: new Uint8Array(Buffer.from(identity.enrolment.secret, 'base64url')) }),
    }),
    news,
    applyConfig,
    offerRelease: (manifest, signature) => updater.offer(manifest, signature),
    takeFrame: (re, offset, bytes) => updater.takeFrame(re, offset, bytes),
    fetchRefused: (re, code) => updater.fetchRefused(re, code),
    letIn(serverTime, roundTrip) {
      log('the server lets this board in');
      if (serverTime !== undefined) clock.compare(serverTime, roundTrip);
      if (identity.enrolment.secret !== undefined)
        keepGoing(() => (identity = forgetSecret(state, identity)));
      updater.wake();
    },
    acknowledged(count) {
      stored += count;
      if (count > 0) updater.stored();
      if (stopping && outbox.size === 0) flushed();
    },
    quiet() {
      if (active?.config.connection === 'per-exchange' && !updater.busy) closeLink();
    },
    note: log,
  });

  const updater = new Updater({
    state,
    platform,
    version,
    releaseKey: keyOf(identity.enrolment.releaseKey),
    launched: options.launched,
    random: Math.random,
    fetch: (object, frame, offsets) => runner.fetch(object, frame, offsets),
    news: () => runner.news(),
    restart: () => void end(RESTART_EXIT_CODE),
    note: log,
  });

  const sampler = new Sampler({
    sample: (deadlineMs) => sensors.sample(deadlineMs),
    wallClock: () => clock.wall(),
    taken(sample, timestamp, per) {
      newest = { takenAt: timestamp, ...sample };
      const taken = {
        timestamp,
        per,
        configVersion: active!.wire.version,
        ...(clock.synchronised ? {} : { unsynchronised: true }),
      };
      for (const record of recordsOf(taken, sample, active!.numbers)) outbox.add(record);
      openLink();
      runner.records();
    },
  });

  // --- the link

  const broker = parseBroker(identity.enrolment.broker);
  if (identity.enrolment.ca !== undefined) broker.ca = identity.enrolment.ca;
  const events: LinkEvents = {
    up() {
      log(`connected to ${describeBroker(broker)}`);
      runner.linkUp();
      updater.wake();
    },
    down(reason) {
      log(`not connected to ${describeBroker(broker)}: ${reason}`);
      runner.linkDown();
    },
    message: (_topic, payload) => runner.receive(payload),
  };
  let link: Link | undefined;

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
      keepGoing(() => saveConfig(state, outcome.active));
      void start(outcome.active);
      log(`config ${wire.version} is in force`);
    }
    runner.news();
  }

  async function start(config: ActiveConfig): Promise<void> {
    sampler.stop();
    await sensors.apply(config.config);
    if (active === config && !stopping) sampler.start(durationMs(config.config.period));
  }

  /** A disk that fails is told and does not stop the agent. */
  function keepGoing(write: () => void): void {
    try {
      write();
    } catch (error) {
      log((error as Error).message);
    }
  }

  // --- the end

  let flushed: () => void = () => {};

  async function end(code: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    sampler.stop();
    updater.stop();
    if (outbox.size > 0 && link?.up)
      await Promise.race([
        new Promise<void>((resolve) => {
          flushed = resolve;
          runner.records();
        }),
        new Promise<void>((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS)),
      ]);
    runner.stop();
    const [{ abandoned }] = await Promise.all([sensors.close(), link?.close()]);
    status.close();
    if (abandoned.length > 0) log(`devices that hang: ${abandoned.join(', ')}`);
    options.ended(code, abandoned.length > 0);
  }

  const delays = eventLoopDelay(process.env);
  const status = serveStatus(state, () => ({
    pid: process.pid,
    alias,
    version,
    platform,
    broker: describeBroker(broker),
    phase: runner.state.phase,
    configVersion: active?.wire.version ?? 0,
    refused: refused ?? null,
    outbox: { waiting: outbox.size, stored, dropped: outbox.dropped },
    clock: { synchronised: clock.synchronised },
    eventLoop: delays(),
    update: updater.status(),
    rounds: Object.fromEntries(runner.rounds),
    faults: Object.fromEntries(runner.faults),
    sensors: sensors.status(),
    readings: newest
      ? {
          takenAt: newest.takenAt,
          values: Object.fromEntries(newest.values),
          errors: Object.fromEntries(newest.errors),
        }
      : null,
  }));

  if (active !== undefined) void start(active);
  openLink();
  updater.resume();
  return { stop: () => end(0) };
}
