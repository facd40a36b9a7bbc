import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacking } from '../../../scripts/test/programs.ts';
import { loadI2c, loadSerialBinding } from './index.ts';

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
