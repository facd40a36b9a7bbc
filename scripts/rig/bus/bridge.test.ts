import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { nak } from '../../../agent/src/sensors/testing/command-chip.ts';
import { pointerChip, SimulatedMux } from '../../../agent/src/sensors/testing/simulated-i2c.ts';
import { BACKLOG_LIMIT, I2cBridge, PLUG_LIMIT } from './bridge.ts';
import { decodeWord, encodeHello, FrameReader, frame } from './relay-frames.ts';
import { EVENT_SIZE } from './uhid.ts';

const CREATE = 11;
const DESTROY = 1;
const INPUT = 12;

/** The relay says that the kernel has let go of a device. */
const encodeGone = (number: number): Buffer => Buffer.from([0x02, 0x68, 0x72, 0x70, number, 0, 0, 0]);

/** Lets everything settle that waits for nothing but its turn. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A board's end of the port: its relay and its kernel, as far as they are asked here. */
class Board {
  readonly heard: Buffer[] = [];
  reads = true;
  readonly stream = new Duplex({
    read() {},
    write: (bytes: Buffer, _encoding, done) => {
      this.#take(bytes);
      if (this.reads) done();
    },
  });
  #held: Buffer = Buffer.alloc(0);

  #take(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= 4 && this.#held.length >= 4 + this.#held.readUInt32LE(0)) {
      const length = this.#held.readUInt32LE(0);
      this.heard.push(this.#held.subarray(4, 4 + length));
      this.#held = this.#held.subarray(4 + length);
    }
  }
  say(...events: Uint8Array[]): void {
    this.stream.push(Buffer.concat(events.map(frame)));
  }
  /** The numbers of the Hellos that were heard. */
  hellos(): number[] {
    return this.heard.flatMap((event) => decodeWord(event)?.number ?? []);
  }
  count(type: number): number {
    return this.heard.filter((event) => event.readUInt32LE(0) === type).length;
  }
  /** The relay answers the last Hello. */
  async greet(): Promise<void> {
    await settle();
    this.say(encodeHello(this.hellos().at(-1)!));
    await settle();
  }
  /** The driver asks for the last thing that it wants to know: it has an adapter. */
  async bind(): Promise<void> {
    await this.ask('09000000 01000000 20 00');
  }
  async ask(hex: string): Promise<void> {
    const event = Buffer.alloc(EVENT_SIZE);
    event.set(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    this.say(event);
    await settle();
  }
  /** The driver sends an output report; the input reports that came of it, without the zeros at their ends. */
  async output(hex: string): Promise<string[]> {
    const report = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const event = Buffer.alloc(EVENT_SIZE);
    event.writeUInt32LE(6, 0);
    event.set(report, 4);
    event.writeUInt16LE(report.length, 4100);
    const before = this.heard.length;
    this.say(event);
    await settle();
    return this.heard
      .slice(before)
      .filter((one) => one.readUInt32LE(0) === INPUT)
      .map((one) =>
        one
          .subarray(6)
          .toString('hex')
          .replace(/(00)+$/, ''),
      );
  }
}

/** A bridge that is plugged into a board with a relay. */
async function plugged() {
  const bridge = new I2cBridge();
  const board = new Board();
  bridge.attach(board.stream);
  const plugging = bridge.plug();
  await board.greet();
  await board.bind();
  await plugging;
  return { bridge, board };
}

test('a bridge that is plugged in before the board boots is there when its relay greets', async () => {
  const bridge = new I2cBridge();
  let there = false;
  const plugging = bridge.plug().then(() => {
    there = true;
  });
  const board = new Board();
  bridge.attach(board.stream);
  await settle();
  assert.equal(board.count(CREATE), 0, 'nothing is said to a relay that has not greeted');
  await board.greet();
  assert.equal(board.count(CREATE), 1);
  assert.equal(there, false, 'the kernel has no adapter yet');
  await board.bind();
  await plugging;
  await bridge.plug();
  assert.equal(board.count(CREATE), 1, 'it is in already');
});

test('chips are written to and read through the reports of the bridge', async () => {
  const { bridge, board } = await plugged();
  const chip = pointerChip({ 0: 0x1950, 1: 0 });
  bridge.chips.set(0x48, chip);
  assert.deepEqual(await board.output('14 90 03 01 ab cd'), []);
  assert.deepEqual(await board.output('15 01'), ['16020500000003']);
  assert.equal(chip.registers[1], 0xabcd);
  await board.output('11 90 0002 01 00');
  assert.deepEqual(await board.output('15 01'), ['16020500000002']);
  assert.deepEqual(await board.output('12 0002'), ['1302021950']);
  assert.equal(bridge.transfers, 2);
});

