/** A fenced block of a page. */
export interface Block {
  page: string;
  /** Of its first line of text, from 1. */
  line: number;
  language: string;
  text: string;
  /** What the page shows as its output: a block without a language right behind it. */
  shown?: string;
}

const FENCE = /^( *)(`{3,})(\S*)/;

/** The fenced blocks of a page in their order (CommonMark 0.31, section 4.5), as far as this book uses them. Pure. */
export function blocksOf(page: string, markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let behind = false;
  for (let at = 0; at < lines.length; at++) {
    const [, indent, fence, language] = FENCE.exec(lines[at]!) ?? [];
    if (indent === undefined || fence === undefined) {
      if (lines[at]!.trim() !== '') behind = false;
      continue;
    }
    const first = at + 1;
    while (++at < lines.length && lines[at]!.trim() !== fence);
    if (at === lines.length) throw new Error(`${page}:${first}: the block has no end`);
    const text = lines
      .slice(first, at)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
      .join('\n');
    if (language === '' && behind) blocks.at(-1)!.shown = text;
    else blocks.push({ page, line: first + 1, language: language!, text });
    behind = language === 'sh';
  }
  return blocks;
}

/** The commands of a block: lines, with those that go on in the next put together; comments are left out. Pure. */
export const commandsOf = (text: string): string[] =>
  text
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^| +)#( .*)?$/, '').trim())
    .filter((line) => line !== '');

/**
 * True where an output looks as the book shows it: line by line, whatever the numbers are; a line of the book that is `...` stands for
 * any lines, and `...` in a line for any text. Pure.
 */
export function looksAs(shown: string, output: string): boolean {
  const pattern = shown
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '...' ? '[^]*' : linePattern(line.trimEnd())))
    .join(' *\\n');
  return new RegExp(`^${pattern} *$`, 'm').test(output);
}

const linePattern = (line: string): string =>
  line
    .split('...')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(/\d+/g, '\\d+'))
    .join('.*');
