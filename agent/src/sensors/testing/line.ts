/** The device's end of a serial line: a pseudo-terminal, or a serial port of an emulated board. */
export type Line = {
  /** The device says something. */
  say(text: string | Uint8Array): void;
  /** The device hears what the agent writes. The last listener counts. */
  onHeard(listener: (bytes: Buffer) => void): void;
};
