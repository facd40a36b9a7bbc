import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  RESTART_REASONS,
  type RestartReason,
  type WireRestart,
} from '@perch/broker-bridge/protocol/messages.ts';
import { readIfThere, writeAtomic } from '../atomic-file.ts';
import { cut } from '../config-file.ts';
import { requirePrivateFolder } from '../native/private-folder.ts';
import {
  newer,
  nextEntry,
  patienceOf,
  type RunEntry,
  readEntry,
  reasonAfter,
  SETTLED_MS,
} from './run-entry.ts';

const FILE = 'restarts.json';

/** What a run can say of its own end. That it was switched off or killed, only the next one can. */
export type EndReason = Exclude<RestartReason, 'boot' | 'killed'>;

export interface RestartJournalOptions {
  state: string;
  boot: Uint8Array;
  /** A folder in memory that stands in while the state folder takes no write; see `memoryFolder`. */
  memory: string;
  note(text: string): void;
  /** ms since this run began. */
  ran?(): number;
}

/** A folder of this user in memory: systemd's RuntimeDirectory, else one in /dev/shm that is told apart by the state folder. */
export function memoryFolder(env: Readonly<Record<string, string | undefined>>, state: string): string {
  const given = env.RUNTIME_DIRECTORY?.split(':')[0];
  if (given?.startsWith('/')) return given;
  const hash = createHash('sha256').update(state).digest('hex').slice(0, 12);
  return `/dev/shm/perch-${process.getuid?.() ?? 0}-${hash}`;
}

/**
 * Why the agent was started anew. One small write at a start and one at an end that it knows of; SD cards die of more. What the
 * disk does not take or give back never keeps the agent from starting.
 */
export class RestartJournal {
  readonly #o: RestartJournalOptions;
  readonly #entry: RunEntry;
  #restart: WireRestart | undefined;
  #noted = false;

  constructor(options: RestartJournalOptions) {
    this.#o = options;
    const boot = Buffer.from(options.boot).toString('hex');
    const kept = this.#read(options.state, false);
    const inMemory = this.#read(options.memory, true);
    const before = newer(kept.entry, inMemory.entry);
    this.#entry = nextEntry(before, boot);
    const why =
      before !== undefined
        ? reasonAfter(before, boot)
        : kept.damaged
          ? { reason: 'killed' as const, detail: `what the run before left in ${FILE} is damaged` }
          : undefined; // the first start is no restart
    if (why !== undefined)
      this.#restart = {
        reason: RESTART_REASONS.indexOf(why.reason),
        count: this.#entry.starts,
        ...(why.detail === undefined ? {} : { detail: cut(why.detail) }),
      };
    this.#write();
  }

  /** Starts since the enrolment, this one included. */
  get starts(): number {
    return this.#entry.starts;
  }

  /** Stalls in a row that led to this start. */
  get stalls(): number {
    return this.#entry.stalls;
  }

  /** Factor from 1 on the watchdog's allowances, so that a board that stalls at every start is not restarted for ever. */
  get patience(): number {
    return patienceOf(this.#entry);
  }

  /** For Hello, until `told`. Undefined at the first start. */
  restart(): WireRestart | undefined {
    return this.#restart;
  }

  /** A Hello that was answered told the restart. */
  told(): void {
    this.#restart = undefined;
  }

  /** This run ends, and knows why. The first word counts: what follows on the way down is of no account. Never throws. */
  ended(reason: EndReason, detail?: string): void {
    const entry = this.#entry;
    if (entry.ended !== undefined) return;
    if ((this.#o.ran?.() ?? performance.now()) > SETTLED_MS) entry.stalls = 0;
    entry.ended = { reason, ...(detail === undefined ? {} : { detail: cut(withoutSecrets(detail)) }) };
    this.#write();
  }

  /** From now on, an error that nobody catches is written down before it ends the process, as it would have anyway. */
  watchCrashes(of: Pick<NodeJS.Process, 'on'> = process): void {
    of.on('uncaughtExceptionMonitor', (error: unknown) =>
      this.ended('crashed', error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    );
  }

  #read(folder: string, shared: boolean): { entry?: RunEntry; damaged: boolean } {
    try {
      if (shared && !existsSync(join(folder, FILE))) return { damaged: false };
      if (shared) requirePrivateFolder(folder);
      const text = readIfThere(join(folder, FILE));
      if (text === undefined) return { damaged: false };
      const entry = readEntry(text);
      return entry === undefined ? { damaged: true } : { entry, damaged: false };
    } catch {
      return { damaged: !shared };
    }
  }

  #write(): void {
    const { state, memory, note } = this.#o;
    const text = `${JSON.stringify(this.#entry)}\n`;
    try {
      writeAtomic(join(state, FILE), text);
      rmSync(join(memory, FILE), { force: true });
    } catch (error) {
      if (!this.#noted) note(`restarts are counted in memory only: ${(error as Error).message}`);
      this.#noted = true;
      try {
        requirePrivateFolder(memory);
        writeAtomic(join(memory, FILE), text);
      } catch {
        // Neither disk nor memory: the next start says that this one ended without a word.
      }
    }
  }
}

/** A user and password in a URL stay out of what is kept and told. */
const withoutSecrets = (text: string): string => text.replace(/\/\/[^/@\s]*@/g, '//');
