import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../../build/paths.ts';
import { type Block, blocksOf, commandsOf } from './blocks.ts';
import { ELSEWHERE, type Elsewhere, ON_BOARD, ON_CARDS } from './elsewhere.ts';

const BOOK = join(ROOT, 'firmware-notes');

const pages = (): string[] => [
  ...['README.md', 'CONTRIBUTING.md'].map((name) => join(ROOT, name)),
  // Its README.md is a list of the others, and must not be taken for that of the repository.
  ...readdirSync(BOOK)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => join(BOOK, name)),
];

/** Every block of commands of the book, page by page. */
export const bookBlocks = (): Block[] =>
  pages().flatMap((path) =>
    blocksOf(basename(path), readFileSync(path, 'utf8')).filter(({ language }) => language === 'sh'),
  );

/** The entry of the table that has a command. Pure. */
export const elsewhere = (page: string, command: string): Elsewhere | undefined =>
  ELSEWHERE.find((one) => one.page === page && (one.commands?.includes(command) ?? true));

type Listed = readonly { page: string; begins: string }[];

const placeIn = (list: Listed, { page, text }: Block): number =>
  list.findIndex((one) => one.page === page && text.startsWith(one.begins));

/** Its place among the blocks that are run on a board, or -1. Pure. */
export const onBoard = (block: Block): number => placeIn(ON_BOARD, block);

/** Its place among the blocks that are run with cards, or -1. Pure. */
export const onCards = (block: Block): number => placeIn(ON_CARDS, block);

/** Whether a block is run on a bench. Pure. */
export const onBench = (block: Block): boolean =>
  onBoard(block) === -1 &&
  onCards(block) === -1 &&
  commandsOf(block.text).every((command) => !elsewhere(block.page, command));
