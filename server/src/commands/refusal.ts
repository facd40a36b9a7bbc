/** A command that did nothing, with the reason and what to do in its message, and the same as plain JSON in `data`. */
export class CommandRefused extends Error {
  readonly data: Record<string, unknown>;
  constructor(message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.name = 'CommandRefused';
    this.data = data;
  }
}
