import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { advertisedUrl } from '../serve-options.ts';
import { readArguments } from './command-line.ts';
import { readServeOptions, SERVE_COMMANDS } from './serve-command.ts';

const serve = SERVE_COMMANDS.find((command) => command.words === 'serve')!;
const read = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  readServeOptions(readArguments(serve, ['--data', '/srv/perch', ...args], env));

test('without options the server runs its own broker, on this machine only', () => {
  assert.deepEqual(read([]), {
    ...{ dataDir: '/srv/perch', listen: { host: '127.0.0.1', port: 1883 }, prefix: 'perch/v1' },
    http: { host: '127.0.0.1', port: 8080, trustProxy: false },
    fastObjects: false,
  });
  assert.equal(read(['--patches', '3']).patches, 3);
  assert.equal(read(['--update-rate', '200']).updateRate, 200_000);
  assert.deepEqual(read(['--listen', '[::1]:0']).listen, { host: '::1', port: 0 });
});

test('page and API are on this machine only, unless told otherwise; what does not go together is refused', () => {
  assert.deepEqual(read([]).http, { host: '127.0.0.1', port: 8080, trustProxy: false });
  assert.equal(read(['--no-http']).http, undefined);
  const proxied = ['--http', '[::1]:0', '--public-url', 'https://perch.example.org', '--trust-proxy'];
  assert.deepEqual(read(proxied).http, {
    ...{ host: '::1', port: 0, publicUrl: 'https://perch.example.org', trustProxy: true },
  });
  const cases: [string[], RegExp][] = [
    [['--http', '8080'], /--http 8080: write HOST:PORT, such as 127\.0\.0\.1:8080/],
    [['--no-http', '--http', '127.0.0.1:1'], /--http is for the page, and --no-http leaves it out/],
    [['--tls-cert', 'a'], /--tls-cert and --tls-key go together/],
    [['--public-url', 'perch.example.org'], /--public-url perch\.example\.org: write it such as/],
    [['--public-url', 'https://p.example.org/perch'], /without a path/],
    [['--tls-cert', '/dev/null', '--tls-key', '/dev/null'], /--tls-cert \/dev\/null: no certificate in PEM/],
  ];
  for (const [args, message] of cases) assert.throws(() => read(args), message);
});

test('the password of a broker comes from a file or the environment, never from the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-serve-'));
  try {
    const [password, ca] = [join(folder, 'password'), join(folder, 'ca.pem')];
    writeFileSync(password, 'from the file\n');
    const pem = rootCertificates[0]!;
    writeFileSync(ca, pem);
    const broker = ['--broker', 'mqtts://b.example.org', '--username', 'perch'];
    const env = { PERCH_BROKER_PASSWORD: 'from the environment' };
    const plain = { url: 'mqtts://b.example.org', username: 'perch' };
    assert.deepEqual(read(broker).broker, plain);
    assert.deepEqual(read(broker, env).broker, { ...plain, password: 'from the environment' });
    assert.deepEqual(read([...broker, '--password-file', password, '--ca', ca], env).broker, {
      ...{ ...plain, password: 'from the file', ca: pem },
    });
    writeFileSync(ca, 'PEM');
    assert.throws(() => read([...broker, '--ca', ca]), /ca\.pem: no certificate in PEM/);
    assert.throws(
      () => read(['--broker', 'mqtt://perch:secret@b']),
      (error: Error) => {
        assert.match(error.message, /use --password-file or PERCH_BROKER_PASSWORD/);
        assert.equal(error.message.includes('secret'), false);
        return true;
      },
    );
    assert.throws(() => read(['--advertise', 'mqtt://board:secret@b']), /put the URL into PERCH_ADVERTISE/);
    assert.equal(read([], { PERCH_ADVERTISE: 'mqtt://board:secret@b' }).advertise, 'mqtt://board:secret@b');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('options that contradict each other or cannot be are refused', () => {
  const cases: [string[], RegExp][] = [
    [['--broker', 'http://b'], /only mqtt/],
    [['--patches', '12'], /--patches takes a whole number from 0 to 11/],
    [['--update-rate', '0'], /--update-rate/],
    [['--patches', 'all'], /--patches takes a whole number/],
    [['--broker', 'b'], /--broker: the broker must be a URL/],
    [['--broker', 'mqtt://b', '--listen', '0.0.0.0:1'], /--listen is for the embedded broker/],
    [['--broker', 'mqtt://b', '--ca', 'x'], /begins with mqtts/],
    [['--broker', 'mqtts://b', '--ca', '/no/such/file'], /cannot read \/no\/such\/file \(ENOENT\)/],
    [['--username', 'x'], /--username is for a broker that --broker names/],
    [['--prefix', 'perch/#'], /is not a topic prefix/],
    [['--listen', '1883'], /write HOST:PORT/],
    [['--listen', 'localhost:70000'], /write HOST:PORT/],
    [['--advertise', 'perch.example.org'], /--advertise: the broker must be a URL/],
  ];
  for (const [args, message] of cases) assert.throws(() => read(args), { name: 'UsageError', message });
});

test('tokens carry the broker as boards reach it', () => {
  const listen = (host: string) => ({ listen: { host, port: 1883 } });
  const address = { netmask: '', mac: '', cidr: null, family: 'IPv4' } as const;
  const interfaces = {
    lo: [{ ...address, address: '127.0.0.1', internal: true }],
    eth0: [{ ...address, address: '192.0.2.7', internal: false }],
  };
  assert.equal(advertisedUrl(listen('127.0.0.1'), 40_000), 'mqtt://127.0.0.1:40000');
  assert.equal(advertisedUrl(listen('::1')), 'mqtt://[::1]:1883');
  assert.equal(advertisedUrl(listen('0.0.0.0'), 1883, interfaces), 'mqtt://192.0.2.7:1883');
  assert.equal(advertisedUrl(listen('0.0.0.0'), 1883, {}), 'mqtt://127.0.0.1:1883');
  const broker = { url: 'mqtts://b', username: 'server', password: 'secret' };
  assert.equal(advertisedUrl({ ...listen('127.0.0.1'), broker }), 'mqtts://b');
  assert.equal(advertisedUrl({ ...listen('127.0.0.1'), broker, advertise: 'mqtt://c' }), 'mqtt://c');
});
