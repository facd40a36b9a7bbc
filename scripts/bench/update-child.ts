// Run by the update benchmark, so that nothing else is in its time and memory.
// usage: node update-child.ts make BASE TARGET OUT          (an empty BASE: the full form)
//        node update-child.cjs apply BASE TARGET PATCH OUT
import { createReadStream, readFileSync } from 'node:fs';
import { digestOf } from '@perch/broker-bridge/update/segment-index.ts';
import { applyPatch } from '../../agent/src/update/patch/apply.ts';
import { makeHere } from '../../server/src/releases/delta/make-here.ts';

/** Memory of this process that is no file's, MB. */
const anonymous = (): number =>
  Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

async function main(): Promise<void> {
  const [task, base, target, patch, output] = process.argv.slice(2) as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (task === 'make') return makeHere({ base: base || undefined, target, out: patch }, () => {});
  const signed = await digestOf(createReadStream(target, { highWaterMark: 1 << 16 }));
  const idle = anonymous();
  let most = idle;
  const watch = setInterval(() => {
    most = Math.max(most, anonymous());
  }, 20);
  const started = performance.now();
  await applyPatch({ patch, base: base || undefined, output, signed });
  const seconds = (performance.now() - started) / 1000;
  most = Math.max(most, anonymous());
  clearInterval(watch);
  console.log(JSON.stringify({ seconds, memory: most - idle }));
}

void main();
