import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../build/paths.ts';
import { lacking } from '../../test/programs.ts';
import { Bench } from './bench.ts';
import { commandsOf, looksAs } from './blocks.ts';
import { bookBlocks, elsewhere, onBench, onBoard, onCards } from './book.ts';
import { ELSEWHERE, ON_BOARD, ON_CARDS } from './elsewhere.ts';
import { SCENES } from './scenes.ts';

const blocks = bookBlocks();

test('every command of the book is run by this test, or by one that the table names', () => {
  assert.ok(blocks.length > 40, `${blocks.length} blocks`);
  for (const block of blocks) {
    if (onBoard(block) >= 0 || onCards(block) >= 0) continue;
    const [page, place] = [block.page, `${block.page}:${block.line}`];
    const commands = commandsOf(block.text);
    const away = commands.filter((command) => elsewhere(page, command));
    assert.ok(away.length === 0 || away.length === commands.length, `${place}: run all of it in one place`);
    const runs = away.length > 0 || SCENES[page] !== undefined;
    assert.ok(runs, `${place}: nothing runs this`);
  }
});

test('the table has what the book has, and tests that exist', () => {
  for (const { page, commands, begins = '', test: file } of ELSEWHERE) {
    assert.ok(existsSync(join(ROOT, file)), file);
    const there = blocks.filter((block) => block.page === page);
    for (const { text, line } of there)
      assert.ok(text.startsWith(begins), `${page}:${line} begins otherwise`);
    const known = there.flatMap(({ text }) => commandsOf(text));
    assert.ok(known.length > 0, page);
    for (const command of commands ?? []) assert.ok(known.includes(command), `${page} has no: ${command}`);
  }
  for (const page of Object.keys(SCENES))
    assert.ok(
      blocks.some((block) => block.page === page && onBench(block)),
      page,
    );
  for (const { page, begins } of [...ON_BOARD, ...ON_CARDS])
    assert.equal(
      blocks.filter((block) => block.page === page && block.text.startsWith(begins)).length,
      1,
      begins,
    );
});

const PROGRAMS = ['ip', 'bash', 'curl', 'sqlite3', 'mosquitto', 'mosquitto_passwd', 'openssl', 'setsid'];
/** Those of scripts/flash. */
const CARD_PROGRAMS = ['debugfs', 'mkfs.ext4', 'xz'];

describe('the commands of the book', {
  concurrency: 2,
  skip:
    process.getuid?.() === 0
      ? lacking(...PROGRAMS, ...CARD_PROGRAMS)
      : 'needs root, for a network of its own',
}, () => {
  for (const [page, scene] of Object.entries(SCENES))
    test(page, { timeout: 120_000 }, async () => {
      const bench = new Bench();
      try {
        await scene.before?.(bench);
        for (const block of blocks.filter((one) => one.page === page && onBench(one))) {
          await scene.meanwhile?.(bench, block.text);
          const { code, output } = await bench.run(scene.filledIn?.(bench, block.text) ?? block.text);
          const place = `${page}:${block.line}`;
          assert.equal(code, 0, `${place} ended with ${code}:\n${output}\nThe server said:\n${bench.log}`);
          for (const [has, prints] of scene.shows ?? [])
            if (has.test(block.text)) assert.match(output, prints, place);
          if (block.shown !== undefined)
            assert.ok(
              looksAs(block.shown, output),
              `${place} is shown as\n${block.shown}\nand was\n${output}`,
            );
        }
        await scene.after?.(bench);
      } finally {
        await bench.close();
      }
    });
});
