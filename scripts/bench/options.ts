/** The command line says something that cannot be meant: one line, exit code 2. */
export class UsageError extends Error {}

export type OptionValues = Record<string, string | undefined>;

/** A whole number within limits. @throws UsageError */
export function numberOption(
  values: OptionValues,
  name: string,
  otherwise: number,
  { least, most }: { least: number; most: number },
): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!/^[0-9]{1,9}$/.test(text) || number < least || number > most)
    throw new UsageError(`--${name} ${text}: give a whole number from ${least} to ${most}`);
  return number;
}

/** One of some words. @throws UsageError */
export function wordOption<W extends string>(
  values: OptionValues,
  name: string,
  otherwise: W,
  words: readonly W[],
): W {
  const text = values[name];
  if (text === undefined) return otherwise;
  const word = words.find((each) => each === text);
  if (word === undefined) throw new UsageError(`--${name} ${text}: give one of ${words.join(', ')}`);
  return word;
}
