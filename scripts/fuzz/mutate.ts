import type { Random } from './random.ts';

/** Heads of CBOR items that claim four gigabytes, an endless string, a tag, and the like. */
const LIES = [
  '5affffffff',
  '7affffffff',
  '9affffffff',
  'baffffffff',
  '5f',
  '9f',
  'bf',
  'c0',
  'f6',
  '1bffffffffffffffff',
  'fb7ff8000000000000',
].map((text) => Buffer.from(text, 'hex'));

type Mutation = (bytes: Buffer, random: Random, others: readonly Uint8Array[]) => Buffer;

const MUTATIONS: Record<string, Mutation> = {
  flip(bytes, random) {
    const changed = Buffer.from(bytes);
    for (let times = 1 + random.below(3); times > 0 && changed.length > 0; times--)
      changed[random.below(changed.length)]! ^= 1 << random.below(8);
    return changed;
  },
  set(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  head(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random.below(Math.min(8, changed.length))] = random.below(256);
    return changed;
  },
  cut: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  behead: (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  splice(bytes, random, others) {
    const other = Buffer.from(random.pick(others));
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
  repeat(bytes, random) {
    const start = random.below(bytes.length + 1);
    const end = start + random.below(bytes.length - start + 1);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  lie(bytes, random) {
    const at = random.below(bytes.length + 1);
    const past = Math.min(bytes.length, at + random.below(3));
    return Buffer.concat([bytes.subarray(0, at), random.pick(LIES), bytes.subarray(past)]);
  },
  noise: (_, random) => Buffer.from(Array.from({ length: random.below(80) }, () => random.below(256))),
};
const NAMES = Object.keys(MUTATIONS);

/** A changed copy, by one to three of the mutations above. It can come out the same as it went in. */
export function mutate(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Buffer {
  let changed = Buffer.from(bytes);
  for (let times = 1 + random.below(3); times > 0; times--)
    changed = Buffer.from(MUTATIONS[random.pick(NAMES)]!(changed, random, others));
  return changed;
}
