import type { I2cMapDef } from './driver-i2c-map.ts';

/** Chips that ship with Perch as maps; a config's own def of the same name wins. */
export const BUILT_IN_DEFS: Readonly<Record<string, I2cMapDef>> = {
  // TI TMP102, SBOS397: temperature register 00h, 12 bits left-justified, high byte first, 0.0625 degC per bit (sections
  // "Temperature Register" and "12-Bit Temperature Data Format"). This is the power-on state, extended mode off. The
  // format reaches 127.9375 degC, and the part is specified down to -55 degC in the same table.
  tmp102: {
    kind: 'i2c-map',
    note: 'TI TMP102, 12 bits (power-on state)',
    steps: [{ read: { reg: 0, len: 2, as: 't' } }],
    values: {
      temp: { from: 't', bits: [15, 4], signed: true, scale: 0.0625, unit: 'Cel', range: [-55, 128] },
    },
  },
  // TI/National LM75, SNIS153: temperature register 00h, 9 bits left-justified, high byte first, 0.5 degC per bit, -55 to
  // +125 degC (sections "Temperature Register" and "Temperature Data Format"). The low seven bits are undefined.
  lm75: {
    kind: 'i2c-map',
    note: 'TI LM75 and compatibles, 9 bits',
    steps: [{ read: { reg: 0, len: 2, as: 't' } }],
    values: { temp: { from: 't', bits: [15, 7], signed: true, scale: 0.5, unit: 'Cel', range: [-55, 125] } },
  },
};
