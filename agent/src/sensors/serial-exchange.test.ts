import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import {
  ANSWER_LIMIT,
  EXCHANGES_LIMIT,
  type Exchange,
  Exchanges,
  LATE_LIMIT,
  PASSED_LIMIT,
  QUIET_DEADLINE,
  WRITE_DEADLINE,
} from './buses/serial-exchange.ts';

/** A port that only this test drives. Timers are the test's own. */
function port(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written: string[] = [];
  const state: {
    closed: Reason | undefined;
    write: () => Promise<void>;
    hung: string[];
    now: number;
    unanswered: number;
  } = {
    closed: undefined,
    write: () => Promise.resolve(),
    hung: [],
    now: 0,
    unanswered: 0,
  };
  const exchanges = new Exchanges({
    now: () => state.now,
    ready: () => Promise.resolve(),
    closed: () => state.closed,
    write: (bytes) => {
      written.push(Buffer.from(bytes).toString());
      return state.write();
    },
    hung: (why) => state.hung.push(why),
    unanswered: () => {
      state.unanswered += 1;
    },
    sendTime: () => 0,
  });
  /** Lets everything settle that waits for nothing but its turn. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    state.now += ms;
    t.mock.timers.tick(ms);
    await settle();
  };
  const say = (text: string): void => exchanges.hear(Buffer.from(text));
  /** Asks, and gives what came of it, or the reason, once it is settled. */
  const ask = (text: string, more: Partial<Exchange> = {}) => {
    const outcome: { is?: string } = {};
    exchanges
      .run({
        request: Buffer.from(text),
        // An answer is "<request>!".
        answer: (heard) => (String(Buffer.from(heard)).includes(`${text}!`) ? heard : undefined),
        timeout: 100,
        pause: 0,
        who: text,
        kin: text,
        ...more,
      })
      .then(
        (answer) => {
          outcome.is = Buffer.from(answer).toString();
        },
        (error) => {
          outcome.is = error.reason;
        },
      );
    return outcome;
  };
  return { exchanges, written, state, settle, pass, say, ask };
}

test('one request at a time, in the order in which they came', async (t) => {
  const { written, settle, say, ask } = port(t);
  const [a, b] = [ask('a'), ask('b')];
  await settle();
  assert.deepEqual(written, ['a']);
  say('a');
  say('!');
  await settle();
  assert.equal(a.is, 'a!');
  assert.deepEqual(written, ['a', 'b']);
  say('b!');
  await settle();
  assert.equal(b.is, 'b!');
});

test('what was heard before a request is not its answer', async (t) => {
  const { settle, pass, say, ask } = port(t);
  say('a!');
  const a = ask('a');
  await settle();
  await pass(100);
  assert.equal(a.is, 'timeout');
});

test('bytes that are no answer are told by the driver, silence is timeout, and the next one has its turn', async (t) => {
  const { pass, say, ask, settle } = port(t);
  const a = ask('a');
  await settle();
  say('what?');
  await pass(100);
  assert.equal(a.is, 'malformed');
  const b = ask('b');
  await settle();
  say('b!');
  await settle();
  assert.equal(b.is, 'b!');
});

test('a write that hangs is given up, and the port is to be opened anew', async (t) => {
  const { state, pass, ask } = port(t);
  state.write = () => new Promise(() => {});
  const a = ask('a');
  await pass(WRITE_DEADLINE);
  assert.equal(a.is, 'timeout');
  assert.equal(state.hung.length, 1);
});

test('a port that goes takes the request under way with it, and turns away the others with its reason', async (t) => {
  const { exchanges, state, settle, ask } = port(t);
  const [a, b] = [ask('a'), ask('b')];
  await settle();
  state.closed = 'unplugged';
  exchanges.lost('unplugged');
  await settle();
  assert.deepEqual([a.is, b.is], ['unplugged', 'unplugged']);
});

test('a port that is opened anew for silence is a timeout to those who ask', async (t) => {
  const { state, settle, ask } = port(t);
  state.closed = 'stale';
  const a = ask('a');
  await settle();
  assert.equal(a.is, 'timeout');
});

test('closing turns all away at once, the one under way too', async (t) => {
  const { exchanges, settle, ask } = port(t);
  const [a, b] = [ask('a'), ask('b')];
  await settle();
  exchanges.close();
  const c = ask('c');
  await settle();
  assert.deepEqual([a.is, b.is, c.is], ['io', 'io', 'io']);
});

test('the queue is bounded', async (t) => {
  const { settle, ask } = port(t);
  // The first one is under way and not in the queue.
  const outcomes = Array.from({ length: EXCHANGES_LIMIT + 2 }, (_, index) => ask(`${index}.`));
  await settle();
  assert.equal(outcomes.at(-2)!.is, undefined);
  assert.equal(outcomes.at(-1)!.is, 'busy');
});

