import { API, get, path, withQuery } from '../../api.ts';
import type { SeriesAnswer } from '../../api-types.ts';
import { search, setSearch, stepBack } from '../../navigate.ts';
import { Card } from '../../parts/card.tsx';
import { Load } from '../../parts/load.tsx';
import { counted } from '../../text/units.ts';
import { gapText } from '../../text/words.ts';
import { useLoad } from '../../use-load.ts';
import { useModule } from '../../use-module.ts';
import { errorCount } from './chart-data.ts';
import { fitted, type Range, rangeText, readRange, timesOf } from './range.ts';
import { RangeBar } from './range-bar.tsx';

/** Points of one line: as many as a wide window has room for. */
const POINTS = 600;
/** A chart that ends now is drawn anew this often, in ms. */
const EVERY_MS = 15_000;

interface Props {
  alias: string;
  items: string[];
}

function Notes({ answer: { gaps, errors, source, incomplete } }: { answer: SeriesAnswer }) {
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const failed = errors.reduce((sum, one) => sum + errorCount(one), 0);
  const why = [...new Set(gaps.map((gap) => gapText(gap.why)))].join('; ');
  const lines = [
    ...(missing > 0 ? [`${counted(missing, 'record')} missing (shaded): ${why}.`] : []),
    ...(failed > 0 ? [`${counted(failed, 'error')} (red marks at the bottom).`] : []),
    ...(incomplete ? ['Some hours are still being reckoned, and left out until they are.'] : []),
    ...(source === 'hours' ? ['Values by the hour: single ones are not kept for so long.'] : []),
  ];
  return lines.length === 0 ? null : <p class="hint">{lines.join(' ')}</p>;
}

/** The chosen items over time, one chart each. */
export function Charts({ alias, items }: Props) {
  const range = readRange(search.value.get('range'));
  const chart = useModule('charts', () => import('./chart.tsx'));
  const to = (next: Range, step = false): void => setSearch({ range: rangeText(next) }, step);
  /** Charts that follow each other's pointers tell of one drag each: the first counts. */
  const zoom = (next: Range): void => {
    if (rangeText(readRange(search.value.get('range'))) === rangeText(range)) to(next, true);
  };
  const names = items.join(',');
  const loaded = useLoad(
    `series ${alias} ${rangeText(range)} ${names}`,
    (signal) =>
      get<SeriesAnswer>(
        `${path('devices', alias)}/series`,
        { ...timesOf(range, Date.now()), points: POINTS, items: names },
        signal,
      ),
    'preset' in range ? EVERY_MS : undefined,
  );
  const csv = withQuery(`${API}${path('devices', alias)}/records`, {
    ...timesOf(range, Date.now()),
    ...{ items: names, format: 'csv' },
  });
  return (
    <Card
      title="Charts"
      padded
      beside={
        <a class="small" href={csv} download={`${alias}.csv`}>
          Download CSV
        </a>
      }
    >
      <RangeBar range={range} onChange={to} />
      {items.length === 0 ? (
        <p class="muted">Choose values below to see them over time.</p>
      ) : (
        <Load of={loaded} what="Charts" lines={8}>
          {(answer) => (
            <>
              <Notes answer={answer} />
              <Load of={chart} what="Charts" lines={8}>
                {({ module }) =>
                  answer.series.map((series, place) => (
                    <module.default
                      key={series.name}
                      {...{ series, place, bucket: answer.bucket, since: answer.since, until: answer.until }}
                      gaps={answer.gaps}
                      errors={answer.errors.find(({ name }) => name === series.name)}
                      onZoom={(from, end) => zoom(fitted(from, end))}
                      onBack={() => stepBack() || to({ preset: '6h' })}
                    />
                  ))
                }
              </Load>
              <p class="hint">Drag over a chart to look closer; click twice to go back.</p>
            </>
          )}
        </Load>
      )}
    </Card>
  );
}
