import { decodeMessage, encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import type { ServerEffect } from '@perch/broker-bridge/protocol/effects.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { ERRORS, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { HANDSHAKE_LEAST, Handshake, prologueOf } from '@perch/broker-bridge/protocol/handshake.ts';
import { HELLO_PAYLOAD_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import type {
  AgentMessage,
  Message,
  MessageOf,
  ServerMessage,
  WireConfig,
} from '@perch/broker-bridge/protocol/messages.ts';
import { decide } from '@perch/broker-bridge/protocol/rounds.ts';
import { type Facts, SERVER_ROUNDS, type ServerInput } from '@perch/broker-bridge/protocol/server-rounds.ts';
import { Session } from '@perch/broker-bridge/protocol/session.ts';
import { aliasOfRequest, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { enrolledEvent, eventsOf, pendingEvent, type Told } from './board-events.ts';
import { factsOf, offerAtHello, restartOf, saidOf, sameTold, told, toldFacts } from './board-facts.ts';
import type { DispatcherOptions } from './dispatcher-options.ts';
import { configVersionsOf, gapsOf, rowsOf } from './ingest.ts';
import { okOf } from './ok.ts';
import { RateLimit } from './rate-limit.ts';
import type { Target } from './rollout/facts.ts';
import { ephemeralOf, type Peer, SessionTable } from './session-table.ts';
import type { StoredConfig } from './store/contract.ts';
import { isTrouble, restartText } from './words.ts';

/** Hellos: each costs most of a millisecond of public-key work, so a flood of them is bounded per alias and in all. */
export const HELLO_RATE = {
  perAlias: { burst: 20, perSecond: 2 },
  inAll: { burst: 1_000, perSecond: 500 },
};
/** Unauthenticated hints that the server gives: one per alias in two seconds. */
export const HINT_RATE = { burst: 1, perSecond: 0.5 };
/** Unknown boards that are written down; past it they are refused all the same, and noted at a later Hello. */
export const PENDING_RATE = { burst: 200, perSecond: 10 };
const RATE_KEYS = 10_000;

/** Takes the agents' messages, asks server-rounds.ts what to do, and does it. */
export class Dispatcher {
  readonly sessions = new SessionTable();
  /** Messages by what became of them: rounds by name, faults by error code; INTERNAL is an error of this program. */
  readonly counters = new Map<string, number>();
  readonly #o: DispatcherOptions;
  readonly #hellos = new RateLimit({ ...HELLO_RATE.perAlias, keys: RATE_KEYS });
  readonly #allHellos = new RateLimit({ ...HELLO_RATE.inAll, keys: 1 });
  readonly #pending = new RateLimit({ ...PENDING_RATE, keys: 1 });
  readonly #hints = new RateLimit({ ...HINT_RATE, keys: RATE_KEYS });

  constructor(options: DispatcherOptions) {
    this.#o = options;
  }

  /** One payload from the broker. Never throws: a fault is counted and noted. */
  async handle(topic: string, payload: Uint8Array): Promise<void> {
    const alias = aliasOfRequest(this.#o.prefix, topic);
    try {
      if (alias === undefined) throw new PerchError('BAD_ALIAS', 'a topic that names no alias');
      const envelope = decodeEnvelope(payload, 'agent');
      if (envelope.type === 'hello') await this.#hello(alias, envelope);
      else if (envelope.type === 'sealed') await this.#sealed(alias, envelope);
      else await this.#run(alias, { on: 'gone', ...NO_FACTS }, {});
    } catch (error) {
      this.#fault(alias, error);
    }
  }

  /** A command changed something that a connected board should hear of at once. */
  async changed(
    alias: string,
    on: 'configChanged' | 'releaseChanged' | 'approved' | 'revoked',
  ): Promise<void> {
    const peer = this.sessions.reachable(alias);
    try {
      if (peer === undefined) await this.#run(alias, { on, ...NO_FACTS }, {});
      else {
        const offer = on === 'releaseChanged' ? this.#o.rollouts.wantedFor(alias) : undefined;
        await this.#run(alias, { on, ...(await this.#facts(peer, peer.told, offer)) }, { peer, offer });
      }
    } catch (error) {
      this.#fault(alias, error);
    }
  }

  #fault(alias: string | undefined, error: unknown): void {
    const code = error instanceof PerchError ? error.code : 'INTERNAL';
    this.#count(code);
    const text = error instanceof Error ? error.message : String(error);
    this.#o.onNote?.({ code, text, ...(alias === undefined ? {} : { alias }) });
  }

  #count(what: string): void {
    this.counters.set(what, (this.counters.get(what) ?? 0) + 1);
  }

  async #hello(alias: string, envelope: Extract<Envelope, { type: 'hello' }>): Promise<void> {
    const now = this.#o.now();
    // What cannot be a handshake costs no board its turn, and one alias not that of the others.
    if (envelope.noise.length < HANDSHAKE_LEAST)
      throw new PerchError('MALFORMED', 'the handshake message is cut short');
    const ephemeral = ephemeralOf(envelope.noise);
    if (this.sessions.isKnown(alias, ephemeral))
      throw new PerchError('REPLAYED', 'a Hello that was answered before');
    if (!this.#hellos.take(alias, now) || !this.#allHellos.take('', now))
      throw new PerchError('BUSY', 'more Hellos than are answered');
    const handshake = new Handshake(this.#o.primitives, {
      role: 'responder',
      prologue: prologueOf(alias),
      s: this.#o.identity,
    });
    const message = decodeMessage(handshake.read(envelope.noise), 'agent');
    if (message.name !== 'helloServer') throw new PerchError('MALFORMED', `${message.name} inside Hello`);
    const key = Uint8Array.from(handshake.remoteStatic!);
    const whitelisted = this.#o.view.isWhitelisted(alias, key) || (await this.#redeem(alias, key, message));
    const offer = whitelisted ? offerAtHello(message, this.#o.rollouts.wantedFor(alias)) : undefined;
    const facts = whitelisted ? await this.#facts({ alias, key }, message, offer) : NO_FACTS;
    await this.#run(
      alias,
      { on: 'hello', ...facts, whitelisted },
      { hello: { ephemeral, handshake, key, message }, offer },
    );
  }

  /** Hello's one-time secret, where it carries one: lets this key in for this alias, once. */
  async #redeem(alias: string, key: Uint8Array, message: MessageOf<'helloServer'>): Promise<boolean> {
    if (message.secret === undefined) return false;
    const { platform, version } = message;
    const secret = this.#o.sha256Hex(message.secret);
    if (!(await this.#o.store.redeem(alias, secret, { key, platform, version }, this.#o.now()))) return false;
    await this.#o.view.refreshDevice(alias);
    this.#o.onBoard?.(alias, [enrolledEvent(alias, key, this.#o.now())]);
    return true;
  }

  async #sealed(alias: string, envelope: Extract<Envelope, { type: 'sealed' }>): Promise<void> {
    const found = this.sessions.find(alias, envelope.tag);
    if (found === undefined) {
      this.#count('UNKNOWN_SESSION');
      await this.#run(alias, { on: 'unknownSession', ...NO_FACTS }, { tag: envelope.tag });
      return;
    }
    const { peer } = found;
    const message = peer.session.open(envelope) as AgentMessage;
    peer.lastSeen = this.#o.now();
    if (peer.gone) this.#o.onBoard?.(alias, []);
    peer.gone = false;
    if (message.name === 'helloServer') throw new PerchError('MALFORMED', 'helloServer after Hello');
    const isReport = message.name === 'monitorRecord';
    const heard = isReport ? message : peer.told;
    let offer: Target | undefined;
    if (isReport && this.#o.view.isWhitelisted(alias, peer.key)) {
      // It opened under the session's keys, so what it says is the board's own word.
      this.#o.rollouts.heard(alias, saidOf({ ...told(message), platform: peer.platform }));
      offer = this.#o.rollouts.wantedFor(alias);
    }
    const facts = await this.#facts(peer, heard, offer);
    await this.#run(alias, { on: message.name, ...facts }, { peer, message, re: envelope.counter, offer });
  }

  async #facts(
    peer: Pick<Peer, 'alias' | 'key'>,
    heard: Peer['told'],
    offer: Target | undefined,
  ): Promise<Facts> {
    const { view } = this.#o;
    return factsOf(heard, {
      whitelisted: view.isWhitelisted(peer.alias, peer.key),
      newest: await view.newestConfig(peer.alias),
      offer,
    });
  }

  async #run(alias: string, input: ServerInput, context: Context): Promise<void> {
    const phase =
      context.peer === undefined
        ? this.sessions.phase(alias)
        : (this.sessions.find(alias, context.peer.session.tag)?.phase ?? 'none');
    const { effects, round } = decide(SERVER_ROUNDS, { phase }, input);
    if (round !== '-') this.#count(round);
    const context_: Doing = {
      ...context,
      behind: false,
      open: effects.some((effect) => effect.do === 'openSession'),
    };
    try {
      for (const effect of effects) await this.#perform(alias, effect, context_);
    } catch (error) {
      // A request that could not be served is answered, so that the board need not wait for its timer.
      if (context.peer !== undefined && context.re !== undefined && error instanceof PerchError)
        this.#send(context.peer, { name: 'refused', re: context.re, code: ERRORS[error.code].number });
      throw error;
    }
  }

  async #perform(alias: string, effect: ServerEffect, context: Doing): Promise<void> {
    const { hello, peer } = context;
    switch (effect.do) {
      case 'notePending': {
        if (!this.#pending.take('', this.#o.now())) return;
        const { platform, version } = hello!.message;
        const now = this.#o.now();
        if (!(await this.#o.store.notePending({ alias, key: hello!.key, platform, version }, now))) return;
        this.#o.onBoard?.(alias, [pendingEvent(alias, hello!.key, now)]);
        return;
      }
      case 'openSession':
        return; // the keys exist once the reply is written: see 'reply'
      case 'reply': {
        const message = await this.#message(effect.message, alias, context);
        if (hello !== undefined) return this.#replyHello(alias, message, context);
        this.#send(peer!, message);
        return;
      }
      case 'push':
        this.#send(peer!, await this.#message(effect.message, alias, context));
        return;
      case 'confirm':
        return this.#confirm(peer!, context.message);
      case 'store':
        context.behind = await this.#store(peer!, context.message as MessageOf<'monitorRecord'>);
        return;
      case 'endSession':
        this.sessions.end(peer!);
        return;
      case 'prepare':
        return this.#o.updates.prepare(
          peer!.platform,
          context.message as MessageOf<'prepare'>,
          context.re!,
          (answer) => this.#send(peer!, answer),
        );
      case 'sendFrames':
        return this.#o.updates.fetch(
          alias,
          peer!.platform,
          context.message as MessageOf<'fetch'>,
          context.re!,
          (answer) => this.#send(peer!, answer),
        );
      case 'hint': {
        const tag = context.tag ?? this.sessions.waiting(alias);
        if (tag === undefined || !this.#hints.take(alias, this.#o.now())) return;
        this.#o.publish(responseTopic(this.#o.prefix, alias), encodeEnvelope({ type: 'sayHello', tag }));
        return;
      }
      case 'noteGone':
        this.#o.rollouts.gone(alias);
        this.#lost(alias);
        this.#o.onNote?.({ alias, text: 'its link broke' });
        return;
    }
  }

  async #message(
    name: (ServerEffect & { do: 'reply' })['message'],
    alias: string,
    { re, hello, message, behind, offer }: Doing,
  ): Promise<ServerMessage> {
    const reply = re === undefined ? {} : { re };
    switch (name) {
      case 'ok':
        return okOf(re!, message as MessageOf<'monitorRecord'>, {
          time: this.#o.now(),
          waitingRows: this.#o.store.waitingRows(),
          behind,
        });
      case 'notWhitelisted':
        return { name, ...reply };
      case 'reconfigure':
        return { name, ...reply, config: wireConfig(await this.#o.view.newestConfig(alias)) };
      case 'versionMismatch': {
        return { name, ...reply, version: offer!.version };
      }
      case 'helloClient': {
        const newest = await this.#o.view.newestConfig(alias);
        const { configVersion, refused } = hello!.message;
        const known = newest.version === configVersion || newest.version === refused?.version;
        const message: MessageOf<'helloClient'> = { name, time: this.#o.now() };
        if (known) return message;
        // A config too long for the handshake follows as Reconfigure, in reply to the first report.
        const whole = { ...message, config: wireConfig(newest) };
        return encodeMessage(whole).length > HELLO_PAYLOAD_LIMIT ? message : whole;
      }
    }
  }

  #replyHello(alias: string, reply: ServerMessage, { hello, open }: Doing): void {
    const { handshake, key, message } = hello!;
    const noise = handshake.write(encodeMessage(reply));
    const transport = handshake.split();
    const session = new Session(transport, 'server', alias);
    if (open)
      this.sessions.greet({
        session,
        alias,
        key,
        platform: message.platform,
        stream: Buffer.from(message.stream).toString('hex'),
        boot: Buffer.from(message.bootId).toString('hex'),
        ephemeral: hello!.ephemeral,
        hello: message,
        fresh: true,
        told: told(message),
        lastSeen: this.#o.now(),
        ...{ per: 0, gone: false, behindNoted: false },
      });
    else this.sessions.wait(alias, session.tag);
    this.#o.publish(responseTopic(this.#o.prefix, alias), encodeEnvelope({ type: 'helloReply', noise }));
  }

  #send(peer: Peer, message: Message): void {
    this.#o.publish(responseTopic(this.#o.prefix, peer.alias), peer.session.seal(message).payload);
  }

  /** The first message of a session proves that its Hello was no replay; from then on what it told is believed. */
  async #confirm(peer: Peer, message: Message | undefined): Promise<void> {
    this.sessions.confirm(peer);
    const now = message?.name === 'monitorRecord' ? told(message) : peer.told;
    if (!peer.fresh && sameTold(now, peer.told)) return;
    const restart =
      peer.fresh && peer.hello.restart ? restartOf(peer.hello.restart, peer.lastSeen) : undefined;
    const facts = { ...toldFacts(now), ...(restart === undefined ? {} : { restart }) };
    const before = peer.fresh ? await this.#stored(peer) : toldFacts(peer.told);
    await this.#o.store.updateDevice(peer.alias, peer.key, {
      ...{ platform: peer.platform, lastSeen: peer.lastSeen, refused: null, update: null },
      ...facts,
    });
    this.#o.onBoard?.(peer.alias, eventsOf(peer.alias, before, facts, peer.lastSeen));
    // Only now: a write that failed is made good at the next report.
    peer.told = now;
    if (!peer.fresh) return;
    peer.fresh = false;
    if (restart !== undefined && isTrouble(restart)) this.#warn(peer.alias, restartText(restart));
  }

  /** What the store knows of a board that said Hello. */
  async #stored({ alias, key }: Peer): Promise<Told> {
    const rows = await this.#o.store.devicesOf(alias);
    return rows.find((row) => Buffer.compare(row.key, key) === 0) ?? {};
  }

  #lost(alias: string): void {
    const peer = this.sessions.liveOf(alias);
    if (peer === undefined) return;
    peer.gone = true;
    this.#o.onBoard?.(alias, []);
  }

  #warn(alias: string, text: string): void {
    this.#o.onNote?.({ alias, level: 'warn', text });
  }

  /** Resolves with whether the numbers of the board went back. */
  async #store(peer: Peer, message: MessageOf<'monitorRecord'>): Promise<boolean> {
    if (message.records.length + (message.gaps?.length ?? 0) === 0) return false;
    const names = new Map<number, string[] | undefined>();
    for (const version of configVersionsOf(message))
      names.set(version, await this.#o.view.itemNames(peer.alias, version));
    const now = this.#o.now();
    const rows = rowsOf(peer, message, (version) => names.get(version), now);
    const { fresh, behind } = await this.#o.store.addRecords(rows, gapsOf(peer, message, now));
    peer.per = message.records.at(-1)?.per ?? peer.per;
    if (fresh.length > 0) this.#o.onRecords?.(fresh);
    if (behind && !peer.behindNoted) {
      peer.behindNoted = true;
      this.#warn(peer.alias, BEHIND);
    }
    return behind;
  }
}

interface Context {
  hello?: { ephemeral: string; handshake: Handshake; key: Uint8Array; message: MessageOf<'helloServer'> };
  peer?: Peer;
  message?: Message;
  /** Counter of the request, which its reply names. */
  re?: number;
  tag?: Uint8Array;
  /** The release that the board should be told of. */
  offer?: Target | undefined;
}

/** A context while its effects are done. */
type Doing = Context & { open: boolean; behind: boolean };

const BEHIND =
  'it numbers records as others that are stored: an old image was restored, or its card was copied. Both are kept, and it is told to number anew';

const NO_FACTS: Facts = { whitelisted: false, versionMatches: true, configMatches: true };

const wireConfig = ({ version, text, items }: StoredConfig): WireConfig => ({ version, json: text, items });