test('no chip, and a chip that does not acknowledge, look alike; a bus held low does not', async () => {
  const { bridge, board } = await plugged();
  bridge.chips.set(0x44, { write: nak, read: nak });
  for (const address of ['88', '8a']) {
    await board.output(`10 ${address} 0001`);
    assert.deepEqual(await board.output('15 01'), ['1603'], address);
  }
  bridge.chips.set(0x44, pointerChip({ 0: 7 }));
  bridge.stuck = true;
  await board.output('10 88 0001');
  assert.deepEqual(await board.output('15 01'), ['160301']);
  bridge.stuck = false;
  await board.output('10 88 0001');
  assert.deepEqual(await board.output('15 01'), ['16020500000001']);
});

test('a fault of a simulator itself is not taken for a chip that does not acknowledge', async () => {
  const { bridge, board } = await plugged();
  const fault = new TypeError('not a number');
  bridge.chips.set(0x44, {
    write: () => {},
    read: () => {
      throw fault;
    },
  });
  const event = Buffer.alloc(EVENT_SIZE);
  event.set(Buffer.from('0600000010880001', 'hex'));
  event.writeUInt16LE(4, 4100);
  const hear = board.stream.listeners('data').at(-1) as (bytes: Buffer) => void;
  assert.throws(() => hear(frame(event)), fault);
});

test('chips behind a multiplexer answer while their channel is open', async () => {
  const { bridge, board } = await plugged();
  const mux = new SimulatedMux();
  mux.channels[3]!.set(0x48, pointerChip({ 0: 0x0a00 }));
  bridge.chips.set(0x70, mux);
  await board.output('10 90 0001');
  assert.deepEqual(await board.output('15 01'), ['1603']);
  await board.output('14 e0 01 08');
  await board.output('10 90 0001');
  assert.deepEqual(await board.output('12 0001'), ['1302010a']);
});

test('a silent bridge answers nothing, and speaks again', async () => {
  const { bridge, board } = await plugged();
  bridge.silent = true;
  const before = board.heard.length;
  await board.output('10 90 0001');
  await board.output('15 01');
  await board.bind();
  assert.equal(board.heard.length, before);
  bridge.silent = false;
  assert.equal((await board.output('15 01')).length, 1);
});

test('pulled out, it settles when the kernel is rid of it; what a dying device says is not answered', async () => {
  const { bridge, board } = await plugged();
  let out = false;
  const unplugging = bridge.unplug().then(() => {
    out = true;
  });
  await settle();
  assert.equal(board.count(DESTROY), 1);
  assert.deepEqual(await board.output('15 01'), []);
  assert.equal(out, false);
  board.say(encodeGone(1));
  await unplugging;
  await bridge.unplug();
  assert.equal(board.count(DESTROY), 1, 'it is out already');
});

test('it can be plugged in again while a program still holds the one before', async () => {
  const { bridge, board } = await plugged();
  await board.output('10 90 0001');
  let out = false;
  const unplugging = bridge.unplug().then(() => {
    out = true;
  });
  const plugging = bridge.plug();
  await settle();
  assert.equal(board.count(CREATE), 2);
  await board.bind();
  await plugging;
  assert.equal(out, false);
  board.say(encodeGone(1));
  await unplugging;
  assert.deepEqual(await board.output('15 01'), ['16'], 'the new one is there, and did nothing yet');
});

test('a bridge that the kernel refuses is a failure to plug it in', async () => {
  const bridge = new I2cBridge();
  const board = new Board();
  bridge.attach(board.stream);
  const plugging = bridge.plug();
  await board.greet();
  board.say(encodeGone(1));
  await assert.rejects(plugging, /refused/);
});

test('waiting for the board has an end, either way, and pulling it out ends the wait', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const bridge = new I2cBridge();
  const late = assert.rejects(bridge.plug(), /no adapter.* 90000 ms/);
  t.mock.timers.tick(PLUG_LIMIT);
  await late;
  const ended = assert.rejects(bridge.plug(), /unplugged/);
  await bridge.unplug();
  await ended;

  const other = await plugged();
  const held = assert.rejects(other.bridge.unplug(), /a program has \/dev\/i2c-N open/);
  t.mock.timers.tick(PLUG_LIMIT);
  await held;
});

