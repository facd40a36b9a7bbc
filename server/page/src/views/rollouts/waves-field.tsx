import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import type { Change } from './new-rollout.tsx';
import { type RolloutForm, WAVES_LIMIT } from './spec.ts';

/** The waves of a new rollout. */
export function WavesField({
  form: { waves },
  change,
  fault,
}: {
  form: RolloutForm;
  change: Change;
  fault: string | undefined;
}) {
  const put = (at: number, part: Partial<(typeof waves)[number]>): void =>
    change({ waves: waves.map((wave, index) => (index === at ? { ...wave, ...part } : wave)) });
  return (
    <Card title="Waves" padded>
      <p class="hint">
        The next wave begins when most of one run the release and nothing went wrong for the time of waiting.
        The first has one board at least.
      </p>
      <ol class="wave-fields">
        {waves.map(({ percent, soak }, at) => (
          <li key={at}>
            <span class="muted">Wave {at + 1}</span>
            <label>
              <input
                class="input"
                inputMode="decimal"
                aria-label={`Percent of wave ${at + 1}`}
                value={percent}
                onInput={(event) => put(at, { percent: event.currentTarget.value })}
              />
              %, then wait
            </label>
            <input
              class="input"
              aria-label={`Waiting after wave ${at + 1}`}
              value={soak}
              onInput={(event) => put(at, { soak: event.currentTarget.value })}
            />
            <button
              type="button"
              class="button quiet icon"
              aria-label={`Remove wave ${at + 1}`}
              disabled={waves.length === 1}
              onClick={() => change({ waves: waves.filter((_, index) => index !== at) })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ol>
      {fault !== undefined && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={waves.length >= WAVES_LIMIT}
          onClick={() => change({ waves: [...waves, { percent: '100', soak: '1d' }] })}
        >
          <Icon name="plus" />
          Add a wave
        </button>
        <button
          type="button"
          class="button quiet"
          onClick={() => change({ waves: [{ percent: '100', soak: '0s' }] })}
        >
          All at once
        </button>
      </div>
    </Card>
  );
}
