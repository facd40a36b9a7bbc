import { EventEmitter } from 'node:events';
import type { Alert } from './store/alert-contract.ts';
import type { RecordRow } from './store/contract.ts';
import type { FleetEvent } from './store/event-contract.ts';

/** What happens in a running server, told once it is stored. */
export interface Happenings {
  records: [RecordRow[]];
  events: [readonly FleetEvent[]];
  /** Alerts that began, were acknowledged, or ended: each as it is now. */
  alerts: [readonly Alert[]];
  /** Aliases of which something is different: what they said, whether they are connected, who is let in. */
  devices: [readonly string[]];
}

/** Listeners of a feed, at most: what is built in, and those who watch over HTTP come through one of them. */
export const LISTENERS_LIMIT = 32;

/**
 * Tells who listens in this process. A listener must not wait and must not throw: one that does is a fault of the program, and
 * ends neither the others nor who tells.
 */
export class Feed {
  readonly #emitter = new EventEmitter<Happenings>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#emitter.setMaxListeners(LISTENERS_LIMIT);
  }

  /** @returns what ends it */
  on<K extends keyof Happenings>(what: K, listener: (...told: Happenings[K]) => void): () => void {
    const guarded = (...told: Happenings[K]): void => {
      try {
        listener(...told);
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#emitter.on(what, guarded as never);
    return () => void this.#emitter.off(what, guarded as never);
  }

  tell<K extends keyof Happenings>(what: K, ...told: Happenings[K]): void {
    this.#emitter.emit(what, ...(told as never));
  }
}
