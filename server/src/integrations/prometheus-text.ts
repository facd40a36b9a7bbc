// Text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
}

/** The two lines that come before the samples of a family. Pure. */
export const heading = ({ name, help, type }: Family): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;

const escapedLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** A number as Go's ParseFloat reads it. Pure. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** One line. Pure. */
export function sample(name: string, value: number, labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapedLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
}

/** A family with its samples. */
export interface Metric extends Family {
  samples: readonly (readonly [value: number, labels?: Labels])[];
}

/** Pure. */
export const metricText = (metric: Metric): string =>
  heading(metric) + metric.samples.map(([value, labels]) => sample(metric.name, value, labels)).join('');