test('of a long noise only the end is kept, and an answer there is found', async (t) => {
  const { settle, say, ask } = port(t);
  const a = ask('a');
  await settle();
  for (let round = 0; round < 100; round++) say('x'.repeat(100));
  say('a!');
  await settle();
  assert.equal(a.is?.length, ANSWER_LIMIT);
  assert.ok(a.is?.endsWith('xa!'));
});

test('a request waits for a pause on the line, and not for ever', async (t) => {
  const { written, state, settle, pass, say, ask } = port(t);
  say('noise');
  const a = ask('a', { pause: 4 });
  await settle();
  assert.deepEqual(written, []);
  await pass(4);
  assert.deepEqual(written, ['a']);
  say('a!');
  await settle();
  assert.equal(a.is, 'a!');
  const b = ask('b', { pause: 4 });
  for (let ms = 0; ms <= QUIET_DEADLINE + 8; ms += 2) {
    say('babble');
    await settle();
    state.now += 2;
    t.mock.timers.tick(2);
  }
  await settle();
  assert.equal(b.is, 'malformed');
  assert.deepEqual(written, ['a']);
});

test('a request whose answer could be taken for a late one waits until that cannot come any more', async (t) => {
  const { written, settle, pass, say, ask } = port(t);
  const a = ask('a', { kin: 'k' });
  await settle();
  await pass(100);
  assert.equal(a.is, 'timeout');
  const b = ask('b', { kin: 'k' });
  await settle();
  assert.deepEqual(written, ['a']);
  await pass(LATE_LIMIT);
  assert.deepEqual(written, ['a', 'b']);
  say('b!');
  await settle();
  assert.equal(b.is, 'b!');
});

test('the same question again, and questions of another kind, need not wait', async (t) => {
  const { written, settle, pass, say, ask } = port(t);
  ask('a', { kin: 'k' });
  await settle();
  await pass(100);
  const again = ask('a', { kin: 'k' });
  await settle();
  say('a!');
  await settle();
  assert.equal(again.is, 'a!');
  ask('c', { kin: 'other' });
  await settle();
  assert.deepEqual(written, ['a', 'a', 'c']);
});

test('silence counts from the first request that nobody answered', async (t) => {
  const { exchanges, state, settle, pass, say, ask } = port(t);
  assert.equal(exchanges.unansweredSince, undefined);
  ask('a');
  await settle();
  assert.equal(exchanges.unansweredSince, undefined, 'the answer may still come');
  await pass(100);
  ask('b');
  await pass(100);
  assert.equal(exchanges.unansweredSince, 0);
  assert.equal(state.unanswered, 2);
  say('something');
  assert.equal(exchanges.unansweredSince, undefined);
  await settle();
});

test('a device that said nothing lets those that answer go first, but not for ever', async (t) => {
  const { exchanges, written, state, settle, pass, say, ask } = port(t);
  ask('dead');
  await settle();
  await pass(100);
  assert.ok(exchanges.isSilent('dead'));
  written.length = 0;
  for (const text of ['x', 'dead', 'y', 'z']) ask(text);
  await settle();
  for (const text of ['x', 'y', 'z']) {
    say(`${text}!`);
    await settle();
  }
  assert.deepEqual(written, ['x', 'y', 'z', 'dead']);
  ask('dead');
  say('dead!');
  await settle();
  assert.deepEqual(written.slice(4), ['dead']);
  await pass(100);
  for (const text of ['x', 'dead', 'y']) ask(text);
  await settle();
  state.now += PASSED_LIMIT;
  say('x!');
  await settle();
  assert.deepEqual(written.slice(5), ['x', 'dead']);
});

test('a request that nobody wants any more is not sent, and makes room in the queue', async (t) => {
  const { written, state, settle, say, ask } = port(t);
  const first = ask('first', { timeout: 1_000 });
  await settle();
  const late = Array.from({ length: EXCHANGES_LIMIT }, (_, index) => ask(`${index}.`, { until: 500 }));
  state.now = 500;
  const last = ask('last');
  await settle();
  assert.deepEqual(new Set(late.map(({ is }) => is)), new Set(['timeout']));
  say('first!');
  await settle();
  say('last!');
  await settle();
  assert.deepEqual([first.is, last.is], ['first!', 'last!']);
  assert.deepEqual(written, ['first', 'last']);
});

test('an answer that comes in pieces is looked for with what is new in it', async (t) => {
  const { settle, say, ask } = port(t);
  const seen: [number, number][] = [];
  const a = ask('a', {
    answer: (heard, fresh) => {
      seen.push([heard.length, fresh]);
      return heard.at(-1) === 33 ? heard : undefined;
    },
  });
  await settle();
  say('abc');
  say('x'.repeat(ANSWER_LIMIT + 5));
  say('d!');
  await settle();
  assert.deepEqual(seen, [
    [3, 3],
    [ANSWER_LIMIT, ANSWER_LIMIT],
    [ANSWER_LIMIT, 2],
  ]);
  assert.ok(a.is?.endsWith('xd!'));
});
