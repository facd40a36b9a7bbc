import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../../../agent/src/sensors/testing/environment.ts';
import { LINE_BACKLOG_LIMIT, SerialPlug } from './serial.ts';

/** The socket of a serial port, as QEMU has it: one connection, and what is heard on it. */
async function port(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'perch-serial-'));
  const path = join(folder, 'port');
  const sockets: Socket[] = [];
  let heard = '';
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (bytes) => {
      heard += bytes;
    });
  }).listen(path);
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { path, sockets, heard: () => heard };
}

test('a device that is plugged in says and hears; pulled out it does neither, and can be plugged in again', async (t) => {
  const { path, sockets, heard } = await port(t);
  const plug = new SerialPlug(path);
  t.after(() => plug.unplug());
  let told = '';
  plug.onHeard((bytes) => {
    told += bytes;
  });
  plug.say('lost');
  await plug.plug();
  await plug.plug();
  plug.say('one');
  await until('the first words', () => heard() === 'one');
  assert.equal(sockets.length, 1, 'plugged in once');
  sockets[0]!.write('asked');
  await until('a question', () => told === 'asked');

  const closed = once(sockets[0]!, 'close');
  await plug.unplug();
  await plug.unplug();
  await closed;
  assert.equal(plug.plugged, false);
  plug.say('lost');
  await plug.plug();
  plug.say('two');
  await until('the second words', () => heard() === 'onetwo');
});

test('a board that goes off unplugs its devices', async (t) => {
  const { path, sockets } = await port(t);
  const plug = new SerialPlug(path);
  await plug.plug();
  await until('a connection', () => sockets.length === 1);
  sockets[0]!.destroy();
  await until('it is out', () => !plug.plugged);
  plug.say('lost');
});

test('without a board there is nothing to plug it into', async (t) => {
  const { path } = await port(t);
  await assert.rejects(new SerialPlug(`${path}-none`).plug(), { code: 'ENOENT' });
});

test('what a board does not read is lost, not kept', async (t) => {
  const { path, sockets } = await port(t);
  const plug = new SerialPlug(path);
  t.after(() => plug.unplug());
  await plug.plug();
  await until('a connection', () => sockets.length === 1);
  sockets[0]!.pause();
  const chunk = Buffer.alloc(1024);
  let said = 0;
  // The kernel holds some hundred kilobytes, and after that nothing more is kept here than the limit.
  for (; said < 4 * 1024; said++) {
    plug.say(chunk);
    if (said % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  let got = 0;
  sockets[0]!.on('data', (bytes) => {
    got += bytes.length;
  });
  sockets[0]!.resume();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(got > 0 && got < (said * chunk.length) / 2, `${got} of ${said * chunk.length} bytes came`);
  assert.equal(got % chunk.length, 0, 'whole words');
  assert.ok(LINE_BACKLOG_LIMIT >= chunk.length);
});
