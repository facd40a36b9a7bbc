// A child process of the contract suite: stores records for ever, a gap over the numbers of each batch with them, and writes the numbers of each batch to its standard
// output once they are acknowledged. The suite kills it. Arguments: module, function name, location.
import { writeSync } from 'node:fs';
import type { Store } from './contract.ts';
import { gapOf, recordOf } from './sample-rows.ts';

const [module, name, location] = process.argv.slice(2) as [string, string, string];
const imported = (await import(module)) as Record<string, (location: string) => Promise<Store>>;
const store = await imported[name]!(location);

let next = 1;
async function writer(): Promise<void> {
  for (;;) {
    const first = next;
    next += 5;
    const rows = [0, 1, 2, 3, 4].map((step) => recordOf({ number: first + step }));
    const { fresh } = await store.addRecords(rows, [gapOf({ from: first, to: first + 4, count: 5 })]);
    writeSync(1, `${fresh.map((row) => row.number).join(' ')}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, writer));
