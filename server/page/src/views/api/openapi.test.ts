import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  curlOf,
  DEPTH_LIMIT,
  groupsOf,
  type JsonSchema,
  membersOf,
  type OpenApi,
  typeText,
} from './openapi.ts';

const api: OpenApi = {
  info: { title: 'x', version: '1' },
  paths: {
    '/api/v1/devices/{alias}/approve': {
      post: {
        tags: ['boards'],
        summary: 'Let it in',
        security: [{ token: ['operate'] }],
        parameters: [
          { in: 'path', name: 'alias', required: true, schema: { type: 'string', maxLength: 64 } },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } },
            },
          },
        },
        responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } }, default: {} },
      },
    },
    '/api/v1/releases': {
      post: {
        tags: ['releases'],
        parameters: [
          { in: 'query', name: 'platform', required: true },
          { in: 'query', name: 'hold' },
        ],
        requestBody: { content: { 'application/octet-stream': {} } },
      },
    },
  },
};

test('operations stand in their groups, with the scope that they need', () => {
  const groups = groupsOf(api);
  assert.deepEqual(
    groups.map(({ tag }) => tag),
    ['boards', 'releases'],
  );
  const [approve] = groups[0]!.operations;
  assert.equal(approve?.scope, 'operate');
  assert.equal(approve?.id, 'post-api-v1-devices-alias-approve');
  assert.equal(approve?.status, '200');
});

test('a call with curl has what is needed, and the token in a file', () => {
  const [boards, releases] = groupsOf(api);
  assert.equal(
    curlOf(boards!.operations[0]!, 'http://h'),
    "curl -X POST -H @token.txt \\\n  -H 'content-type: application/json' -d '{\"key\":\"…\"}' \\\n  'http://h/api/v1/devices/ALIAS/approve'",
  );
  assert.match(curlOf(releases!.operations[0]!, 'http://h'), /--data-binary @FILE.*platform=…'$/s);
});

test('types are told in a few words', () => {
  assert.equal(typeText({ type: 'integer', minimum: 1, maximum: 500 }), 'integer 1 to 500');
  assert.equal(typeText({ enum: ['a', 'b'] }), '"a" or "b"');
  assert.equal(typeText({ type: 'array', items: { type: 'string' } }), 'list of string');
  assert.equal(typeText({ anyOf: [{ type: 'integer' }, { type: 'null' }] }), 'integer or null');
});

test('members of inner objects and lists are told with where they stand, and not without end', () => {
  const inner: JsonSchema = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
  const members = membersOf({
    type: 'object',
    properties: { list: { type: 'array', items: inner }, one: { anyOf: [inner, inner] } },
  });
  assert.deepEqual(
    members.map(({ path }) => path),
    ['list', 'list[].a', 'one', 'one.a'],
  );
  assert.equal(members[1]?.required, true);
  const deep: JsonSchema = { type: 'object', properties: {} };
  deep.properties!.more = deep;
  assert.equal(membersOf(deep).length, DEPTH_LIMIT);
});
