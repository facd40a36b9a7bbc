import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { BoardError } from './board-error.ts';

/** Makes the error of a wrong call of a program, which says where its help is. */
export const badOption =
  (program: string) =>
  (what: string): BoardError =>
    new BoardError('BAD_OPTION', `${what}; see ${program} --help`);

/**
 * Options and the one positional of a board command; undefined when help is asked for. Pure.
 * @param noun what the positional is, such as "image". @throws BoardError as `bad` makes it
 */
export function readCommandLine<O extends ParseArgsOptionsConfig & { help: { type: 'boolean' } }>(
  args: string[],
  options: O,
  noun: string,
  bad: (what: string) => BoardError,
) {
  const parse = () => parseArgs({ args, options, allowPositionals: true });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    throw bad((error as Error).message.split('. ')[0]!);
  }
  const { values, positionals } = parsed;
  if ('help' in values && values.help === true) return undefined;
  const [positional, ...more] = positionals;
  if (positional === undefined) throw bad(`the ${noun} is missing`);
  if (more.length > 0) throw bad(`one ${noun}, not also ${more.join(' ')}`);
  return { values, positional };
}
