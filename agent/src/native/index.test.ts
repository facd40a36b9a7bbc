import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lacking } from '../../../scripts/test/programs.ts';
import { loadBoard, loadI2c, loadSerialBinding } from './index.ts';

test('I2C works from source: the native part is compiled once and reaches the kernel', {
  skip: lacking('g++'),
}, async () => {
  const bus = await loadI2c().openPromisified(250);
  await assert.rejects(bus.i2cRead(0x40, 1, Buffer.alloc(1)), { code: 'ENOENT', message: /\/dev\/i2c-250/ });
  await bus.close();
});

test('serial ports work from source', async () => {
  const opening = loadSerialBinding().open({ path: '/dev/no-such-port', baudRate: 9600 });
  await assert.rejects(opening, /No such file or directory, cannot open \/dev\/no-such-port/);
});

describe('the native part board', { skip: lacking('g++') }, () => {
  const board = () => loadBoard();

  test('tells how long the board has been on, and the kernel says whether its clock is set', () => {
    const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ').map(Number);
    assert.ok(Math.abs(board().sinceBoot() / 1000 - uptime!) < 5);
    const { state, status, maxerror } = board().clockState();
    assert.ok(state >= 0 && state <= 5 && Number.isInteger(status) && maxerror >= 0);
  });

  test('a notification that cannot be sent names its reason, and bytes that fit no socket are refused', () => {
    const send = (path: string, text = 'READY=1') => board().notify(path, text);
    assert.throws(() => send('/no/such/socket'), /sendto: No such file or directory/);
    assert.throws(() => send('@perch-nobody-listens'), /sendto: Connection refused/);
    assert.throws(() => send('relative'), /starts with \/ or @/);
    assert.throws(() => send(`/${'x'.repeat(107)}`), /2 to 107 bytes/);
    assert.throws(() => send('/tmp/x', 'x'.repeat(4097)), /at most 4096 bytes/);
  });

  test('the dead man\u2019s timer ends a process whose event loop hangs, and lets one live that puts it off', async () => {
    const run = async (body: string) => {
      const child = spawn(
        process.execPath,
        [
          '--input-type=module-typescript',
          '-e',
          `import { loadBoard } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
           const board = loadBoard(); ${body}`,
        ],
        { stdio: 'inherit', timeout: 30_000 },
      );
      return once(child, 'exit');
    };
    assert.deepEqual(await run('board.deadMan(100); for (;;);'), [null, 'SIGKILL']);
    const lives = 'board.deadMan(100); board.deadMan(0); setTimeout(() => {}, 300);';
    assert.deepEqual(await run(lives), [0, null]);
    assert.throws(() => board().deadMan(Number.NaN), /takes a number/);
  });
});
