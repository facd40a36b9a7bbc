import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  aliasOfRequest,
  checkAlias,
  checkPrefix,
  DEFAULT_PREFIX,
  isAlias,
  requestFilter,
  requestTopic,
  responseTopic,
} from './topics.ts';

test('an alias is 1 to 64 of a-z 0-9 . _ - and no folder', () => {
  for (const alias of ['a', 'pi-1', 'green_house.2', '...', 'x'.repeat(64)])
    assert.equal(checkAlias(alias), alias);
  for (const alias of ['', '.', '..', 'PI', 'a/b', 'a+', '#', 'a b', 'ä', 'a\n', 'a\0', 'x'.repeat(65)]) {
    assert.equal(isAlias(alias), false, JSON.stringify(alias));
    assert.throws(() => checkAlias(alias), { code: 'BAD_ALIAS', message: /use 1 to 64/ });
  }
});

test('a prefix is up to eight words, without wildcards and empty words', () => {
  for (const prefix of [DEFAULT_PREFIX, 'p', 'A/b/c/d/e/f/g/h']) assert.equal(checkPrefix(prefix), prefix);
  for (const prefix of [
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '+',
    'a/#',
    '$share/g/a b',
    'a/b/c/d/e/f/g/h/i',
    'x'.repeat(33),
  ])
    assert.throws(() => checkPrefix(prefix), { code: 'BAD_ALIAS' });
});

test('the topics of an alias, and the server that hears them all', () => {
  assert.equal(requestTopic('perch/v1', 'pi-1'), 'perch/v1/pi-1/req');
  assert.equal(responseTopic('perch/v1', 'pi-1'), 'perch/v1/pi-1/res');
  assert.equal(requestFilter('perch/v1'), 'perch/v1/+/req');
});

test('an alias comes back from its topic, and from no other topic', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9._-]{1,64}$/), (alias) => {
      assert.equal(aliasOfRequest('a/b', requestTopic('a/b', alias)), isAlias(alias) ? alias : undefined);
      assert.equal(aliasOfRequest('a/b', responseTopic('a/b', alias)), undefined);
      assert.equal(aliasOfRequest('a', requestTopic('a/b', alias)), undefined);
    }),
  );
  for (const topic of [
    '',
    'a/b/req',
    'a/b//req',
    'a/bx/pi/req',
    'a/b/pi/x/req',
    'x/a/b/pi/req',
    'a/b/PI/req',
  ])
    assert.equal(aliasOfRequest('a/b', topic), undefined, topic);
});
