/** UCUM codes (ucum.org) that are not what people write. */
const WRITTEN: Record<string, string> = {
  Cel: '°C',
  '[degF]': '°F',
  '1': '',
  deg: '°',
  Ohm: 'Ω',
  um: 'µm',
  By: 'B',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
  lx: 'lx',
  mo: 'months',
};

const SIGNS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const raised = (digits: string): string =>
  digits.replace(/-?\d/g, (part) => (part.startsWith('-') ? '⁻' : '') + SIGNS[Number(part.at(-1))]!);

/** A UCUM unit as people write it: Cel is °C, ug/m3 µg/m³, W.h Wh, {record} record. Pure. */
export function unitText(ucum: string | undefined): string {
  if (ucum === undefined) return '';
  const known = WRITTEN[ucum];
  if (known !== undefined) return known;
  const annotation = /^\{([^}]*)\}$/.exec(ucum);
  if (annotation) return `${annotation[1]}s`;
  const text = ucum
    .split('/')
    .map((part) =>
      part
        .replace(/\{[^}]*\}/g, '')
        .replace(/\[([^\]]*)\]/g, '$1')
        .split('.')
        .map((factor) => WRITTEN[factor] ?? factor)
        .join('')
        .replace(/^u(?=[a-zA-Z])/, 'µ')
        .replace(/(?<=[a-zA-Z])-?\d+$/, raised),
    )
    .join('/');
  return text.startsWith('/') ? `1${text}` : text;
}

/** True where no space stands before the unit. Pure. */
export const isTight = (unit: string): boolean => unit === '°';

const NUMBERS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 6 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A number for people: thousands in groups, no digits that say nothing. Pure. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return WHOLE.format(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(3);
  return NUMBERS.format(value);
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in the largest fitting unit, such as "1.4 MB". Pure. */
export function bytesText(bytes: number): string {
  let [value, at] = [bytes, 0];
  while (value >= 999.5 && at < BYTES.length - 1) [value, at] = [value / 1_000, at + 1];
  return `${at === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${BYTES[at]}`;
}

/** From here on seconds say little, in s. */
const LONG_S = 600;

/** Seconds in their two largest units: "8 h 9 min". Pure. */
function longSpan(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  if (days > 0) return `${WHOLE.format(days)} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** Labels of an axis of bytes, all in the unit of the largest, so that they can be compared. Pure. */
export function bytesLabels(all: readonly number[]): string[] {
  const most = Math.max(1, ...all.map(Math.abs));
  const power = Math.min(BYTES.length - 1, Math.floor(Math.log10(most) / 3));
  return all.map((value) => `${numberText(value / 1_000 ** power)} ${BYTES[power]}`);
}

/** A value with its unit. Pure. */
export function valueText(value: number | string | boolean, ucum?: string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (ucum === 'By') return bytesText(value);
  if (ucum === 's' && value >= LONG_S) return longSpan(value);
  const unit = unitText(ucum);
  return unit === '' ? numberText(value) : `${numberText(value)}${isTight(unit) ? '' : ' '}${unit}`;
}

/** A value among others that are `span` apart, with the digits that matter beside it. Pure. */
export function roughText(value: number, span: number, ucum?: string): string {
  const digits = span > 0 ? Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(span)))) : 6;
  return valueText(Number(value.toFixed(digits)), ucum);
}

/** "1 board", "2 boards". Pure. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${WHOLE.format(n)} ${n === 1 ? one : many}`;
