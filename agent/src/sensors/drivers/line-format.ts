import { KEY_PATTERN } from '@perch/broker-bridge/config/common.ts';
import type { LinesSensor } from '@perch/broker-bridge/config/driver-lines.ts';
import { VALUES_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import { guardRegex } from '@perch/broker-bridge/config/regex-guard.ts';
import { numberIn, type Sample, SampleBuilder } from '../../values/sample.ts';

/** Fields of one line by their names in the line, or undefined if the line has not the form. */
type Split = (line: string) => Map<string, unknown> | undefined;

function regexSplit(source: string): Split {
  const guard = guardRegex(source);
  if (!guard.ok) throw new Error(guard.message);
  return (line) => {
    const groups = guard.regex.exec(line)?.groups;
    return groups && new Map(Object.entries(groups).filter(([, text]) => text !== undefined));
  };
}

/** Columns of a CSV line (RFC 4180: a quoted field may hold the separator, and "" for a quote); undefined if not closed. */
export function csvColumns(line: string, separator: string): string[] | undefined {
  const columns: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let text = '';
      for (;;) {
        const end = line.indexOf('"', at + 1);
        if (end < 0) return undefined;
        text += line.slice(at + 1, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
      }
      columns.push(text);
      if (at < line.length && line[at] !== separator) return undefined;
    } else {
      const end = line.indexOf(separator, at);
      columns.push(line.slice(at, end < 0 ? line.length : end));
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return columns;
    at += 1;
  }
}

function csvSplit(names: readonly string[], separator: string): Split {
  return (line) => {
    const columns = csvColumns(line, separator);
    if (columns?.length !== names.length) return undefined;
    return new Map(names.flatMap((name, index) => (name === '' ? [] : [[name, columns[index]!]])));
  };
}

const keyValueSplit: Split = (line) => {
  const fields = new Map<string, unknown>();
  for (const part of line.split(/[ \t,;]+/)) {
    const found = /^([^=:]+)[=:](.*)$/.exec(part);
    if (found) fields.set(found[1]!, found[2]!);
  }
  return fields.size > 0 ? fields : undefined;
};

const jsonSplit: Split = (line) => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = new Map<string, unknown>();
  // "a.b" is b inside a. JSON.parse recurses no deeper than a line of LINE_LIMIT bytes can nest.
  const add = (object: object, prefix: string): void => {
    for (const [name, member] of Object.entries(object)) {
      fields.set(prefix + name, member);
      if (typeof member === 'object' && member !== null && !Array.isArray(member))
        add(member, `${prefix}${name}.`);
    }
  };
  add(value, '');
  return fields;
};

function splitOf(sensor: LinesSensor): Split {
  if (sensor.regex !== undefined) return regexSplit(sensor.regex);
  if (sensor.format === 'csv') return csvSplit(sensor.columns ?? [], sensor.separator ?? ',');
  return sensor.format === 'json' ? jsonSplit : keyValueSplit;
}

const isKey = (name: string): boolean => new RegExp(KEY_PATTERN).test(name);

/**
 * The parser of a sensor's lines: what one line says by key, or undefined if it has not the form. With "values" or fixed
 * groups and columns only those keys are taken; else every number and boolean of the line, VALUES_LIMIT at most.
 */
export function lineParser(sensor: LinesSensor): (line: string) => Sample | undefined {
  const split = splitOf(sensor);
  const text = new Set(sensor.text);
  const declared = sensor.values ?? {};
  const open = sensor.values === undefined && (sensor.format === 'json' || sensor.format === 'keyvalue');
  const fixed = sensor.format === 'json' || sensor.format === 'keyvalue' ? Object.keys(declared) : undefined;

  return (line) => {
    const fields = split(line);
    if (!fields) return undefined;
    const builder = new SampleBuilder();
    const names = fixed && !open ? [...fixed, ...text] : [...fields.keys()].filter(isKey);
    for (const key of names.slice(0, VALUES_LIMIT)) {
      const value = declared[key];
      const field = value?.field ?? key;
      if (!fields.has(field)) continue;
      const found = fields.get(field);
      if (text.has(key)) {
        if (typeof found === 'object') builder.fail(key, 'malformed');
        else builder.value(key, String(found));
      } else if (typeof found === 'boolean') builder.value(key, found);
      else {
        const raw =
          typeof found === 'number' ? found : typeof found === 'string' ? numberIn(found) : undefined;
        if (raw !== undefined || !open) builder.number(key, raw, value);
      }
    }
    return builder.sample.values.size + builder.sample.errors.size > 0 ? builder.sample : undefined;
  };
}
