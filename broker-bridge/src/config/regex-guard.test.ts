import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardRegex } from './regex-guard.ts';
import { REPEAT_LIMIT } from './regex-tree.ts';

test('patterns that people write for lines are accepted, with their groups', () => {
  const rows: [string, string, string[]][] = [
    ['^T=(?<t>-?[0-9.]+)$', 'T=-3.5', ['t']],
    ['T=(?<t>-?\\d+\\.\\d+) H=(?<h>\\d+)%', 'x T=21.5 H=40%', ['t', 'h']],
    ['^(?<a>[^,]*),(?<b>[^,]*),(?<c>[^,]*)$', '1,2,3', ['a', 'b', 'c']],
    ['^\\s*(?<w>[+-]?\\d{1,6}(?:\\.\\d{1,3})?)\\s*kg$', '  +12.5 kg', ['w']],
    ['^\\$(?<id>[A-Z]{5}),(?:[^,]*,){2}(?<v>\\d+)$', '$GPGGA,1,2,3', ['id', 'v']],
    ['^(?:ON|OFF) (?<n>[\\w\\-]+)$', 'ON relay-1', ['n']],
    ['^.*temp: (?<t>\\d+)', 'the temp: 4', ['t']],
    ['T=(?<t>[0-9.]+)', 'x T=21.5', ['t']],
    ['(?<t>-?\\d+(?:\\.\\d+)?)', 'it is -3.5 here', ['t']],
    ['temp: (?<t>[0-9.]+),.*hum: (?<h>[0-9.]+)', 'temp: 1.5, ok hum: 40', ['t', 'h']],
    ['temp: (?<t>\\d+).*hum: (?<h>\\d+)', 'temp: 1 and hum: 40', ['t', 'h']],
    ['^\\s*(?<a>\\S+)\\s+(?<b>\\S+)\\s+(?<c>\\S+)\\s*$', ' 1 2  3', ['a', 'b', 'c']],
    ['(?:ON|OFF) .* n=(?<n>\\d+)', 'is OFF now n=4', ['n']],
    ['^(?<t>\\d+)$|^=(?<u>\\d+)$', '=4', ['t', 'u']],
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
    [`^(?<t>${'a?'.repeat(25)}${'a'.repeat(25)})$`, /too many places/],
    [`^(?<t>${'(?:a|aa)'.repeat(25)})$`, /too many places/],
    ['^(?<t>(?:a+){3})$', /too many places/],
    // Two free ends make a square; what runs on from each of them makes it a cube.
    ['^(?<t>.*).*a[^y]*y', /too many places.*1024 characters could take 3\d\d million steps/],
    ['^(?<t>[^,]*.*)x[^z]*z', /too many places/],
    ['(?<t>[ab]*)a[^y]*y', /too many places/],
    ['(?<t>.*)a[^y]*y', /too many places/],
    ['^(?<t>.*).*(?:[^c]{0,256}c)', /too many places/],
    ['(?<t>.*)(?:a[^b]*b){256}', /too many places/],
    ['(?<t>[+-]?\\d+\\.?\\d*)\\s*C', /too many places/],
    [`^(?<t>(?:(?:a{2}){${REPEAT_LIMIT}}){${REPEAT_LIMIT}})`, /more than 1024 parts/],
    ['^(?<t>a)\\k<t>$', /back reference/],
    ['^(?<t>a)\\1$', /back reference/],
    ['^(?=x)(?<t>a)$', /look-around/],
    ['^(?<!x)(?<t>a)$', /look-around/],
    [`^(?<t>a{${REPEAT_LIMIT + 1}})$`, /repetition/],
    ['^(?<t>[^\\p{L}]+[0-9]+)$', /Unicode property/],
    ['^T=([0-9]+)$', /no named group/],
    ['^[(?<t>]+$', /no named group/],
    ['^\\(?<t>[0-9]+$', /no named group/],
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
    '^(?<a>\\S*)\\s(?<b>[^\\s]*)\\s(?<c>[^\\s,]*)\\s$',
  ])
    assert.ok(guardRegex(source).ok, source);
});
