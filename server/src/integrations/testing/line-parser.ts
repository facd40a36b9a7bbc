/** A point as a strict reader of InfluxDB's line protocol takes it. */
export interface ParsedPoint {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, number | string | boolean>;
  time: number;
}

const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Reads one point, and what is behind it. Escapes: `,`, space and `=` in keys and tags, `"` and `\` in texts. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  fail(what: string): never {
    throw new Error(`${what} at ${this.#at}: ${this.#text.slice(this.#at, this.#at + 80)}`);
  }

  take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  need(sign: string): void {
    if (!this.take(sign)) this.fail(`no ${JSON.stringify(sign)}`);
  }

  /** A key or a tag's value: up to one of `ends` without a backslash. */
  word(ends: string): string {
    let word = '';
    while (!this.done && !ends.includes(this.#text[this.#at]!)) {
      const sign = this.#text[this.#at]!;
      if (sign === '\n' || sign === '\r') this.fail('a line ends in a key');
      const next = this.#text[this.#at + 1] ?? '';
      if (sign === '\\' && ', ='.includes(next) && next !== '') {
        word += next;
        this.#at += 2;
      } else {
        word += sign;
        this.#at += 1;
      }
    }
    if (word === '') this.fail('an empty word');
    return word;
  }

  text(): string {
    let text = '';
    while (!this.done) {
      const sign = this.#text[this.#at]!;
      this.#at += 1;
      if (sign === '"') return text;
      if (sign !== '\\') {
        text += sign;
        continue;
      }
      const next = this.#text[this.#at] ?? '';
      if (next !== '"' && next !== '\\') this.fail('a lone backslash');
      text += next;
      this.#at += 1;
    }
    return this.fail('a text does not end');
  }

  field(): number | string | boolean {
    if (this.take('"')) return this.text();
    const start = this.#at;
    while (!this.done && !', \n'.includes(this.#text[this.#at]!)) this.#at += 1;
    const word = this.#text.slice(start, this.#at);
    if (word === 'true' || word === 'false') return word === 'true';
    return FLOAT.test(word) ? Number(word) : this.fail('no float');
  }

  time(): number {
    const found = /^-?\d+/.exec(this.#text.slice(this.#at, this.#at + 30))?.[0];
    if (found === undefined) this.fail('no time');
    this.#at += found.length;
    return Number(found);
  }
}

/** @throws Error with the place that is wrong */
export function parseLines(text: string): ParsedPoint[] {
  const reader = new Reader(text);
  const points: ParsedPoint[] = [];
  while (!reader.done) {
    const point: ParsedPoint = { measurement: reader.word(', '), tags: {}, fields: {}, time: 0 };
    while (reader.take(',')) {
      const key = reader.word('=, ');
      reader.need('=');
      point.tags[key] = reader.word('=, ');
    }
    reader.need(' ');
    do {
      const key = reader.word('=, ');
      reader.need('=');
      if (Object.hasOwn(point.fields, key)) reader.fail(`the field ${key} comes twice`);
      point.fields[key] = reader.field();
    } while (reader.take(','));
    reader.need(' ');
    point.time = reader.time();
    points.push(point);
    if (!reader.done) reader.need('\n');
  }
  return points;
}
