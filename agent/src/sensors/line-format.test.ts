import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINE_LIMIT, VALUES_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import fc from 'fast-check';
import { csvColumns, lineParser } from './drivers/line-format.ts';
import { LineSplitter } from './drivers/line-splitter.ts';

const parser = (sensor: object) => {
  const parse = lineParser({ id: 'x', driver: 'lines', bus: 'b', ...sensor });
  return (line: string) => {
    const sample = parse(line);
    return sample && { ...Object.fromEntries(sample.values), ...Object.fromEntries(sample.errors) };
  };
};

test('a regex gives its groups, numbers unless they are declared as text', () => {
  const parse = parser({
    regex: '^(?<mode>[A-Z]+) T=(?<t>[^ ]+)(?: H=(?<h>\\d+))?$',
    text: ['mode'],
    values: { t: { scale: 0.1, offset: 1, range: [-50, 100] } },
  });
  assert.deepEqual(parse('ON T=215 H=40'), { mode: 'ON', t: 22.5, h: 40 });
  assert.deepEqual(parse('ON T=9999'), { mode: 'ON', t: 'range' });
  assert.deepEqual(parse('ON T=NaN'), { mode: 'ON', t: 'malformed' });
  assert.equal(parse('on T=1'), undefined);
});

test('CSV has as many columns as were named, quoted or not', () => {
  const parse = parser({ format: 'csv', columns: ['a', '', 'name'], separator: ';', text: ['name'] });
  assert.deepEqual(parse('1.5;x;"say ""hi""; twice"'), { a: 1.5, name: 'say "hi"; twice' });
  assert.deepEqual(parse('x;;y'), { a: 'malformed', name: 'y' });
  for (const line of ['1;2', '1;2;3;4', '1;2;"open', '1;"a"b;c']) assert.equal(parse(line), undefined, line);
});

test('any CSV row that is written by RFC 4180 is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (columns) => {
      const line = columns.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
      assert.deepEqual(csvColumns(line, ','), columns);
    }),
  );
  assert.deepEqual(csvColumns('a,,b', ','), ['a', '', 'b']);
});

test('JSON gives its own numbers and booleans, or the fields that are declared', () => {
  const line = '{"t":21.5,"on":true,"name":"x","deep":{"v":3},"list":[1],"none":null}';
  assert.deepEqual(parser({ format: 'json' })(line), { t: 21.5, on: true });
  assert.deepEqual(parser({ format: 'json', text: ['name'] })(line), { t: 21.5, on: true, name: 'x' });
  assert.deepEqual(parser({ format: 'json', values: { v: { field: 'deep.v' }, list: {}, name: {} } })(line), {
    v: 3,
    list: 'malformed',
    name: 'malformed',
  });
  for (const bad of ['', '{', '[1]', '7', 'null', '{"t":1}x'])
    assert.equal(parser({ format: 'json' })(bad), undefined, bad);
  assert.deepEqual(parser({ format: 'json' })('{"t":1e999,"__proto__":5,"a-b":1}'), { t: 'malformed' });
});

test('key=value takes spaces, commas and colons, and only numbers unless told otherwise', () => {
  assert.deepEqual(parser({ format: 'keyvalue' })('T=21.5, H:40;mode=auto x'), { T: 21.5, H: 40 });
  assert.deepEqual(parser({ format: 'keyvalue', text: ['mode'], values: { T: {} } })('T=1C mode=auto H=1'), {
    T: 'malformed',
    mode: 'auto',
  });
  assert.equal(parser({ format: 'keyvalue' })('hello world'), undefined);
});

test('a line cannot name more items than the limit', () => {
  const line = JSON.stringify(
    Object.fromEntries(Array.from({ length: 2 * VALUES_LIMIT }, (_, i) => [`k${i}`, i])),
  );
  assert.equal(Object.keys(parser({ format: 'json' })(line) ?? {}).length, VALUES_LIMIT);
});

test('lines are the same however the bytes are cut', () => {
  const lines = fc.array(fc.stringMatching(/^[a-z]{1,20}$/));
  fc.assert(
    fc.property(lines, fc.array(fc.nat(30)), (sent, cuts) => {
      const seen: string[] = [];
      const splitter = new LineSplitter('\n', (line) => seen.push(Buffer.from(line).toString()));
      let bytes = Buffer.from(['half a line', ...sent, ''].join('\r\n'));
      for (const cut of cuts) {
        splitter.push(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      splitter.push(bytes);
      assert.deepEqual(seen, sent);
    }),
  );
});

test('a line over the limit is dropped whole and counted, and the next one is read', () => {
  const seen: number[] = [];
  const splitter = new LineSplitter('\n', (line) => seen.push(line.length));
  splitter.push(Buffer.from(`\n${'x'.repeat(LINE_LIMIT)}\n${'x'.repeat(LINE_LIMIT + 1)}\nabc\n`));
  assert.deepEqual(seen, [LINE_LIMIT, 3]);
  assert.equal(splitter.tooLong, 1);
});
