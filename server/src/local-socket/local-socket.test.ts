import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { CommandRefused } from '../commands/refusal.ts';
import { callLocal, NoLocalServer } from './call.ts';
import { type LocalHandler, listenLocal } from './listen.ts';
import { makeSocketFolder, SOCKET_PATH_LIMIT, socketPath } from './socket-path.ts';
import { CONNECTIONS_LIMIT, REQUEST_BODY_LIMIT } from './wire.ts';

async function inFolder(body: (dataDir: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-sock-'));
  try {
    await body(join(folder, 'data'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withServer(
  dataDir: string,
  handler: LocalHandler,
  body: (path: string) => Promise<void>,
  options: { requestTimeoutMs?: number } = {},
): Promise<void> {
  const server = await listenLocal(dataDir, handler, options);
  try {
    await body(server.path);
  } finally {
    await server.close();
  }
}

const echo: LocalHandler = async (name, args) => ({ name, args });

test('a command goes to the running server and its result comes back', () =>
  inFolder((dataDir) =>
    withServer(dataDir, echo, async (path) => {
      assert.equal(path, join(dataDir, 'server.sock'));
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const args = { text: 'ä – 🌡'.repeat(10_000) };
      assert.deepEqual(await callLocal(dataDir, 'configSet', args), { name: 'configSet', args });
    }),
  ));

test('progress arrives before the result', () =>
  inFolder((dataDir) =>
    withServer(
      dataDir,
      async (_, __, progress) => {
        progress(1, 10);
        progress(10, 10);
        return 'done';
      },
      async () => {
        const steps: [number, number][] = [];
        const progress = (done: number, total: number) => void steps.push([done, total]);
        assert.equal(await callLocal(dataDir, 'x', {}, { progress }), 'done');
        assert.deepEqual(steps, [
          [1, 10],
          [10, 10],
        ]);
      },
    ),
  ));

test('what the command refuses arrives as the same kind of error', () =>
  inFolder(async (dataDir) => {
    const errors: Record<string, Error> = {
      refused: new CommandRefused('two keys fit', { candidates: [1, 2] }),
      coded: new PerchError('DISK', 'the disk is full'),
      bug: new TypeError('x is undefined'),
    };
    const handler: LocalHandler = (name) => Promise.reject(errors[name]);
    await withServer(dataDir, handler, async () => {
      await assert.rejects(callLocal(dataDir, 'refused', {}), {
        ...{ name: 'CommandRefused', message: 'two keys fit', data: { candidates: [1, 2] } },
      });
      await assert.rejects(callLocal(dataDir, 'coded', {}), {
        code: 'DISK',
        message: 'DISK: the disk is full',
      });
      await assert.rejects(callLocal(dataDir, 'bug', {}), { message: 'the server failed: x is undefined' });
    });
  }));

test('without a server the caller is told so at once', () =>
  inFolder(async (dataDir) => {
    await assert.rejects(callLocal(dataDir, 'devices', {}), NoLocalServer);
    await withServer(dataDir, echo, async () => undefined);
    assert.equal(
      existsSync(join(dataDir, 'server.sock')),
      false,
      'a server that ends takes its socket along',
    );
    await assert.rejects(callLocal(dataDir, 'devices', {}), NoLocalServer);
  }));

test('a second server of the same folder is refused, and the first goes on', () =>
  inFolder((dataDir) =>
    withServer(dataDir, echo, async () => {
      await assert.rejects(listenLocal(dataDir, echo), {
        code: 'BUSY',
        message: /a server, or a command .*, is already at work in the data folder/,
      });
      assert.deepEqual(await callLocal(dataDir, 'devices', {}), { name: 'devices', args: {} });
    }),
  ));

test(
  'a server that was killed leaves a socket behind, which the next one replaces',
  { timeout: 30_000 },
  () =>
    inFolder(async (dataDir) => {
      const listen = new URL('./listen.ts', import.meta.url).href;
      const script = `import { listenLocal } from ${JSON.stringify(listen)};
      await listenLocal(process.argv[1], async () => 'child'); console.log('up'); setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      assert.equal(await callLocal(dataDir, 'x', {}), 'child');
      await assert.rejects(listenLocal(dataDir, echo), { code: 'BUSY' }, 'the lock holds between processes');
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.ok(existsSync(join(dataDir, 'server.sock')));
      await assert.rejects(callLocal(dataDir, 'x', {}), NoLocalServer);
      await withServer(dataDir, echo, async () => {
        assert.deepEqual(await callLocal(dataDir, 'x', {}), { name: 'x', args: {} });
      });
    }),
);

test('a data folder with a path too long for a socket gets a short one in a private folder, whatever the environment', () =>
  inFolder(async (folder) => {
    const dataDir = join(folder, 'x'.repeat(SOCKET_PATH_LIMIT));
    const path = socketPath(dataDir);
    assert.match(path, /^\/tmp\/perch-[0-9]+\/[0-9a-f]{16}\.sock$/);
    assert.notEqual(path, socketPath(`${dataDir}y`));
    const before = { ...process.env };
    Object.assign(process.env, { XDG_RUNTIME_DIR: folder, TMPDIR: folder });
    try {
      await withServer(dataDir, echo, async (used) => {
        assert.equal(used, path, 'a login shell and systemd find the same');
        assert.equal(statSync(dirname(used)).mode & 0o777, 0o700);
        assert.deepEqual(await callLocal(dataDir, 'x', {}), { name: 'x', args: {} });
      });
    } finally {
      for (const name of ['XDG_RUNTIME_DIR', 'TMPDIR'])
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    }
    mkdirSync(join(folder, 'open'), { mode: 0o755 });
    assert.throws(() => makeSocketFolder(join(folder, 'open')), {
      code: 'DISK',
      message: /not a private folder/,
    });
  }));

test('a data folder that cannot be used is one clear error', () =>
  inFolder(async (folder) => {
    writeFileSync(folder, 'a file');
    await assert.rejects(listenLocal(folder, echo), { code: 'DISK', message: /cannot use the data folder/ });
  }));

test('requests that are too long, of another form or to another place are refused', () =>
  inFolder((dataDir) =>
    withServer(dataDir, echo, async (socket) => {
      await assert.rejects(
        callLocal(dataDir, 'configSet', { text: 'x'.repeat(REQUEST_BODY_LIMIT) }),
        /too long/,
      );
      const post = (path: string, body: string): Promise<{ status: number; text: string }> =>
        new Promise((done, fail) => {
          const outgoing = request({ socketPath: socket, method: 'POST', path }, async (response) => {
            let text = '';
            for await (const chunk of response) text += chunk;
            done({ status: response.statusCode!, text });
          });
          outgoing.on('error', fail);
          outgoing.end(body);
        });
      assert.equal((await post('/', '{}')).status, 404);
      for (const body of ['', 'no json', '[]', 'null', '{"name":5}'])
        assert.match(
          (await post('/v1/command', body)).text,
          /MALFORMED: a command is JSON with name and args/,
        );
    }),
  ));

test('connections that say nothing cannot keep others out for ever', { timeout: 30_000 }, () =>
  inFolder((dataDir) =>
    withServer(
      dataDir,
      echo,
      async (path) => {
        const idle = Array.from({ length: CONNECTIONS_LIMIT }, () => connect(path));
        for (const socket of idle) socket.on('error', () => undefined);
        await Promise.all(idle.map((socket) => once(socket, 'connect')));
        await assert.rejects(callLocal(dataDir, 'x', {}), 'all places are taken');
        await Promise.all(idle.map((socket) => once(socket.resume(), 'close')));
        assert.deepEqual(await callLocal(dataDir, 'x', {}), { name: 'x', args: {} });
      },
      { requestTimeoutMs: 500 },
    ),
  ),
);

test('a server that hangs, dies or is something else is an error, and never "no server"', () =>
  inFolder(async (dataDir) => {
    const outcomes: Record<string, [(socket: import('node:http').ServerResponse) => void, RegExp]> = {
      hangs: [() => undefined, /does not answer/],
      dies: [(response) => response.destroy(), /cannot talk to the server/],
      stops: [(response) => response.end('{"alive":true}\n'), /ended before it answered/],
      breaks: [
        (response) => void response.write('{"alive":true}\n', () => response.destroy()),
        /ended before it answered/,
      ],
      other: [(response) => response.writeHead(500).end(), /another version/],
    };
    mkdirSync(dataDir);
    for (const [name, [behave, message]] of Object.entries(outcomes)) {
      const server = createServer((_, response) => behave(response));
      server.listen(join(dataDir, 'server.sock'));
      await once(server, 'listening');
      await assert.rejects(callLocal(dataDir, name, {}, { silenceMs: 200 }), { name: 'Error', message });
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }));
