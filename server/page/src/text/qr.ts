import { encode } from 'uqr';

/** A QR code as a path of squares (SVG), dark ones only. */
export interface QrPath {
  /** Squares along one side, the quiet ones around it among them. */
  size: number;
  path: string;
}

/** The QR code of a text; undefined for one that is longer than the largest code holds: 2,953 bytes. Pure. */
export function qrPath(text: string): QrPath | undefined {
  let code: ReturnType<typeof encode>;
  try {
    code = encode(text, { ecc: 'L', border: 4 });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const { data, size } = code;
  const runs = data.flatMap((row, y) =>
    row.flatMap((dark, x) => {
      if (!dark || row[x - 1]) return [];
      const end = row.indexOf(false, x);
      return [`M${x} ${y}h${(end === -1 ? size : end) - x}v1H${x}z`];
    }),
  );
  return { size, path: runs.join('') };
}