test('a board that reboots finds the bridge plugged in, over the same port or a new one', async () => {
  const { bridge, board } = await plugged();
  board.say(encodeHello(0));
  await board.greet();
  assert.equal(board.count(CREATE), 2);
  await board.bind();

  const next = new Board();
  bridge.attach(next.stream);
  await next.greet();
  assert.equal(next.count(CREATE), 1);
  assert.equal(board.stream.destroyed, true);
  assert.ok(next.hellos().every((number) => !board.hellos().includes(number)));
});

test('a board that goes off has let go of the bridge', async () => {
  const { bridge, board } = await plugged();
  const unplugging = bridge.unplug();
  board.stream.destroy();
  await unplugging;
  await bridge.unplug();
});

test('what is left of an earlier conversation is passed over, wherever it was cut', async () => {
  const rest = Buffer.concat([frame(encodeHello(77)), frame(Buffer.alloc(EVENT_SIZE, 6))]);
  const cuts = [0, 1, 5, 11, 12, 13, 17, 400];
  for (const [first, last] of [...cuts.map((cut) => [cut, 0]), ...cuts.map((cut) => [0, cut]), [9, 400]]) {
    const bridge = new I2cBridge();
    const board = new Board();
    bridge.attach(board.stream);
    void bridge.plug().catch(() => {});
    await settle();
    board.stream.push(rest.subarray(first, rest.length - last!));
    await settle();
    assert.equal(board.hellos().length, 1, 'an answer to somebody else is no reason to greet again');
    await board.greet();
    assert.equal(board.count(CREATE), 1, `${first} bytes off its start and ${last} off its end`);
    board.stream.destroy();
    await bridge.unplug();
  }
});

test('a length that cannot be makes it greet anew', async () => {
  const { bridge, board } = await plugged();
  const before = board.hellos().length;
  board.stream.push(Buffer.from('ffffffff', 'hex'));
  await settle();
  assert.equal(board.hellos().length, before + 1);
  await board.greet();
  assert.equal(board.count(CREATE), 2);
  await board.bind();
  assert.equal((await board.output('15 01')).length, 1);
  await Promise.all([bridge.unplug(), settle().then(() => board.say(encodeGone(1)))]);
});

test('answers to a board that does not read are dropped at a limit', async () => {
  const { board } = await plugged();
  board.reads = false;
  await board.output('10 90 0200');
  for (let asked = 0; asked < 4 * (BACKLOG_LIMIT / 74); asked++) {
    const event = Buffer.alloc(EVENT_SIZE);
    event.set(Buffer.from('060000001501', 'hex'));
    event.writeUInt16LE(2, 4100);
    board.say(event);
    if (asked % 100 === 0) await settle();
  }
  await settle();
  assert.ok(board.stream.writableLength >= BACKLOG_LIMIT, 'the limit was reached');
  assert.ok(board.stream.writableLength < BACKLOG_LIMIT + 4 + EVENT_SIZE);
});

test('no bytes whatever from the board make the bridge throw', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 4, maxLength: 40 }).map((bytes) => new Uint8Array(frame(bytes))),
    fc
      .tuple(fc.constantFrom(2, 6, 9, 13), fc.uint8Array({ maxLength: 80 }))
      .map(([type, rest]) => new Uint8Array(frame(Uint8Array.of(type, 0, 0, 0, ...rest)))),
    fc.constantFrom(new Uint8Array(frame(encodeHello(0))), new Uint8Array(frame(encodeGone(1)))),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const bridge = new I2cBridge();
      const board = new Board();
      bridge.attach(board.stream);
      void bridge.plug().catch(() => {});
      const hear = board.stream.listeners('data').at(-1) as (bytes: Buffer) => void;
      hear(frame(encodeHello(board.hellos().at(-1)!)));
      for (const bytes of pieces) hear(Buffer.from(bytes));
      void bridge.unplug().catch(() => {});
      board.stream.destroy();
    }),
    { numRuns: 300 },
  );
});

test('frames come out whole, however they are cut on the way', () => {
  const event = fc.uint8Array({ minLength: 4, maxLength: 300 });
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (events, sizes) => {
        const got: string[] = [];
        const reader = new FrameReader({
          event: (one) => got.push(one.toString('hex')),
          lost: () => assert.fail('nothing is lost'),
        });
        reader.seek(5);
        const bytes = Buffer.concat([encodeHello(5), ...events].map(frame));
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value as number;
          reader.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(
          got.slice(1),
          events.map((one) => Buffer.from(one).toString('hex')),
        );
      },
    ),
    { numRuns: 200 },
  );
});
