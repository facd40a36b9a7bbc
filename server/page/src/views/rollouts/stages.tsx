import type { Rollout } from '../../api-types-fleet.ts';
import { numberText } from '../../text/units.ts';

/** The stages in the order in which a board goes through them, and how each is drawn. */
const STAGES = [
  ['done', 'run it', 'done'],
  ['trial', 'try it out', 'trial'],
  ['fetching', 'fetch it', 'trial'],
  ['offered', 'were told', 'told'],
  ['waiting', 'will try again', 'again'],
  ['failed', 'failed', 'failed'],
] as const;

/** How many boards are how far, as a bar and in words. */
export function Stages({ counts, words = true }: { counts: Rollout['counts']; words?: boolean }) {
  const { selected, stages, silent, newer } = counts;
  const parts = [
    ...STAGES.map(([key, text, tone]) => ({ text, tone: tone as string, n: stages[key] })),
    { text: 'are silent', tone: 'failed', n: silent },
    { text: 'run something newer', tone: 'told', n: newer },
  ].filter(({ n }) => n > 0);
  const rest = selected - parts.reduce((sum, { n }) => sum + n, 0);
  const text = [
    ...parts.map(({ n, text }) => `${numberText(n)} ${text}`),
    ...(rest > 0 ? [`${numberText(rest)} to come`] : []),
  ].join(', ');
  return (
    <div class="stages">
      <div class="bar" role="img" aria-label={`Of ${selected} boards: ${text}`}>
        {parts.map((part) => (
          <span
            key={part.text}
            class={part.tone}
            style={{ width: `${(100 * part.n) / Math.max(1, selected)}%` }}
          />
        ))}
      </div>
      {words && (
        <p class="small">
          Of <strong>{numberText(selected)}</strong> boards: {text === '' ? 'none is there' : text}.
        </p>
      )}
    </div>
  );
}
