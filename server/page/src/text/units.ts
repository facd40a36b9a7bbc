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

/** Bytes in the largest fitting unit, such as "1.4 MB". Pure. */
export function bytesText(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, at] = [bytes, 0];
  while (value >= 999.5 && at < names.length - 1) [value, at] = [value / 1_000, at + 1];
  return `${at === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${names[at]}`;
}

/** A value with its unit. Pure. */
export function valueText(value: number | string | boolean, ucum?: string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (ucum === 'By') return bytesText(value);
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
