import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Value } from '@sinclair/typebox/value';
import { settingFault } from '../../../server/src/integrations/check.ts';
import { SETTINGS } from '../../../server/src/integrations/settings.ts';
import { newMessageId, newWebhookSecret, webhookHeaders } from '../../../server/src/webhooks/sign.ts';
import { ROOT } from '../../build/paths.ts';
import { findProgram, lacking } from '../../test/programs.ts';
import { blocksOf } from './blocks.ts';

const PAGE = 'integrations.md';
const blocks = blocksOf(PAGE, readFileSync(join(ROOT, 'firmware-notes', PAGE), 'utf8'));
const example = (language: string): string => blocks.find((block) => block.language === language)!.text;

/** A message as the server sends it, and how it may be spoiled. */
function messages(
  now = Date.now(),
): { name: string; good: boolean; headers: Record<string, string>; body: string }[] {
  const body = JSON.stringify({ type: 'webhook.test', data: { text: 'grüße' } });
  const headers = webhookHeaders(SECRET, newMessageId(), now, body);
  const others = webhookHeaders(newWebhookSecret(), newMessageId(), now, body);
  const old = webhookHeaders(SECRET, newMessageId(), now - 600_000, body);
  const two = `${others['webhook-signature']} ${headers['webhook-signature']}`;
  return [
    { name: 'as it was sent', good: true, headers, body },
    {
      name: 'with the signature of an earlier secret too',
      good: true,
      headers: { ...headers, 'webhook-signature': two },
      body,
    },
    { name: 'with another body', good: false, headers, body: body.replace('test', 'TEST') },
    { name: 'under another id', good: false, headers: { ...headers, 'webhook-id': newMessageId() }, body },
    { name: 'of another server', good: false, headers: others, body },
    { name: 'played again', good: false, headers: old, body },
  ];
}
const SECRET = newWebhookSecret();

test('every setting that the page shows is one that the server takes', () => {
  const settings = blocks
    .filter(({ language, text }) => language === 'json' && text.includes('"on"'))
    .map(({ text }) => JSON.parse(text));
  assert.equal(settings.length, 4);
  for (const setting of settings)
    for (const name of 'url' in setting ? (['influxdb'] as const) : (['mirror', 'homeassistant'] as const)) {
      assert.ok(Value.Check(SETTINGS[name], setting), name);
      assert.equal(settingFault(name, setting, { embedded: true }), undefined);
    }
});

test('the example in Node.js knows a message of the server from others', async () => {
  const { isFromPerch } = await import(`data:text/javascript,${encodeURIComponent(example('js'))}`);
  for (const { name, good, headers, body } of messages())
    assert.equal(isFromPerch(SECRET, headers, Buffer.from(body)), good, name);
  assert.equal(isFromPerch(SECRET, {}, Buffer.from('{}')), false);
});

test('the example in Python does too', { skip: lacking('python3') }, () => {
  for (const { name, good, headers, body } of messages()) {
    const ask = `
import json, sys
secret, headers, body = json.load(sys.stdin)
print(is_from_perch(secret, headers, body.encode()))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', example('python') + ask], {
      input: JSON.stringify([SECRET, headers, body]),
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), good ? 'True' : 'False', name + stderr);
  }
});

test('Prometheus takes the example of its configuration', { skip: lacking('promtool') }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-prometheus-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const token = join(folder, 'perch-token');
  writeFileSync(token, 'perch_token');
  const text = example('yaml');
  assert.match(text, /\/etc\/prometheus\/perch-token/);
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, text.replace('/etc/prometheus/perch-token', token));
  const { status, stdout, stderr } = spawnSync(findProgram('promtool')!, ['check', 'config', config], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});
