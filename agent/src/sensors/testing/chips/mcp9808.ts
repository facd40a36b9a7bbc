import type { ChipSim } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/** MCP9808 at 25.25 degC, above its critical and upper limits: bits 15 and 14 (DS25095, "Ambient Temperature Register"). */
export const mcp9808 = () => wordChip({ 1: 0, 5: 0xc194, 6: 0x0054, 7: 0x0400, 8: 3 }, { bytes: [8] });

export const MCP9808_SIM: ChipSim = {
  driver: 'mcp9808',
  sensor: { address: '0x18' },
  chip: mcp9808,
  truth: { temperature: 25.25 },
  traits: ['identity'],
};
