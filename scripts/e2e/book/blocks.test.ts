import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, commandsOf, looksAs } from './blocks.ts';

const PAGE = `# A page

\`\`\`sh
one   # what it does
# only words
two "#3" \\
  --far
\`\`\`

\`\`\`
Said 12 times.
\`\`\`

1. In a list:

   \`\`\`sh
   three
     four
   \`\`\`

Words between.

\`\`\`
no output of anything
\`\`\`

\`\`\`json
{}
\`\`\`
`;

test('blocks are found with their lines, and what is right behind one is its output', () => {
  assert.deepEqual(blocksOf('a.md', PAGE), [
    {
      ...{ page: 'a.md', line: 4, language: 'sh', shown: 'Said 12 times.' },
      text: 'one   # what it does\n# only words\ntwo "#3" \\\n  --far',
    },
    { page: 'a.md', line: 17, language: 'sh', text: 'three\n  four' },
    { page: 'a.md', line: 24, language: '', text: 'no output of anything' },
    { page: 'a.md', line: 28, language: 'json', text: '{}' },
  ]);
  assert.throws(() => blocksOf('a.md', 'x\n```sh\none\n'), /^Error: a\.md:2: the block has no end$/);
});

test('commands are without their comments, and whole', () => {
  assert.deepEqual(commandsOf(blocksOf('a.md', PAGE)[0]!.text), ['one', 'two "#3" --far']);
});

test('an output looks as shown whatever its numbers are, and not with other words', () => {
  assert.ok(looksAs('Said 12 times.', 'before\nSaid 3 times.\nafter'));
  assert.ok(!looksAs('Said 12 times.', 'Said no times.'));
  assert.ok(!looksAs('Said 12 times.', 'He Said 12 times.'));
  assert.ok(looksAs('a\n...\n  http://x/#login=...', 'a\nb\nc\n  http://x/#login=secret'));
  assert.ok(!looksAs('a.c', 'abc'));
});
