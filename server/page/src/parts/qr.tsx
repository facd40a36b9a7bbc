import { qrPath } from '../text/qr.ts';

/** A QR code, dark on light in both themes, as cameras want it; or a line that there is none. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const code = qrPath(text);
  if (code === undefined) return <p class="hint">Too long for a QR code.</p>;
  const { size, path } = code;
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={`M0 0h${size}v${size}H0z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
