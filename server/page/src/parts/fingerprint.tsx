/** A key's fingerprint, large enough to compare with what the board shows, group by group. */
export function Fingerprint({ text }: { text: string }) {
  return (
    <span class="fingerprint">
      {text.split('-').map((group, at) => (
        <span key={at}>
          {at > 0 && <i>-</i>}
          {group}
        </span>
      ))}
    </span>
  );
}
