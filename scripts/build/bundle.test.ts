import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lackingFor } from '../test/programs.ts';
import { bundleAgent } from './bundle.ts';
import { compileBoardAddon, compileI2cAddon, serialAddon } from './compile-addon.ts';
import { ROOT } from './paths.ts';
import { runtimePackage } from './runtime-package.ts';
import { hostTarget } from './targets.ts';

/** MQTT 3.1.1, section 3.2: connection accepted. */
const CONNACK = Buffer.from('20020000', 'hex');

describe('the bundle', { skip: lackingFor(hostTarget().platform) }, () => {
  let folder: string;
  let bundle: string;
  const addonsOf = async () => {
    const target = hostTarget();
    const runtime = await runtimePackage(target);
    return {
      i2c: await compileI2cAddon(target, runtime),
      serial: serialAddon(target),
      board: await compileBoardAddon(target, runtime),
    };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perch-bundle-'));
    bundle = join(folder, 'agent.cjs');
    const entry = join(import.meta.dirname, 'fixtures/small-agent.ts');
    await writeFile(bundle, await bundleAgent({ entry, version: '1.2.3', addons: await addonsOf() }));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What the bundle sends first to a server that answers with `answer`, and what it prints. */
  async function connectWith(protocol: string, answer: Buffer): Promise<{ sent: Buffer; printed: string }> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [bundle, 'mqtt', url], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const closed = once(child, 'close');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const [sent] = (await once(socket, 'data')) as [Buffer];
    socket.on('error', () => {});
    socket.end(answer);
    await closed;
    server.close();
    return { sent, printed };
  }

  test('speaks mqtt://', async () => {
    const { sent, printed } = await connectWith('mqtt', CONNACK);
    assert.equal(sent[0], 0x10, 'a CONNECT packet');
    assert.match(printed, /^connected/);
  });

  test('speaks mqtts://: the first bytes are a TLS ClientHello (RFC 8446, section 5.1)', async () => {
    const { sent, printed } = await connectWith('mqtts', CONNACK);
    assert.deepEqual([sent[0], sent[1], sent[5]], [22, 3, 1]);
    assert.match(printed, /before secure TLS connection/);
  });

  test('does not carry websockets, proxies or a folder of this machine', async () => {
    const text = await readFile(bundle);
    for (const word of ['Sec-WebSocket-Key', 'SocksClient', ROOT])
      assert.equal(text.includes(word), false, `the bundle has "${word}" in it`);
  });

  test('has short lines, so that an uncaught error does not print all of it', async () => {
    const lines = (await readFile(bundle, 'utf8')).split('\n').sort((a, b) => b.length - a.length);
    // The three addons are one string each.
    assert.ok(lines[3]!.length < 20_000, `the fourth longest line has ${lines[3]?.length} characters`);
  });

  test('names what is wrong in the sources', async () => {
    const entry = join(folder, 'broken.ts');
    await writeFile(entry, 'import "./missing.ts";\nawait Promise.resolve();\n');
    await assert.rejects(
      bundleAgent({ entry, version: '1.2.3', addons: await addonsOf() }),
      /could not be bundled:.*broken\.ts:1:7.*missing\.ts/s,
    );
    const absent = join(folder, 'absent.ts');
    await assert.rejects(
      bundleAgent({ entry: absent, version: '1.2.3', addons: await addonsOf() }),
      /entry .*absent\.ts is missing/,
    );
  });
});
