/** Looks for texts in bytes that come in chunks. */
export class TextSearch {
  readonly #texts: Buffer[];
  readonly #overlap: number;
  #tail = Buffer.alloc(0);
  found = false;

  constructor(texts: readonly string[]) {
    this.#texts = texts.map((text) => Buffer.from(text));
    this.#overlap = Math.max(1, ...this.#texts.map((text) => text.length)) - 1;
  }

  push(chunk: Buffer): void {
    if (this.found) return;
    const border = Buffer.concat([this.#tail, chunk.subarray(0, this.#overlap)]);
    this.found = this.#texts.some((text) => border.includes(text) || chunk.includes(text));
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-this.#overlap)]).subarray(-this.#overlap);
  }
}
