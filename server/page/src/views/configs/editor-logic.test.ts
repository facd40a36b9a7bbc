import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLanguage } from '@codemirror/lang-json';
import { configJsonSchema } from '@perch/broker-bridge/config/json-schema.ts';
import { aliasesText, gathered } from './gathered.ts';
import { type JsonNode, jsonValue, pathOf, placeOf, typingAt } from './json-tree.ts';
import { helpAt, keysAt, type Schema, valuesAt } from './schema.ts';

const schema = configJsonSchema() as Schema;

/** A text with | where the cursor is. */
function at(marked: string) {
  const pos = marked.indexOf('|');
  const text = marked.replace('|', '');
  const tree = jsonLanguage.parser.parse(text);
  const root = tree.topNode as unknown as JsonNode;
  return { text, pos, root, node: tree.resolveInner(pos, -1) as unknown as JsonNode };
}

function suggested(marked: string): string[] {
  const { text, pos, root, node } = at(marked);
  const typing = typingAt(text, node, pos);
  if (typing === undefined) return [];
  const find = typing.kind === 'key' ? keysAt : valuesAt;
  return find(schema, jsonValue(text, root), typing.path).map(({ label }) => label);
}

test('keys are suggested where a key stands, and those that are there are not', () => {
  const keys = suggested('{ "period": "10s", | }');
  assert.ok(keys.includes('sensors') && keys.includes('buses'));
  assert.ok(!keys.includes('period'));
  assert.ok(suggested('{ "|" }').includes('period'));
  assert.ok(suggested('{ per|').includes('period'));
});

test('the keys of a sensor are those of its driver', () => {
  const keys = suggested('{ "sensors": [ { "id": "m", "driver": "modbus", | } ] }');
  assert.ok(keys.includes('fields') && keys.includes('unit'));
  assert.ok(!keys.includes('proc'));
  assert.ok(suggested('{ "sensors": [ { "id": "m", "driver": "sysfs", | } ] }').includes('proc'));
});

test('the words that a value may be are suggested, also when one stands there already', () => {
  assert.deepEqual(suggested('{ "connection": | }'), ['"held"', '"per-exchange"']);
  assert.deepEqual(suggested('{ "connection": "he|ld" }'), ['"held"', '"per-exchange"']);
  const drivers = suggested('{ "sensors": [ { "driver": "mod|bus" } ] }');
  assert.ok(drivers.length > 10 && drivers.includes('"sysfs"'));
});

test('lists and values of no fixed words suggest what begins them, or nothing', () => {
  assert.deepEqual(suggested('{ "sensors": | }'), ['[]']);
  assert.deepEqual(suggested('{ "sensors": [ | ] }'), ['{}']);
  assert.deepEqual(suggested('{ "period": "1|0s" }'), []);
});

test('help says what a value is', () => {
  const { text, root } = at('{ "connection": "held" }|');
  assert.match(helpAt(schema, jsonValue(text, root), ['connection']).join('\n'), /held.*per-exchange/s);
  assert.match(helpAt(schema, jsonValue(text, root), ['period']).join('\n'), /a whole number and ms/);
  assert.deepEqual(helpAt(schema, jsonValue(text, root), ['nonsense', 3]), []);
});

test('a fault is marked at its line: at the value, or at what is nearest', () => {
  const text =
    '{\n  "period": "x",\n  "sensors": [\n    { "id": "a" },\n    { "id": "b", "bus": 3 }\n  ]\n}\n';
  const root = jsonLanguage.parser.parse(text).topNode as unknown as JsonNode;
  const marked = (pointer: string): string => {
    const { from, to } = placeOf(text, root, pointer);
    return text.slice(from, to);
  };
  assert.equal(marked('/period'), '"period": "x"');
  assert.equal(marked('/sensors/1/bus'), '"bus": 3');
  assert.equal(marked('/sensors/b/bus'), '"bus": 3');
  assert.equal(marked('/sensors/0/driver'), '{ "id": "a" }');
  assert.equal(marked('/buses'), '{');
  assert.equal(marked(''), '{');
});

test('a fault that many boards have is told once', () => {
  const fault = { pointer: '/period', message: 'no time' };
  const [one, ...more] = gathered(['a', 'b', 'c', 'd'].map((alias) => ({ ...fault, alias })));
  assert.deepEqual(more, []);
  assert.equal(aliasesText(one!.aliases), 'on a, b, c and 1 more');
  assert.deepEqual(gathered([fault])[0]?.aliases, []);
});

test('what is not finished is read as far as it goes', () => {
  const { text, root, node } = at('{ "a": [1, {"b": tr|');
  assert.deepEqual(JSON.parse(JSON.stringify(jsonValue(text, root))), { a: [1, {}] });
  assert.deepEqual(pathOf(text, node).slice(0, 2), ['a', 1]);
  assert.equal(typingAt('', { ...node, name: 'JsonText' }, 0), undefined);
});
