import type uPlot from 'uplot';
import { shortTime } from '../../text/time.ts';
import { bytesLabels, numberText, valueText } from '../../text/units.ts';

export interface ChartLook {
  unit: string | undefined;
  colour: string;
  text: string;
  grid: string;
  bad: string;
  shade: string;
  width: number;
}

/** What changes while a chart stays. Times in seconds. */
export interface ChartShown {
  range: [number, number];
  gaps: [number, number][];
  errors: number[];
  /** Unix ms. */
  onZoom(since: number, until: number): void;
  onBack(): void;
}

/** Height of a chart, in px. */
export const CHART_HEIGHT = 190;

/** A shorter drag is none, in px. */
const ZOOM_LEAST = 6;

const faint = (colour: string): string => `color-mix(in srgb, ${colour} 22%, transparent)`;

/** Draws what is missing behind the lines, and errors as ticks at the bottom. */
function drawTroubles(plot: uPlot, { bad, shade }: ChartLook, { gaps, errors }: ChartShown): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = shade;
  for (const [since, until] of gaps) {
    const left = plot.valToPos(since, 'x', true);
    ctx.fillRect(left, bbox.top, Math.max(2, plot.valToPos(until, 'x', true) - left), bbox.height);
  }
  ctx.fillStyle = bad;
  const size = 6 * devicePixelRatio;
  for (const at of errors)
    ctx.fillRect(plot.valToPos(at, 'x', true) - 1, bbox.top + bbox.height - size, 2 * devicePixelRatio, size);
  ctx.restore();
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Labels of the time axis: the day stands under the first label of each. */
function timeLabels(_: uPlot, times: number[], __: number, ___: number, step: number): string[] {
  let before = '';
  return times.map((at) => {
    const day = DAY.format(at * 1_000);
    if (step >= 86_400) return day;
    const clock = (step < 60 ? SECONDS : CLOCK).format(at * 1_000);
    const text = day === before ? clock : `${clock}\n${day}`;
    before = day;
    return text;
  });
}

/** Room for the longest label, in px: about 7 for each character. */
const axisSize = (_: uPlot, labels: string[] | null): number =>
  Math.max(56, 16 + 7 * Math.max(0, ...(labels ?? []).map((label) => label.length)));

/** How uPlot draws one item. */
export function chartOptions(look: ChartLook, shown: () => ChartShown): uPlot.Options {
  const { unit, colour, text, grid, width } = look;
  const axis = {
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    font: '12px system-ui',
  };
  const value = (_: uPlot, found: number | null): string => (found === null ? '–' : valueText(found, unit));
  return {
    width,
    height: CHART_HEIGHT,
    cursor: {
      sync: { key: 'board' },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 7 },
    },
    legend: { live: true, markers: { show: false } },
    scales: { x: { range: () => shown().range } },
    axes: [
      { ...axis, values: timeLabels },
      {
        ...axis,
        size: axisSize,
        values: (_, all) => (unit === 'By' ? bytesLabels(all) : all.map(numberText)),
      },
    ],
    series: [
      { label: 'Time', value: (_, at) => (at === null ? '–' : shortTime(at * 1_000)) },
      { label: 'Mean', stroke: colour, width: 1.5, points: { show: false }, value },
      // Their lines have no width: only the band between them is drawn.
      { label: 'Highest', stroke: text, width: 0, points: { show: false }, value },
      { label: 'Lowest', stroke: text, width: 0, points: { show: false }, value },
    ],
    bands: [{ series: [2, 3], fill: faint(colour) }],
    hooks: {
      drawClear: [(plot) => drawTroubles(plot, look, shown())],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < ZOOM_LEAST) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          shown().onZoom(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + selected, 'x') * 1_000);
        },
      ],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => shown().onBack())],
    },
  };
}
