import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { readToken } from '../../broker-bridge/src/enrolment.ts';
import { perform } from '../../server/src/cli/perform.ts';
import { runServer } from '../../server/src/server.ts';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import { SimulatedBoard } from '../bench/simulated-board.ts';
import { freePort } from './processes.ts';

/** A slow InfluxDB, so that a server that ends has to wait for it. */
async function slowInflux(lines: Set<string>, ms: number): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      for (const line of gunzipSync(Buffer.concat(parts)).toString().split('\n')) lines.add(line);
      setTimeout(() => response.writeHead(204).end(), ms);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('what a server takes until it ends is told: to InfluxDB, and alerts to webhooks', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-stopping-'));
  const lines = new Set<string>();
  const influx = await slowInflux(lines, 300);
  const server = await runServer({
    ...{ dataDir, listen: { host: '127.0.0.1', port: await freePort() }, prefix: 'perch/v1' },
    log: () => {},
  });
  const url = `http://127.0.0.1:${(influx.address() as AddressInfo).port}`;
  await perform(dataDir, 'integrationSet', {
    name: 'influxdb',
    setting: { on: true, url, database: 'perch' },
  });
  const { id } = await perform(dataDir, 'webhookAdd', {
    ...{ name: 'nobody', url: `http://127.0.0.1:${await freePort()}/`, kinds: ['alert'] },
  });
  await perform(dataDir, 'alertRuleAdd', {
    ...{ name: 'hot', severity: 'warning', scope: { fleet: true } },
    when: { item: 'sys.load1', above: 0.5 },
  });
  const { token } = await perform(dataDir, 'enroll', { alias: 'shed' });
  const board = new SimulatedBoard({ enrolment: readToken(token), replyTimeoutMs: 5_000 });
  await board.start();
  let ended = false;
  const reporting = (async () => {
    // Each begins an alert, or ends one.
    for (let n = 0; !ended && n < 100; n++) {
      const record = board.record(new Map([[0, (n + 1) % 2]]), Date.now(), 1_000);
      board.send([record]).catch(() => undefined);
      await sleep(5);
    }
  })();
  await sleep(100);
  await server.close();
  ended = true;
  await reporting;
  await board.close();
  influx.closeAllConnections();
  influx.close();

  const store = await openSqliteStore(databasePath(dataDir));
  const { rows } = await store.recordPage('shed', { limit: 200 });
  assert.ok(rows.length > 10, `${rows.length} records`);
  assert.equal(lines.size, rows.length);
  const deliveries = await store.deliveries(id);
  const told = new Set(deliveries.map(({ kind, body }) => `${kind} ${JSON.parse(body).data.id}`));
  const alerts = await store.alerts({});
  assert.equal(alerts.length, rows.filter(({ values }) => values['sys.load1'] === 1).length);
  for (const alert of alerts) assert.ok(told.has(`alert.${alert.state} ${alert.id}`), JSON.stringify(alert));
  await store.close();
  rmSync(dataDir, { recursive: true });
});
