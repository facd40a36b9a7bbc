import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { REPLY_TIMEOUT_MS } from '@perch/broker-bridge/protocol/agent-rounds.ts';
import { decodeMessage, encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { Handshake, prologueOf } from '@perch/broker-bridge/protocol/handshake.ts';
import { RECORDS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import type { Message, MessageOf, ServerMessage } from '@perch/broker-bridge/protocol/messages.ts';
import { Session } from '@perch/broker-bridge/protocol/session.ts';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import type { TakenRecord } from './outbox/record.ts';
import { MemoryOutbox } from './outbox/testing/memory-outbox.ts';
import { SLOW_MS } from './pace.ts';
import { type RoundsHost, RoundsRunner } from './rounds-runner.ts';

const ALIAS = 'greenhouse';
const OK = (re: number): ServerMessage => ({ name: 'ok', re });

const taken = (values: TakenRecord['values']): TakenRecord => ({
  timestamp: 1,
  per: 1,
  configVersion: 1,
  version: '0.1.0',
  boot: new Uint8Array(16),
  values,
});

/** A board, and a server that a test plays by hand. */
function setUp(t: TestContext, own: Partial<RoundsHost> = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const server = primitives.generateKeyPair();
  const sent: Uint8Array[] = [];
  const events: string[] = [];
  const outbox = new MemoryOutbox();
  let now = 0;
  const news = () => ({ version: '0.1.0', configVersion: 1 });
  const runner = new RoundsRunner({
    alias: ALIAS,
    prefix: 'perch/v1',
    primitives,
    key: primitives.generateKeyPair(),
    serverKey: server.publicKey,
    outbox,
    now: () => now,
    random: () => 0.999,
    publish: (_topic, payload) => sent.push(payload),
    hello: () => ({
      ...news(),
      platform: 'linux-arm64',
      bootId: new Uint8Array(16),
      stream: outbox.stream,
      clock: 0,
      synchronised: false,
    }),
    news,
    applyConfig: ({ version }) => events.push(`config ${version}`),
    offerRelease: () => events.push('offer'),
    takeFrame: (_re, offset) => events.push(`frame ${offset}`),
    prepared: ({ re }) => events.push(`prepared ${re}`),
    requestRefused: (_re, code) => events.push(`request refused ${code}`),
    letIn: () => events.push('let in'),
    serverTime: (time, roundTrip) => events.push(`time ${time} in ${roundTrip}`),
    acknowledged: (count) => events.push(`acknowledged ${count}`),
    quiet: () => events.push('quiet'),
    note: (text) => events.push(text),
    ...own,
  });
  t.after(() => runner.stop());
  let session: Session | undefined;

  const take = <T extends Envelope['type']>(type: T): Extract<Envelope, { type: T }> => {
    const payload = sent.shift();
    assert.ok(payload, `the board sent a ${type}`);
    const envelope = decodeEnvelope(payload, 'agent');
    assert.equal(envelope.type, type);
    return envelope as Extract<Envelope, { type: T }>;
  };
  /** Answers the Hello that is out; returns what the board is to receive. */
  const answer = (reply: ServerMessage = { name: 'helloClient', time: 1 }): Buffer => {
    const handshake = new Handshake(primitives, {
      role: 'responder',
      prologue: prologueOf(ALIAS),
      s: server,
    });
    const said = decodeMessage(handshake.read(take('hello').noise), 'agent');
    assert.equal(said.name, 'helloServer');
    const noise = handshake.write(encodeMessage(reply));
    session = new Session(handshake.split(), 'server', ALIAS);
    return encodeEnvelope({ type: 'helloReply', noise });
  };
  /** The next report of the board and the counter that names it. */
  const report = (): MessageOf<'monitorRecord'> & { counter: number } => {
    const envelope = take('sealed');
    return { ...(session!.open(envelope) as MessageOf<'monitorRecord'>), counter: envelope.counter };
  };
  return {
    runner,
    outbox,
    events,
    sent,
    take,
    answer,
    report,
    session: () => session!,
    reply: (message: Message) => runner.receive(session!.seal(message).payload),
    add: (value: Value) => outbox.add(taken(new Map([[0, value]]))),
    tick(ms: number) {
      now += ms;
      t.mock.timers.tick(ms);
    },
    /** A session, with its first report answered. */
    greet() {
      runner.linkUp();
      runner.receive(answer());
      const first = report();
      runner.receive(session!.seal(OK(first.counter)).payload);
      assert.equal(runner.state.phase, 'idle');
    },
  };
}

test('the time of a Hello is told before the report that goes at once, whose records it puts right', (t) => {
  const order: string[] = [];
  const board = setUp(t, {
    serverTime: (time) => order.push(`time ${time}`),
    publish(_topic, payload) {
      order.push(decodeEnvelope(payload, 'agent').type);
      board.sent.push(payload);
    },
  });
  board.add(1);
  board.runner.linkUp();
  board.runner.receive(board.answer());
  assert.deepEqual(order, ['hello', 'time 1', 'sealed']);
});

test('a forged reply to Hello disturbs nothing: the true one still counts', (t) => {
  const board = setUp(t);
  board.runner.linkUp();
  const reply = board.answer();
  const forged = [
    Buffer.alloc(reply.length, 7),
    encodeEnvelope({ type: 'helloReply', noise: new Uint8Array(64) }),
    encodeEnvelope({ type: 'helloReply', noise: primitives.generateKeyPair().publicKey }),
    Buffer.from(reply.map((byte, index) => (index === reply.length - 1 ? byte ^ 1 : byte))),
  ];
  for (const payload of forged) board.runner.receive(payload);
  assert.equal(board.runner.state.phase, 'greeting');
  board.runner.receive(reply);
  assert.equal(board.runner.state.phase, 'reporting');
  assert.equal(board.runner.faults.get('INTERNAL'), undefined);
  board.runner.receive(reply);
  assert.equal(board.runner.faults.get('UNKNOWN_SESSION'), 1, 'and it counts once');
});

test('a reply that came too late opens no session behind the back of the rounds', (t) => {
  const board = setUp(t);
  board.runner.linkUp();
  const late = board.answer();
  board.tick(REPLY_TIMEOUT_MS.least);
  assert.equal(board.runner.state.phase, 'waiting');
  board.runner.receive(late);
  assert.ok(!board.events.includes('let in'));
  assert.equal(board.runner.faults.get('UNKNOWN_SESSION'), 1);
});

test('whoever waited for a session can use it as soon as the board is let in', (t) => {
  const fetched: (number | undefined)[] = [];
  const board = setUp(t, { letIn: () => fetched.push(board.runner.fetch(new Uint8Array(32), 1024, [0])) });
  assert.equal(board.runner.fetch(new Uint8Array(32), 1024, [0]), undefined);
  board.runner.linkUp();
  board.runner.receive(board.answer());
  assert.deepEqual(fetched, [1], 'the first report went before');
});

test('an OK lets go of the records that it names, and only of those', (t) => {
  const board = setUp(t);
  board.greet();
  board.add(1);
  board.runner.records();
  const first = board.report();
  board.add(2);
  board.tick(REPLY_TIMEOUT_MS.least); // no answer: sent again, with what came since
  const again = board.report();
  assert.deepEqual(
    again.records.map(({ number }) => number),
    [1, 2],
  );
  board.reply(OK(first.counter));
  assert.equal(board.outbox.size, 2, 'the answer to the report before is too late');
  board.reply(OK(again.counter));
  assert.equal(board.outbox.size, 0);
});

/** Answers report after report until none comes; returns the records of each and what the clock said. */
function drain(board: ReturnType<typeof setUp>, answerIn: number, limit = 1_000): number[][] {
  const messages: number[][] = [];
  for (let rounds = 0; board.outbox.size > 0 && rounds < limit; rounds++) {
    if (board.sent.length === 0) {
      board.tick(10);
      continue;
    }
    const { records, counter } = board.report();
    messages.push(records.map(({ number }) => number));
    board.tick(answerIn);
    board.reply(OK(counter));
  }
  return messages;
}

test('a backlog goes in messages that grow while the link is fast, one at a time, each record once', (t) => {
  const board = setUp(t);
  for (let value = 0; value < 1_000; value++) board.add(value);
  board.runner.linkUp();
  board.runner.receive(board.answer());
  const messages = drain(board, 5);
  assert.deepEqual(
    messages.flat(),
    [...Array(1_000).keys()].map((index) => index + 1),
  );
  assert.ok(messages[0]!.length < RECORDS_PER_MESSAGE, 'the link is not known yet');
  assert.equal(messages[2]!.length, RECORDS_PER_MESSAGE);
});

test('on a slow link messages get shorter, so that what is taken now need not wait long', (t) => {
  const board = setUp(t);
  for (let value = 0; value < 1_000; value++) board.add(value);
  board.runner.linkUp();
  board.runner.receive(board.answer());
  const messages = drain(board, SLOW_MS + 1);
  assert.ok(
    messages[0]!.length > 4 * messages.at(-2)!.length,
    messages.map(({ length }) => length).join(' '),
  );
  assert.ok(messages.every(({ length }) => length > 0));
});

test('an OK that asks to wait holds the backlog back, not what is taken now', (t) => {
  let live = true;
  const board = setUp(t);
  Object.assign(board.outbox, { has: (backlog: boolean) => board.outbox.size > 0 && (backlog || live) });
  board.greet();
  for (let value = 0; value < 500; value++) board.add(value);
  board.runner.records();
  const first = board.report();
  live = false;
  board.reply({ ...OK(first.counter), wait: 60_000 } as ServerMessage);
  board.tick(59_000);
  assert.equal(board.sent.length, 0);
  live = true;
  board.add(1);
  board.runner.records();
  const second = board.report();
  live = false;
  board.reply(OK(second.counter));
  board.tick(1_000);
  assert.equal(board.report().records[0]!.number, second.records.at(-1)!.number + 1, 'and then it goes on');
});

test('a board that does not know the time says so, and believes what the OK tells', (t) => {
  const news = () => ({ version: '0.1.0', configVersion: 1, timeless: true });
  const board = setUp(t, { news });
  board.runner.linkUp();
  board.runner.receive(board.answer());
  const report = board.report();
  assert.equal(report.timeless, true);
  board.tick(40);
  board.reply({ name: 'ok', re: report.counter, time: 1_790_000_000_000 });
  assert.ok(board.events.includes('time 1790000000000 in 40'), board.events.join());
});

test('records that were taken in other boots, by other versions and in another stream say so', (t) => {
  const board = setUp(t);
  board.greet();
  const boot = new Uint8Array(16).fill(7);
  board.outbox.add({
    ...taken(new Map([[0, 1]])),
    boot,
    version: '0.0.9',
    sinceBoot: 5,
    unsynchronised: true,
  });
  board.add(2);
  board.runner.records();
  const { records, boots, versions, stream, counter } = board.report();
  assert.deepEqual(
    boots?.map((one) => [...one]),
    [[...boot]],
  );
  assert.deepEqual(versions, ['0.0.9']);
  assert.equal(stream, undefined, 'it is that of Hello');
  assert.deepEqual(
    records.map(({ boot, version, sinceBoot }) => [boot, version, sinceBoot]),
    [
      [0, 0, 5],
      [undefined, undefined, undefined],
    ],
  );
  board.reply({ name: 'ok', re: counter, behind: true });
  assert.equal(board.outbox.renewals, 1, 'the numbers went back: a new stream begins');
  board.add(3);
  board.runner.records();
  assert.deepEqual([...board.report().stream!], Array(8).fill(0xff));
});

test('records of more boots than a message names go in several', (t) => {
  const board = setUp(t);
  board.greet();
  for (let boot = 1; boot <= 20; boot++)
    board.outbox.add({ ...taken(new Map([[0, boot]])), boot: new Uint8Array(16).fill(boot) });
  board.runner.records();
  const messages = drain(board, 1);
  assert.deepEqual(
    messages.map(({ length }) => length),
    [8, 8, 4],
  );
});

test('a record that no message can carry is given up, and those behind it arrive', (t) => {
  const board = setUp(t);
  board.greet();
  board.add(1);
  board.add(Number.NaN);
  board.add('x'.repeat(300));
  board.add(4);
  const values = new Map(Array.from({ length: 512 }, (_, item) => [item, 'x'.repeat(250)] as const));
  board.outbox.add(taken(values));
  board.runner.records();
  const first = board.report();
  assert.deepEqual(
    first.records.map(({ number }) => number),
    [1, 4],
  );
  assert.ok(board.events.some((event) => event.startsWith('records 2, 3 cannot be sent')));
  board.reply(OK(first.counter));
  assert.deepEqual([board.report().records, board.outbox.size], [[], 0], 'nor one that is too long');
  assert.ok(board.events.some((event) => event.startsWith('records 5 cannot be sent')));
});

test('a replayed answer is refused', (t) => {
  const board = setUp(t);
  board.greet();
  const { payload } = board
    .session()
    .seal({ name: 'reconfigure', config: { version: 2, json: '{}', items: [] } });
  board.runner.receive(payload);
  board.runner.receive(payload);
  assert.equal(board.events.filter((event) => event === 'config 2').length, 1);
  assert.equal(board.runner.faults.get('REPLAYED'), 1);
});

test('only a hint that names the session of this board makes it say Hello', (t) => {
  const board = setUp(t);
  board.greet();
  board.tick(10_000);
  board.runner.receive(encodeEnvelope({ type: 'sayHello', tag: Uint8Array.of(1, 2, 3, 4) }));
  assert.equal(board.sent.length, 0);
  board.runner.receive(encodeEnvelope({ type: 'sayHello', tag: board.session().tag }));
  board.take('hello');
});

test('an approval reaches a board that was refused by the tag of its last handshake', (t) => {
  const board = setUp(t);
  board.runner.linkUp();
  board.runner.receive(board.answer({ name: 'notWhitelisted' }));
  assert.equal(board.runner.state.phase, 'refused');
  assert.ok(!board.events.includes('let in'));
  board.tick(3000);
  board.runner.receive(encodeEnvelope({ type: 'sayHello', tag: board.session().tag }));
  board.take('hello');
});

test('a part of the agent that throws is counted as INTERNAL and stops neither rounds nor timers', (t) => {
  const board = setUp(t, {
    applyConfig() {
      throw new TypeError('a fault of ours');
    },
  });
  board.runner.linkUp();
  const config = { version: 2, json: '{}', items: [] };
  board.runner.receive(board.answer({ name: 'helloClient', time: 1, config }));
  assert.equal(board.runner.faults.get('INTERNAL'), 1);
  board.report();
  board.tick(REPLY_TIMEOUT_MS.least);
  board.report(); // the timer that asks again was set
});

test('per-exchange connections are told when nothing is under way', (t) => {
  const board = setUp(t);
  board.add(1);
  board.runner.linkUp();
  board.runner.receive(board.answer());
  assert.ok(!board.events.includes('quiet'));
  board.reply(OK(board.report().counter));
  assert.equal(board.events.at(-1), 'quiet');
});
