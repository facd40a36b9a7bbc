import type { Line } from './line.ts';

/** A device on the far end of a line that answers commands of a fixed length. What it says can be changed on its way. */
export class AskedDevice {
  /** Every command, in hexadecimal. */
  readonly asked: string[] = [];
  mangle: (answer: Uint8Array) => Uint8Array | undefined = (answer) => answer;
  #heard: number[] = [];

  /** `answer` gives what is said to a command, or nothing. */
  constructor(line: Line, length: number, answer: (command: readonly number[]) => Uint8Array | undefined) {
    line.onHeard((bytes) => {
      this.#heard.push(...bytes);
      while (this.#heard.length >= length) {
        const command = this.#heard.splice(0, length);
        this.asked.push(Buffer.from(command).toString('hex'));
        const said = answer(command);
        const mangled = said && this.mangle(said);
        if (mangled) line.say(mangled);
      }
    });
  }
}
