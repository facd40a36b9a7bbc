import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SERIAL_CLOSE_DEADLINE, SERIAL_REOPEN_FIRST, SerialBus } from './buses/serial.ts';
import type { SensorEnvironment } from './environment.ts';
import { machine, until } from './testing/environment.ts';

/** A bus on a port of which this test says how long opening and closing take. Nothing is ever heard on it. */
async function quietBus(t: TestContext, hooks: { open?: Promise<void>; close?: Promise<void> }) {
  const counts = { opens: 0, closes: 0 };
  const binding = {
    async open() {
      counts.opens += 1;
      await hooks.open;
      const port = {
        isOpen: true,
        read: () => new Promise(() => {}),
        async close() {
          port.isOpen = false;
          await hooks.close;
          counts.closes += 1;
        },
      };
      return port;
    },
  };
  const box = await machine(t, {
    loadSerialBinding: async () =>
      binding as unknown as Awaited<ReturnType<SensorEnvironment['loadSerialBinding']>>,
  });
  await box.files({ 'dev/ttyUSB0': '' });
  const bus = new SerialBus({ type: 'serial', path: '/dev/ttyUSB0', baud: 9600, silence: '100ms' }, box.env);
  return { bus, counts };
}

test('while a port hangs in closing it is not opened a second time, and afterwards it is', async (t) => {
  const closing = Promise.withResolvers<void>();
  const { bus, counts } = await quietBus(t, { close: closing.promise });
  t.after(() => bus.close());
  bus.listen({ bytes: () => {}, opened: () => {} });
  await until('the port is dropped for its silence', () => bus.counters().stalls === 1);
  await new Promise((resolve) => setTimeout(resolve, SERIAL_CLOSE_DEADLINE + 4 * SERIAL_REOPEN_FIRST));
  assert.deepEqual(counts, { opens: 1, closes: 0 });
  closing.resolve();
  await until('it is opened again', () => counts.opens > 1);
});

test('a port that opens after its bus was closed is closed at once', async (t) => {
  const opening = Promise.withResolvers<void>();
  const { bus, counts } = await quietBus(t, { open: opening.promise });
  await until('the opening hangs', () => counts.opens === 1);
  assert.equal(await bus.close(), false);
  opening.resolve();
  await until('the port is closed', () => counts.closes === 1);
  assert.equal(counts.opens, 1);
});

test('a bus says that its port hangs in closing', async (t) => {
  const closing = Promise.withResolvers<void>();
  const { bus, counts } = await quietBus(t, { close: closing.promise });
  await until('the port is open', () => bus.state.open);
  assert.equal(await bus.close(), false);
  closing.resolve();
  await until('the port is closed', () => counts.closes === 1);
});
