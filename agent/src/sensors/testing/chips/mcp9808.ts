import type { ChipSim, Clock } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/**
 * MCP9808 at 25.25 degC, above its critical and upper limits: bits 15 and 14 (DS25095, "Ambient Temperature Register"). Its
 * power comes now; until the first conversion is done, in 250 ms, it says 0 degC.
 */
export function mcp9808(clock: Clock) {
  const poweredAt = clock.ms;
  return wordChip(
    { 1: 0, 2: 0, 5: 0xc194, 6: 0x0054, 7: 0x0400, 8: 3 },
    {
      bytes: [8],
      asked: (register) => (register === 5 && clock.ms < poweredAt + 250 ? 0 : undefined),
    },
  );
}

export const MCP9808_SIM: ChipSim = {
  driver: 'mcp9808',
  sensor: { address: '0x18' },
  chip: mcp9808,
  truth: { temperature: 25.25 },
  traits: ['identity'],
};
