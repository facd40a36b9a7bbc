// npm run generate: writes the files that are made from the schemas and drivers. A test says when they are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED } from './generate/generated.ts';

const root = join(import.meta.dirname, '..');
for (const [path, make] of Object.entries(GENERATED)) {
  const file = join(root, path);
  const text = make();
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (before !== text) writeFileSync(file, text);
  console.log(`${before === text ? 'unchanged' : 'written  '}  ${path}`);
}
