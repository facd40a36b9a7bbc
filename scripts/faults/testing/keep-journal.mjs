// What a test takes the power from: appends lines to a journal and counts them in a file that it replaces, and says which lines it
// promises to keep. `careless` leaves out what makes them durable.
import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const [folder, manner] = process.argv.slice(2);
const careless = manner === 'careless';
const LINES = 6;

function syncFolder() {
  const fd = fs.openSync(folder, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

function count(lines) {
  const path = join(folder, 'count');
  const fd = fs.openSync(`${path}.new`, 'w');
  fs.writeSync(fd, `${lines} lines`.padEnd(600, '.'));
  if (!careless) fs.fsyncSync(fd);
  fs.closeSync(fd);
  fs.renameSync(`${path}.new`, path);
  if (!careless) syncFolder();
}

fs.mkdirSync(folder, { recursive: true });
const journal = await open(join(folder, 'journal'), 'a');
if (!careless) syncFolder();
for (let line = 1; line <= LINES; line++) {
  await journal.write(`${line}:${String(line).repeat(997)}\n`);
  if (!careless) await journal.datasync();
  if (line % 2 === 0) count(line);
  fs.writeSync(1, `${line}\n`);
}
await journal.close();
