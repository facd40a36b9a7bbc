import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff, Gate } from './gate.ts';

test('a gate lets one operation through, and a hung one keeps it shut until it comes back', async () => {
  const gate = new Gate('bus');
  const begun: string[] = [];
  let release = (): void => undefined;
  const hung = gate.run(() => {
    begun.push('hung');
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  }, 20);
  const next = () =>
    gate.run(async () => {
      begun.push('next');
      return 7;
    }, 1_000);

  await assert.rejects(next(), { reason: 'timeout' });
  await assert.rejects(hung, { reason: 'timeout' });
  await assert.rejects(next(), { reason: 'timeout' }, 'its deadline does not open the gate');
  assert.equal(await gate.free(10), false);
  assert.deepEqual(begun, ['hung']);

  release();
  assert.equal(await gate.free(1_000), true);
  assert.equal(await next(), 7);
  assert.equal(await next(), 7, 'open again by the time the caller goes on');
});

test('a failed operation opens the gate and its error is passed on', async () => {
  const gate = new Gate('bus');
  await assert.rejects(
    gate.run(() => Promise.reject(new Error('short circuit')), 1_000),
    /short circuit/,
  );
  assert.equal(gate.shut, false);
});

test('pauses double up to their limit and start over', () => {
  const pauses = new BackOff(250, 1_500);
  assert.deepEqual(
    [pauses.next(), pauses.next(), pauses.next(), pauses.next(), pauses.next()],
    [250, 500, 1000, 1500, 1500],
  );
  pauses.reset();
  assert.equal(pauses.next(), 250);
});
