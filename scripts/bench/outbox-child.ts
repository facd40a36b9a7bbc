// Run by the outbox benchmark, one process for each side and round. Prints its result as JSON.
// usage: node outbox-child.ts write WRITER FOLDER RECORDS loop|process
//        node outbox-child.ts drain READER FOLDER RECORDS
//        node outbox-child.ts recover READER FOLDER
import { enteredLoopDisk, ownWrites } from './loop-disk.ts';
import { drainAll, type ReaderName, recovery } from './outbox-reads.ts';
import { bytesPerRecord, type WriterName } from './outbox-writes.ts';

const [task, who, folder, records, measure] = process.argv.slice(2);

// Who started us is gone: so is whoever wanted to know.
process.stdin.once('end', () => process.exit(1)).resume();

async function run(): Promise<unknown> {
  if (task === 'drain') return drainAll(who as ReaderName, folder!, Number(records));
  if (task === 'recover') return recovery(who as ReaderName, folder!);
  const disk = measure === 'loop' ? enteredLoopDisk(folder!) : ownWrites;
  return bytesPerRecord(who as WriterName, folder!, Number(records), disk);
}

console.log(JSON.stringify(await run()));
process.exit(0);
