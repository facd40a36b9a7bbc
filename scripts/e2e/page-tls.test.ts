// The page over TLS: by the server itself, and by a proxy that stands before it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as plain } from 'node:http';
import { Agent, createServer as createTlsServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { lacking } from '../test/programs.ts';
import { type Certificates, certificates } from './certificates.ts';
import { embeddedBroker, House } from './house.ts';
import { freePort, Process } from './processes.ts';

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

function folderOf(t: TestContext): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'perch-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return certificates(folder);
}

/** Asks over TLS, as a browser that trusts this certificate authority would. */
async function ask(
  url: string,
  ca: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  const asked = request(url, { ...rest, agent: new Agent({ ca: readFileSync(ca) }) });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, text };
}

const secretOf = (url: string): string => JSON.stringify({ secret: url.split('#login=')[1] });
const JSON_TYPE = { 'content-type': 'application/json' };

test('with a certificate the page is reached over TLS only, and the command line trusts its authority', {
  timeout: 120_000,
  skip: lacking('openssl'),
}, async (t) => {
  const { ca, cert, key } = folderOf(t);
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  house.serve = ['--tls-cert', cert, '--tls-key', key];
  t.after(() => house.close());
  await house.open();
  const { url } = await house.json<{ url: string }>('login');
  assert.match(url, /^https:\/\/127\.0\.0\.1:\d+\/#login=/);
  const origin = new URL(url).origin;
  const login = await ask(`${origin}/api/v1/session`, ca, {
    method: 'POST',
    headers: JSON_TYPE,
    body: secretOf(url),
  });
  assert.equal(login.status, 200, login.text);
  assert.match(String(login.headers['set-cookie']), /^__Host-perch=.*HttpOnly; Secure; SameSite=Strict/);
  assert.equal(login.headers['strict-transport-security'], 'max-age=31536000');

  const open = plain(`http://127.0.0.1:${house.page}/api/v1/session`);
  open.end();
  const told = await once(open, 'response').then(
    ([{ statusCode }]) => statusCode as number,
    () => 'nothing',
  );
  assert.ok(told === 'nothing' || told === 400, `plain HTTP gets ${told}`);

  const token = await house.token('read');
  const devices = async (env: NodeJS.ProcessEnv) => {
    const words = [join(ROOT, 'server/src/main.ts'), 'devices', '--server', origin];
    const command = new Process('devices', process.execPath, words, { PERCH_TOKEN: token, ...env });
    return { code: await command.ended(), output: command.output };
  };
  assert.match((await devices({})).output, /cannot be reached: .*(certificate|issuer|signed)/i);
  assert.equal((await devices({ NODE_EXTRA_CA_CERTS: ca })).code, 0);
});

test('behind a proxy the page is what the proxy’s address says, for cookies, origins and names', {
  timeout: 120_000,
  skip: lacking('openssl'),
}, async (t) => {
  const { ca, cert, key } = folderOf(t);
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  // It ends TLS, and passes on what comes, with its own Host, as nginx does unless told otherwise.
  const proxy = createTlsServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    (incoming, outgoing) => {
      const passed = plain(
        {
          ...{ host: '127.0.0.1', port: house.page, method: incoming.method, path: incoming.url },
          headers: { ...incoming.headers, host: `127.0.0.1:${house.page}`, 'x-forwarded-for': '203.0.113.7' },
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(outgoing);
        },
      );
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    },
  );
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const origin = `https://localhost:${(proxy.address() as AddressInfo).port}`;
  house.serve = ['--public-url', origin, '--trust-proxy'];
  t.after(() => house.close());
  await house.open();
  const { url } = await house.json<{ url: string }>('login');
  assert.ok(url.startsWith(`${origin}/#login=`));
  const login = await ask(`${origin}/api/v1/session`, ca, {
    method: 'POST',
    headers: { ...JSON_TYPE, origin, 'sec-fetch-site': 'same-origin' },
    body: secretOf(url),
  });
  assert.equal(login.status, 200, login.text);
  const cookie = String(login.headers['set-cookie']).split(';')[0]!;
  assert.match(cookie, /^__Host-perch=/);
  const { csrf } = JSON.parse(login.text) as { csrf: string };
  const enrol = (from: string) =>
    ask(`${origin}/api/v1/enrolments`, ca, {
      method: 'POST',
      headers: { ...JSON_TYPE, cookie, origin: from, 'x-perch-csrf': csrf },
      body: JSON.stringify({ alias: 'pi-1' }),
    });
  assert.equal((await enrol(origin)).status, 201);
  assert.equal((await enrol('https://evil.example')).status, 403);
  // Many wrong guesses of one address behind the proxy leave the others in.
  for (let guess = 0; guess < 12; guess++)
    await ask(`${origin}/api/v1/devices`, ca, { headers: { authorization: 'Bearer perch_guess' } });
  assert.equal((await ask(`${origin}/api/v1/devices`, ca, { headers: { cookie } })).status, 200);
});
