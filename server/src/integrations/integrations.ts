import type { BrokerAddress } from '@perch/broker-bridge/mqtt/link.ts';
import type { LiveServer } from '../commands/live.ts';
import type { Feed } from '../feed.ts';
import type { LatestValues } from '../series/latest.ts';
import type { LogEntry } from '../serve-options.ts';
import type { Store } from '../store/contract.ts';
import { type WebhookCounts, Webhooks } from '../webhooks/webhooks.ts';
import { mirrorMessages } from './board-messages.ts';
import { BoardPublisher, type Face } from './board-publisher.ts';
import { settingFault } from './check.ts';
import { birthTopic, componentKeys, homeAssistantMessages } from './homeassistant.ts';
import { influxTarget } from './influx-target.ts';
import { type InfluxState, InfluxWriter } from './influx-writer.ts';
import {
  DISCOVERY_PREFIX,
  HOME_ASSISTANT_PREFIX,
  INTEGRATIONS,
  type IntegrationName,
  loadSetting,
  MIRROR_PREFIX,
  type Setting,
} from './settings.ts';
import { serverTopic } from './topics.ts';

export interface IntegrationsOptions {
  store: Store;
  feed: Feed;
  live: Pick<LiveServer, 'happened' | 'lastHeard'>;
  latest: Pick<LatestValues, 'board'>;
  /** The broker that the server was started with; undefined: it runs its own. */
  broker: BrokerAddress | undefined;
  /** Of the topics that boards use. */
  prefix: string;
  /** URL of the page, or ''. */
  page(): string;
  /** Unix ms */
  now(): number;
  log(entry: LogEntry): void;
}

/** How a running integration is. */
export type IntegrationState = Partial<InfluxState>;

interface Running {
  state(): IntegrationState;
  close(how: { takeBack: boolean }): Promise<void>;
}

/** What programs beside this server are told while it runs, as it is set; a change takes effect at once. */
export class Integrations {
  readonly #o: IntegrationsOptions;
  readonly #webhooks: Webhooks;
  readonly #running = new Map<IntegrationName, Running>();
  readonly #faults = new Map<IntegrationName, string>();
  readonly #undo: () => void;
  /** Changes are done one after the other. */
  #turn: Promise<void> = Promise.resolve();

  private constructor(options: IntegrationsOptions, webhooks: Webhooks) {
    this.#o = options;
    this.#webhooks = webhooks;
    this.#undo = options.feed.on('events', (events) => {
      for (const { kind, data } of events) {
        const name = INTEGRATIONS.find((one) => one === data?.integration);
        if (kind === 'integration.set' && name !== undefined) this.#apply(name);
      }
    });
  }

  static async start(options: IntegrationsOptions): Promise<Integrations> {
    const integrations = new Integrations(options, await Webhooks.start(options));
    for (const name of INTEGRATIONS) integrations.#apply(name);
    await integrations.#turn;
    return integrations;
  }

  /** Undefined for one that is off, or has nothing to tell. */
  state(name: IntegrationName): IntegrationState | undefined {
    const trouble = this.#faults.get(name);
    return trouble === undefined ? this.#running.get(name)?.state() : { trouble };
  }

  /** For metrics. */
  counts(): { influx?: InfluxState; webhooks: WebhookCounts } {
    const influx = this.#running.get('influxdb')?.state() as InfluxState | undefined;
    return { webhooks: { ...this.#webhooks.counts }, ...(influx === undefined ? {} : { influx }) };
  }

  async close(): Promise<void> {
    this.#undo();
    await this.#turn;
    await Promise.all([...this.#running.values()].map((one) => one.close({ takeBack: false })));
    await this.#webhooks.close();
  }

  #apply(name: IntegrationName): void {
    this.#turn = this.#turn
      .then(() => this.#restart(name))
      .catch((error: unknown) => {
        this.#faults.set(name, (error as Error).message);
        this.#o.log({ level: 'warn', text: `${name}: ${(error as Error).message}` });
      });
  }

  async #restart(name: IntegrationName): Promise<void> {
    const setting = await loadSetting(this.#o.store, name);
    const before = this.#running.get(name);
    this.#running.delete(name);
    this.#faults.delete(name);
    await before?.close({ takeBack: true });
    if (!setting.on) return;
    const { broker, prefix } = this.#o;
    const fault = settingFault(name, setting, { embedded: broker === undefined, prefix });
    if (fault !== undefined) throw new Error(fault);
    const running = this.#start(name, setting);
    if (running !== undefined) this.#running.set(name, running);
  }

  #start(name: IntegrationName, setting: Setting<IntegrationName>): Running | undefined {
    switch (name) {
      case 'prometheus':
        return undefined; // it only answers
      case 'influxdb':
        return this.#influx(setting as Setting<'influxdb'>);
      case 'mirror': {
        const prefix = (setting as Setting<'mirror'>).prefix ?? MIRROR_PREFIX;
        const face = { name, server: serverTopic(prefix) };
        return this.#publisher(setting as Setting<'mirror'>, {
          ...face,
          messages: (board) => mirrorMessages(prefix, board),
        });
      }
      case 'homeassistant':
        return this.#publisher(setting as Setting<'homeassistant'>, this.#homeAssistant(setting));
    }
  }

  #homeAssistant(setting: Setting<'homeassistant'>): Face {
    const topics = {
      prefix: setting.prefix ?? HOME_ASSISTANT_PREFIX,
      discovery: setting.discovery ?? DISCOVERY_PREFIX,
    };
    /** Components that were announced, by alias: those that are no more are to be removed. */
    const announced = new Map<string, Map<string, string>>();
    return {
      name: 'homeassistant',
      server: serverTopic(topics.prefix),
      wake: { topic: birthTopic(topics.discovery), word: 'online' },
      messages: (board) => {
        const keys = componentKeys(board.items);
        const gone = new Map([...(announced.get(board.alias) ?? [])].filter(([key]) => !keys.has(key)));
        announced.set(board.alias, keys);
        return homeAssistantMessages(board, topics, this.#o.page(), gone);
      },
    };
  }

  #publisher(setting: Setting<'mirror' | 'homeassistant'>, face: Face): Running {
    const { store, feed, latest, live, log } = this.#o;
    const publisher = new BoardPublisher({
      ...{ store, feed, latest, face },
      online: (alias) => live.lastHeard(alias) !== undefined,
      broker: this.#brokerOf(setting),
      log: (level, text) => log({ level, text: `${face.name}: ${text}` }),
    });
    return {
      state: () => (publisher.trouble === undefined ? {} : { trouble: publisher.trouble }),
      close: (how) => publisher.close(how),
    };
  }

  #brokerOf({ broker, username, password, ca }: Setting<'mirror' | 'homeassistant'>): BrokerAddress {
    if (broker === undefined) return this.#o.broker!; // settingFault refuses where there is none
    return {
      url: broker,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
    };
  }

  #influx(setting: Setting<'influxdb'>): Running {
    const { feed, now, log } = this.#o;
    const warn = (text: string): void => log({ level: 'warn', text });
    const writer = new InfluxWriter({ target: influxTarget(setting), now, warn });
    const undo = feed.on('records', (rows) => writer.add(rows));
    return {
      state: () => writer.state,
      async close() {
        undo();
        await writer.close();
      },
    };
  }
}
