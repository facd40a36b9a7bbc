import { decodeItem, encodeItem } from '@perch/broker-bridge/protocol/codec.ts';
import type { Random } from './random.ts';

/** Values of the wrong type, size or sign for whatever field they come to. */
const ODD: unknown[] = [
  0,
  -1,
  255,
  65_536,
  2 ** 40 + 0.5,
  0.1,
  true,
  '',
  'x'.repeat(49),
  'x'.repeat(300),
  '\ufeffä\u0000',
  new Uint8Array(0),
  new Uint8Array(16),
  new Uint8Array(1025),
  [],
  Array.from({ length: 130 }, (_, index) => index),
  Array.from({ length: 9 }, () => [[[[[[[0]]]]]]]),
  new Map(),
  new Map([[0, 2]]),
  new Map(Array.from({ length: 513 }, (_, index) => [index, index])),
];

/** A message that is CBOR of the right form and has one to three members changed, dropped, added or swapped. */
export function mutateMessage(plaintext: Uint8Array, random: Random): Buffer {
  let item = decodeItem(Uint8Array.from(plaintext));
  for (let times = 1 + random.below(3); times > 0; times--) item = changed(item, random);
  return encodeItem(item);
}

function changed(item: unknown, random: Random): unknown {
  if (item instanceof Map && item.size > 0) return changedMap(item, random);
  if (Array.isArray(item) && item.length > 0) {
    const list = [...(item as unknown[])];
    const at = random.below(list.length);
    if (random.below(4) === 0) list.splice(at, 1);
    else list[at] = changed(list[at], random);
    return list;
  }
  return random.pick(ODD);
}

function changedMap(map: Map<unknown, unknown>, random: Random): Map<unknown, unknown> {
  const entries = [...map];
  const at = random.below(entries.length);
  const [key, value] = entries[at]!;
  switch (random.below(6)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.push([random.below(2) === 0 ? 23 : 'zz'.repeat(1 + random.below(70)), random.pick(ODD)]);
      break;
    case 2:
      entries[at] = [key, random.pick(ODD)];
      break;
    default:
      entries[at] = [key, changed(value, random)];
  }
  return new Map(entries);
}
