/** A family as a strict reader of the text format 0.0.4 takes it. */
export interface ParsedFamily {
  help: string;
  type: string;
  samples: { labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`, 's');
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([^ ]+)$`, 's');
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;
const NUMBER = /^(NaN|[+-]Inf|[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)$/;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const found = LABEL.exec(rest);
    if (found === null) throw new Error(`labels: ${text}`);
    const [all, name, value] = found as unknown as [string, string, string];
    if (Object.hasOwn(labels, name)) throw new Error(`the label ${name} comes twice: ${text}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
    rest = rest.slice(all.length);
  }
  return labels;
}

const numberOf = (text: string): number => {
  if (!NUMBER.test(text)) throw new Error(`no number: ${text}`);
  return text === 'NaN'
    ? Number.NaN
    : text.endsWith('Inf')
      ? text[0] === '-'
        ? -Infinity
        : Infinity
      : Number(text);
};

/**
 * Reads metrics: each family once with HELP, TYPE and then its samples, no sample twice, a line feed at the end.
 * @throws Error with the line that is not so
 */
export function parseMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  let family: [string, ParsedFamily] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const helps = HELP.exec(line);
    if (helps !== null) {
      if (families.has(helps[1]!)) throw new Error(`a family begins twice: ${line}`);
      help = [helps[1]!, helps[2]!];
      continue;
    }
    const types = TYPE.exec(line);
    if (types !== null) {
      if (help === undefined || help[0] !== types[1]) throw new Error(`TYPE without its HELP: ${line}`);
      family = [types[1]!, { help: help[1], type: types[2]!, samples: [] }];
      families.set(...family);
      continue;
    }
    const found = SAMPLE.exec(line);
    if (found === null) throw new Error(`no line of a kind: ${line}`);
    const [, name, labelText = '', value] = found as unknown as [string, string, string | undefined, string];
    if (family?.[0] !== name) throw new Error(`a sample outside its family: ${line}`);
    const labels = labelsOf(labelText);
    const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(key)) throw new Error(`a sample comes twice: ${line}`);
    seen.add(key);
    family[1].samples.push({ labels, value: numberOf(value) });
  }
  return families;
}
