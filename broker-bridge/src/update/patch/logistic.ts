/** Largest magnitude of a stretched probability: ln(p / (1 - p)) times 256, clipped. */
export const STRETCH_LIMIT = 2047;

/** Probability in 65536ths, 1 to 65535, of a stretched one plus STRETCH_LIMIT. */
export const SQUASH = new Uint16Array(2 * STRETCH_LIMIT + 1);
/** Stretched form of a probability in 4096ths. */
export const STRETCH = new Int16Array(4096);

// Both tables are made by +, *, / of doubles only, which IEEE 754 defines to the last bit: every board has the same ones.
{
  /** e to the power 1/256 */
  const STEP = 1.0039138893383475;
  let power = 1;
  for (let x = 0; x <= STRETCH_LIMIT; x++) {
    const one = Math.floor((65536 * power) / (1 + power));
    SQUASH[STRETCH_LIMIT + x] = Math.min(65535, one);
    SQUASH[STRETCH_LIMIT - x] = Math.max(1, 65536 - one);
    power *= STEP;
  }
  let x = -STRETCH_LIMIT;
  for (let i = 0; i < 4096; i++) {
    while (x < STRETCH_LIMIT && SQUASH[STRETCH_LIMIT + x]! < i * 16 + 8) x += 1;
    STRETCH[i] = x;
  }
}
