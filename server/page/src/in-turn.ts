/**
 * Something that is done one at a time. A wish while it runs is one more turn after it, however many there are. `act` must
 * not reject.
 */
export function inTurn(act: () => Promise<void>): { ask(): void; stop(): void } {
  let runs = false;
  let again = false;
  let stopped = false;
  async function ask(): Promise<void> {
    if (stopped) return;
    again = true;
    if (runs) return;
    runs = true;
    while (again && !stopped) {
      again = false;
      await act();
    }
    runs = false;
  }
  return {
    ask: () => void ask(),
    stop: () => {
      stopped = true;
    },
  };
}
