import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Gap, Series, SeriesErrors } from '../../api-types.ts';
import { counted, roughText } from '../../text/units.ts';
import { isDark } from '../../theme.ts';
import { bareData, chartData, errorCount, extentOf, gapsWithin } from './chart-data.ts';
import { CHART_HEIGHT, type ChartShown, chartOptions } from './chart-options.ts';

interface Props {
  series: Series;
  bucket: number;
  since: number;
  until: number;
  gaps: Gap[];
  errors: SeriesErrors | undefined;
  /** Which of the four lines' colours. */
  place: number;
  onZoom(since: number, until: number): void;
  onBack(): void;
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** One item over time. Drag selects a part, two clicks lead back; what it shows is told in words as well. */
export default function Chart(props: Props) {
  const { series, bucket, since, until, gaps, errors, place, onZoom, onBack } = props;
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const found = chartData(series, bucket);
  const extent = extentOf(found);
  const data = extent === undefined ? bareData(since, until) : found;
  const dark = isDark.value;

  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watcher.observe(box.current!);
    return () => watcher.disconnect();
  }, []);

  const shown: ChartShown = {
    range: [since / 1_000, until / 1_000],
    gaps: gapsWithin(gaps, since, until),
    errors: (errors?.t ?? []).map((at) => at / 1_000),
    ...{ onZoom, onBack },
  };
  const latest = useRef(shown);
  latest.current = shown;
  const plot = useRef<uPlot | undefined>(undefined);
  const isEmpty = extent === undefined && shown.gaps.length === 0 && shown.errors.length === 0;
  const columns: uPlot.AlignedData = [data.t, data.mean, data.high, data.low];

  // A chart is made anew when it looks otherwise
  useEffect(() => {
    if (width === 0 || isEmpty) return undefined;
    const look = {
      ...{ unit: series.unit, width, text: colour('--muted'), grid: colour('--line') },
      ...{ colour: colour(`--line-${(place % 4) + 1}`), bad: colour('--bad'), shade: colour('--sunken') },
    };
    plot.current = new uPlot(
      chartOptions(look, () => latest.current),
      columns,
      box.current!,
    );
    return () => plot.current?.destroy();
  }, [width, dark, isEmpty, series.unit, place]);

  // New data go into the chart that is there
  useEffect(() => plot.current?.setData(columns), [series, since, until, isEmpty]);

  const span = extent === undefined ? 0 : extent.highest - extent.lowest;
  const words = [
    ...(extent === undefined
      ? ['no value in this time']
      : [
          `lowest ${roughText(extent.lowest, span, series.unit)}`,
          `highest ${roughText(extent.highest, span, series.unit)}`,
          `last ${roughText(extent.last, span, series.unit)}`,
        ]),
    ...(errors === undefined ? [] : [counted(errorCount(errors), 'error')]),
  ];
  return (
    <figure class="chart">
      <figcaption>
        <strong class="wrap-any">{series.name}</strong>{' '}
        <span class="muted small number">{words.join(' · ')}</span>
      </figcaption>
      <div ref={box} style={{ minHeight: isEmpty ? '0' : `${CHART_HEIGHT}px` }} />
    </figure>
  );
}
