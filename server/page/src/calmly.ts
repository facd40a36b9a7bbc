export interface Calm {
  /** Does it, at the earliest when the time since the last turn has passed. */
  soon(): void;
  stop(): void;
}

/** Something that is done for many wishes at once, and not more often than every `ms`. */
export function calmly(act: () => void, ms: number): Calm {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;
  return {
    soon() {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          last = performance.now();
          act();
        },
        Math.max(0, last + ms - performance.now()),
      );
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
