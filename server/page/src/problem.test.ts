import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem, errorText, problemText } from './problem.ts';

test("a problem's detail is what a person reads", () => {
  assert.equal(problemText(409, { detail: 'green is pinned' }), 'green is pinned');
  assert.equal(errorText(new ApiProblem(409, 'green is pinned')), 'Green is pinned');
});

test('an answer without a detail still says something', () => {
  assert.match(problemText(412, '<html>'), /changed it meanwhile/);
  assert.match(problemText(502, null), /server failed/);
  assert.match(problemText(418, {}), /418/);
});

test('a server that is away is told from one that refuses', () => {
  assert.match(errorText(new TypeError('Failed to fetch')), /cannot be reached/);
  assert.match(errorText(new DOMException('signal timed out', 'TimeoutError')), /too long/);
});

test('a part of the API that is not there yet is told from a board that is not there', () => {
  assert.equal(new ApiProblem(404, 'there is nothing at GET /api/v1/alerts').isMissing, true);
  assert.equal(new ApiProblem(404, 'no board was here as green').isMissing, false);
});
