import type { MessageOf, WireRefusal, WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import type { ServerState } from '@perch/broker-bridge/protocol/server-rounds.ts';
import type { Session } from '@perch/broker-bridge/protocol/session.ts';

/** Unproved sessions per alias: a replayed Hello must not push out the one that the board is about to use. */
export const GREETED_PER_ALIAS = 4;
/** Aliases with sessions in memory; over it the one whose session is oldest says Hello again. */
export const ALIASES_LIMIT = 100_000;
/** Boards that wait for approval and can be woken by it. */
export const WAITING_LIMIT = 1_000;

/** A session and what its board said of itself. */
export interface Peer {
  session: Session;
  alias: string;
  key: Uint8Array;
  platform: string;
  stream: string; // hex
  boot: string; // hex
  /** Names the Hello, hex: see ephemeralOf. */
  ephemeral: string;
  hello: MessageOf<'helloServer'>;
  /** What Hello told is not in the store yet. */
  fresh: boolean;
  /** What was last written to the store of this board, so that only changes are written. */
  told: { version: string; configVersion: number; update?: WireUpdate; refused?: WireRefusal };
  lastSeen: number; // Unix ms
  /** The period of what it reported last, ms. */
  per: number;
  /** The broker said that its link broke, and it was not heard since. */
  gone: boolean;
  /** A person was told that the board's numbers went back. */
  behindNoted: boolean;
}

interface Entry {
  live?: Peer;
  greeted: Peer[];
}

/** A board counts as online for so long after it was heard, in ms, or for so many of its periods if they are longer. */
export const ONLINE_MS = 600_000;
export const ONLINE_PERIODS = 3;

/** The board is there, as far as can be told: its link did not break, and it was heard not long ago. Pure. */
export const isOnline = (
  { gone, lastSeen, per }: Pick<Peer, 'gone' | 'lastSeen' | 'per'>,
  now: number,
): boolean => !gone && now - lastSeen < Math.max(ONLINE_MS, ONLINE_PERIODS * per);

/** The board's one-time key in a Hello, which is new each time, so that a replayed one is known by it. */
export const ephemeralOf = (noise: Uint8Array): string => Buffer.from(noise.subarray(0, 32)).toString('hex');

const tagOf = (tag: Uint8Array): string => Buffer.from(tag).toString('hex');

/** All sessions of this server, by alias. */
export class SessionTable {
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, Uint8Array>();

  phase(alias: string): ServerState['phase'] {
    const entry = this.#entries.get(alias);
    return entry?.live !== undefined ? 'live' : (entry?.greeted.length ?? 0) > 0 ? 'greeted' : 'none';
  }

  find(alias: string, tag: Uint8Array): { peer: Peer; phase: 'live' | 'greeted' } | undefined {
    const entry = this.#entries.get(alias);
    if (entry === undefined) return undefined;
    const wanted = tagOf(tag);
    if (entry.live !== undefined && tagOf(entry.live.session.tag) === wanted)
      return { peer: entry.live, phase: 'live' };
    const peer = entry.greeted.find((one) => tagOf(one.session.tag) === wanted);
    return peer === undefined ? undefined : { peer, phase: 'greeted' };
  }

  /** The sessions that a message of the server's own should reach: the live one, else the newest greeted. */
  reachable(alias: string): Peer | undefined {
    const entry = this.#entries.get(alias);
    return entry?.live ?? entry?.greeted.at(-1);
  }

  /** True for a Hello whose keys are here already. */
  isKnown(alias: string, ephemeral: string): boolean {
    const entry = this.#entries.get(alias);
    return [entry?.live, ...(entry?.greeted ?? [])].some((one) => one?.ephemeral === ephemeral);
  }

  greet(peer: Peer): void {
    this.#waiting.delete(peer.alias);
    const entry = this.#entries.get(peer.alias) ?? { greeted: [] };
    if (entry.greeted.length >= GREETED_PER_ALIAS) {
      // By the board's own clock: a recording of an earlier Hello goes before the one that was just said. The newcomer
      // always has its turn, or a board whose clock went back would be locked out.
      const oldest = entry.greeted.reduce((a, b) => (b.hello.clock < a.hello.clock ? b : a));
      entry.greeted = entry.greeted.filter((one) => one !== oldest);
    }
    entry.greeted.push(peer);
    this.#touch(peer.alias, entry);
  }

  /** The first message under its keys came: this session replaces the one before. True when it was not live yet. */
  confirm(peer: Peer): boolean {
    const entry = this.#entries.get(peer.alias);
    if (entry === undefined || entry.live === peer) return false;
    entry.live = peer;
    entry.greeted = [];
    this.#touch(peer.alias, entry);
    return true;
  }

  end(peer: Peer): void {
    const entry = this.#entries.get(peer.alias);
    if (entry === undefined) return;
    if (entry.live === peer) delete entry.live;
    entry.greeted = entry.greeted.filter((one) => one !== peer);
    if (entry.live === undefined && entry.greeted.length === 0) this.#entries.delete(peer.alias);
  }

  /** A board that was answered with Not Whitelisted, to be woken by its handshake's tag. */
  wait(alias: string, tag: Uint8Array): void {
    this.#waiting.delete(alias);
    this.#waiting.set(alias, tag);
    if (this.#waiting.size > WAITING_LIMIT) this.#waiting.delete(this.#waiting.keys().next().value as string);
  }

  waiting(alias: string): Uint8Array | undefined {
    return this.#waiting.get(alias);
  }

  liveOf(alias: string): Peer | undefined {
    return this.#entries.get(alias)?.live;
  }

  live(): Peer[] {
    return [...this.#entries.values()].flatMap((entry) => (entry.live === undefined ? [] : [entry.live]));
  }

  aliases(): string[] {
    return [...this.#entries.keys()];
  }

  #touch(alias: string, entry: Entry): void {
    this.#entries.delete(alias);
    this.#entries.set(alias, entry);
    if (this.#entries.size > ALIASES_LIMIT) this.#entries.delete(this.#entries.keys().next().value as string);
  }
}
