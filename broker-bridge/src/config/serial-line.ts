import type { SerialBusConfig } from './schema.ts';

/** How long one character takes on the line, in ms: start bit, data, parity, stop. */
export const characterTime = ({
  baud,
  dataBits = 8,
  parity = 'none',
  stopBits = 1,
}: Pick<SerialBusConfig, 'baud' | 'dataBits' | 'parity' | 'stopBits'>): number =>
  ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) * 1_000) / baud;
