import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardRegex, REPEAT_LIMIT } from './regex-guard.ts';

test('patterns that people write for lines are accepted, with their groups', () => {
  const rows: [string, string, string[]][] = [
    ['^T=(?<t>-?[0-9.]+)$', 'T=-3.5', ['t']],
    ['T=(?<t>-?\\d+\\.\\d+) H=(?<h>\\d+)%', 'x T=21.5 H=40%', ['t', 'h']],
    ['^(?<a>[^,]*),(?<b>[^,]*),(?<c>[^,]*)$', '1,2,3', ['a', 'b', 'c']],
    ['^\\s*(?<w>[+-]?\\d{1,6}(?:\\.\\d{1,3})?)\\s*kg$', '  +12.5 kg', ['w']],
    ['^\\$(?<id>[A-Z]{5}),(?:[^,]*,){2}(?<v>\\d+)$', '$GPGGA,1,2,3', ['id', 'v']],
    ['^(?:ON|OFF) (?<n>[\\w\\-]+)$', 'ON relay-1', ['n']],
    ['^.*temp: (?<t>\\d+)', 'the temp: 4', ['t']],
  ];
  for (const [source, line, groups] of rows) {
    const guard = guardRegex(source);
    assert.ok(guard.ok, `${source}: ${guard.ok ? '' : guard.message}`);
    assert.deepEqual(guard.groups, groups);
    assert.ok(guard.regex.test(line), source);
  }
});

test('patterns that could stand the board still are refused with a reason', () => {
  const rows: [string, RegExp][] = [
    ['^(?<t>(a+)+)$', /nested quantifiers/],
    ['^(?<t>(?:a*)*b)$', /nested quantifiers/],
    ['^(?<t>(?:a|aa)+)$', /nested quantifiers/],
    ['^(?<t>(?:a|b|ab)*)c$', /nested quantifiers/],
    ['^(?<t>([^,]*,)+)x$', /nested quantifiers/],
    ['^(?<t>((?:ab?){2})+)x$', /nested quantifiers/],
    ['^(?<t>.*)a.*b.*c.*d$', /too many places/],
    ['(?<t>.*).*x', /too many places/],
    ['^(?<t>a?a?a?a?a?aaaaa)$', /too many places/],
    ['^(?<t>(?:a|ab)(?:c|bc)(?:d|de)(?:f|ef)(?:g|gh))$', /too many places/],
    ['^(?<t>(?:a+){3})$', /too many places/],
    ['^(?<t>a)\\k<t>$', /back reference/],
    ['^(?<t>a)\\1$', /back reference/],
    ['^(?=x)(?<t>a)$', /look-around/],
    ['^(?<!x)(?<t>a)$', /look-around/],
    [`^(?<t>a{${REPEAT_LIMIT + 1}})$`, /repetition/],
    ['^(?<t>[^\\p{L}]+[0-9]+)$', /Unicode property/],
    ['^T=([0-9]+)$', /no named group/],
    ['^(?<t>[0-9)$', /Invalid regular expression/],
  ];
  for (const [source, message] of rows) {
    const guard = guardRegex(source);
    assert.ok(!guard.ok, source);
    assert.match(guard.message, message, source);
    assert.notEqual(guard.hint, '');
  }
});

test('classes, ranges and escapes are understood, so that a disjoint neighbour is seen as such', () => {
  for (const source of [
    '^(?<a>[a-f]*)[g-z]*(?<b>\\d*)$',
    '^(?<a>[^\\x20]*)\\u0020(?<b>\\S*)$',
    '^(?<a>\\D*)\\d(?<b>[\\s]*)\\S$',
    '^(?<a>[^\\]]*)\\](?<b>[\\-x]*)\\+$',
    '^(?<a>[^é]*)é$',
  ])
    assert.ok(guardRegex(source).ok, source);
});
