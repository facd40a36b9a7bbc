import assert from 'node:assert/strict';
import type { Shown } from './chip-rig.ts';

/** All values of a reading: numbers within `tolerance`, anything else (also a reason) exactly. */
export function near(shown: Shown, want: Shown, tolerance = 1e-6): void {
  assert.deepEqual(Object.keys(shown).sort(), Object.keys(want).sort());
  for (const [key, value] of Object.entries(want)) {
    const got = shown[key];
    if (typeof value === 'number' && typeof got === 'number')
      assert.ok(Math.abs(got - value) <= tolerance, `${key} is ${got}, not ${value}`);
    else assert.deepEqual(got, value, key);
  }
}
