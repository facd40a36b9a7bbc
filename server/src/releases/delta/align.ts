import { AddressMap } from '@perch/broker-bridge/update/patch/address-map.ts';
import type { Alignment, Layout } from '@perch/broker-bridge/update/patch/layout.ts';
import { normalise } from './images.ts';
import type { Loaded } from './loaded.ts';
import { MatchTables, matchImages } from './match.ts';

/**
 * Alignments of an executable with its base, found twice: first with nothing in the place of references, which tells
 * roughly where everything went, then with what they refer to. Both files are as on disk in the end.
 */
export function alignExecutables(
  base: Loaded,
  target: Loaded,
  baseLayout: Layout,
  targetLayout: Layout,
  progress: (part: number) => void,
): Alignment[] {
  const nothing = (): number => 0;
  const tables = new MatchTables(base.bytes.length);
  normalise(base.bytes, baseLayout, nothing);
  normalise(target.bytes, targetLayout, nothing);
  progress(0.1);
  const rough = matchImages(base.bytes, target.bytes, tables);
  progress(0.4);
  base.reload();
  target.reload();
  const map = new AddressMap(baseLayout.loads, targetLayout.loads, rough);
  normalise(base.bytes, baseLayout, (address) => map.move(address));
  normalise(target.bytes, targetLayout, (address) =>
    targetLayout.loads.some((load) => address >= load.address && address < load.address + load.memory)
      ? address
      : -1,
  );
  progress(0.5);
  const fine = matchImages(base.bytes, target.bytes, tables);
  base.reload();
  target.reload();
  progress(0.8);
  return fine;
}
