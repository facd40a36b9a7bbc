import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { PLATFORMS } from '@perch/broker-bridge/release.ts';
import { unpackFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import { ROOTS_LIMIT } from '@perch/broker-bridge/update/metadata-file.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import type { Trust } from '@perch/broker-bridge/update/trust.ts';
import type { Timers } from '../timers.ts';
import { Asker, type Question } from './asker.ts';
import type { Carrier } from './part-file.ts';
import { openTrust, referenceTime, saveTrust, type TrustMemory } from './trust-file.ts';

/** Answers with metadata that are taken for one release: a chain of roots comes in several. */
export const METADATA_ROUNDS = 64;
/** How much later the time of a check must be to be written down for itself. */
export const FLOOR_STEP_MS = 24 * 60 * 60 * 1000;
/** How long to wait for an object that the server is making, when it does not say, and at least; in ms. */
export const MAKING_MS = { otherwise: 10_000, least: 1_000 };

export interface RouteOptions {
  state: string;
  platform: string;
  /** SHA-256 of the first root, which the enrolment pins. */
  root: Uint8Array;
  memory: TrustMemory;
  /** Unix ms, when the board knows the time. */
  clock(): number | undefined;
  prepare(question: Question): number | undefined;
  timers: Timers;
  random(): number;
  note(text: string): void;
}

/** What the owner signed of a release, and what carries it here. */
export interface Way {
  target: ReleaseTarget;
  carrier: Carrier;
}

/** Finds the way to a release: what is signed of it first, then what carries it. Trust is all that comes of the metadata. */
export class Route {
  readonly #o: RouteOptions;
  readonly #asker: Asker;
  #memory: TrustMemory;
  #timer: unknown;

  constructor(options: RouteOptions) {
    this.#o = options;
    this.#memory = options.memory;
    this.#asker = new Asker(options);
  }

  /** What is signed of a release by what the board has, undefined when it must ask. */
  known(version: string): ReleaseTarget | undefined {
    try {
      const trust = this.#trust();
      trust.take([]);
      return this.#target(trust, version);
    } catch {
      return undefined; // out of date or damaged: the server has it
    }
  }

  /**
   * Asks until the server tells the way. `judge` is asked once what is signed is known, before anything is made for it;
   * false ends the search. `have`: SHA-256 of the executable that runs, for a patch on it.
   * @throws PerchError EXPIRED, OLD_METADATA, MIXED_METADATA, BAD_SIGNATURE, NO_TARGET, MALFORMED, TOO_LONG
   */
  async find(
    version: string,
    have: string | undefined,
    judge: (target: ReleaseTarget) => boolean,
  ): Promise<Way | undefined> {
    for (let round = 0; round < METADATA_ROUNDS; round++) {
      const trust = this.#trust();
      const answer = await this.#asker.ask({
        version,
        ...trust.versions,
        ...(have === undefined ? {} : { have: Buffer.from(have, 'hex') }),
      });
      if (!this.#take(trust, answer)) continue;
      const target = this.#target(trust, version);
      if (target === undefined)
        throw new PerchError('NO_TARGET', `the owner signed no release ${version} for ${this.#o.platform}`);
      if (!judge(target)) return undefined;
      const way = answer.object && wayOf(target, answer.object, have);
      if (way !== undefined) return way;
      round -= 1; // waiting is no round: a patch may take minutes to make
      await this.#pause(Math.max(MAKING_MS.least, answer.wait ?? MAKING_MS.otherwise));
    }
    throw new PerchError('MALFORMED', `the server has no end of metadata (${METADATA_ROUNDS} answers)`);
  }

  answered(message: MessageOf<'prepared'>): void {
    this.#asker.answered(message);
  }

  refused(re: number, code: ErrorCode): void {
    this.#asker.refused(re, code);
  }

  wake(): void {
    this.#asker.wake();
  }

  stop(): void {
    this.#asker.stop();
    this.#o.timers.clear(this.#timer);
  }

  #trust(): Trust {
    return openTrust(this.#memory, this.#o.root, this.#o.clock());
  }

  #target(trust: Trust, version: string): ReleaseTarget | undefined {
    const platform = PLATFORMS.find((one) => one === this.#o.platform);
    return platform && trust.target(platform, version);
  }

  /** False when there is more to come. What was good before something bad is kept: a chain of roots may be long. */
  #take(trust: Trust, { metadata }: MessageOf<'prepared'>): boolean {
    const { state, clock, note } = this.#o;
    let failure: unknown;
    const before = trust.versions.root;
    try {
      trust.take(metadata === undefined ? [] : unpackFiles(metadata));
    } catch (error) {
      failure = error;
    }
    // Of a long chain of roots only a part comes at once, and nothing behind it.
    const goesOn = trust.versions.root - before >= ROOTS_LIMIT;
    const { floor } = this.#memory;
    const memory = {
      stored: trust.stored(),
      floor: failure === undefined ? referenceTime(this.#memory, clock()).getTime() : floor,
    };
    // The floor alone is not worth a write to the card.
    const isNews = memory.stored !== this.#memory.stored || memory.floor - floor > FLOOR_STEP_MS;
    this.#memory = memory;
    try {
      if (isNews) saveTrust(state, memory);
    } catch (error) {
      note((error as Error).message); // it is asked for again after a restart
    }
    if (goesOn) return false;
    if (failure !== undefined) throw failure;
    return true;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = this.#o.timers.set(resolve, ms);
    });
  }
}

/** An object for a target. @throws PerchError MALFORMED for a patch on something that was not asked for, TOO_LONG */
function wayOf(
  target: ReleaseTarget,
  object: NonNullable<MessageOf<'prepared'>['object']>,
  have: string | undefined,
): Way {
  if (object.patch && have === undefined)
    throw new PerchError('MALFORMED', 'the server offers a patch on nothing');
  if (object.length < 1 || object.length > longestObject(target.length))
    throw new PerchError(
      'TOO_LONG',
      `an object of ${object.length} bytes for an executable of ${target.length}`,
    );
  const carrier: Carrier = {
    version: target.version,
    target: target.sha256,
    object: Buffer.from(object.sha256).toString('hex'),
    length: object.length,
    ...(object.patch ? { base: have! } : {}),
  };
  return { target, carrier };
}

/** An object that is longer than the executable and a little is no honest one. */
const longestObject = (length: number): number => length + 64 * 1024;
