import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_LIMIT, type FrameSensor } from '@perch/broker-bridge/config/driver-frame.ts';
import { CHECKSUM_NAMES, CHECKSUMS } from '@perch/broker-bridge/devices/checksum.ts';
import { FRAME_PAUSE, GARBAGE_LIMIT } from '@perch/broker-bridge/devices/frame-decoder.ts';
import { pmsFrame } from '@perch/broker-bridge/devices/testing/serial-samples.ts';
import { frameParser } from './drivers/frame.ts';
import { until } from './testing/environment.ts';
import { hex, randomBytes, serialRig } from './testing/serial-rig.ts';

/** The design's example: a PMS5003 taught by a config. */
const PM = {
  id: 'pm',
  driver: 'frame' as const,
  bus: 'b',
  start: '424d',
  length: { at: 2, type: 'u16' as const, add: 4 },
  check: { type: 'sum16' as const, at: -2 },
  fields: [{ at: 12, type: 'u16' as const, key: 'pm25' }],
};
const FRAME = pmsFrame([5, 8, 9, 4, 7, 300, 1200, 345, 67, 8, 2, 1, 0x9100]);
/** 123.6 and 261.8 ug/m3: the design's vector of an SDS011, taught by a config. */
const SDS = {
  start: 'aac0',
  length: 10,
  end: 'ab',
  check: { type: 'sum8' as const, at: -2, from: 2 },
  fields: [
    { at: 2, type: 'u16' as const, order: 'little' as const, key: 'pm25', scale: 0.1 },
    {
      at: 4,
      type: 'u16' as const,
      order: 'little' as const,
      key: 'pm10',
      scale: 0.1,
      range: [0, 200] as [number, number],
    },
  ],
};

/** What a sensor's frames say, each message as its values and reasons. */
function said(sensor: Partial<FrameSensor>, ...chunks: (Uint8Array | number)[]) {
  const parser = frameParser({ ...PM, ...sensor });
  const found: unknown[] = [];
  let now = 0;
  for (const chunk of chunks)
    if (typeof chunk === 'number') now += chunk;
    else
      for (const message of parser.push(chunk, now))
        found.push(
          'reason' in message
            ? message.reason
            : { ...Object.fromEntries(message.sample.values), ...Object.fromEntries(message.sample.errors) },
        );
  return found;
}
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

test('the frame of the design is read, whole, in pieces, and several at once', () => {
  assert.deepEqual(said({}, FRAME), [{ pm25: 7 }]);
  assert.deepEqual(said({}, ...[...FRAME].map((byte) => Uint8Array.of(byte))), [{ pm25: 7 }]);
  assert.deepEqual(said({}, join(FRAME, FRAME, FRAME)), [{ pm25: 7 }, { pm25: 7 }, { pm25: 7 }]);
});

test('a fixed length, end bytes, a check over a part, little endian, scale and range', () => {
  assert.deepEqual(said(SDS, hex('AA C0 D4 04 3A 0A A1 60 1D AB')), [{ pm25: 123.6, pm10: 'range' }]);
  assert.deepEqual(said(SDS, hex('AA C0 D4 04 3A 0A A1 60 1D AC')), ['malformed'], 'another end');
  assert.deepEqual(said(SDS, hex('AA C0 D4 05 3A 0A A1 60 1D AB')), ['crc']);
});

test('every type of number', () => {
  const types = [
    ['u8', 'FE', 254],
    ['i8', 'FE', -2],
    ['u16', 'FF FE', 65_534],
    ['i16', 'FF FE', -2],
    ['u24', 'FF FF FE', 16_777_214],
    ['i24', 'FF FF FE', -2],
    ['u32', 'FF FF FF FE', 4_294_967_294],
    ['i32', 'FF FF FF FE', -2],
    ['f32', '42 F6 E9 79', 123.45600128173828],
    ['f64', '40 09 21 FB 54 44 2D 18', Math.PI],
    ['f32', '7F 80 00 00', 'malformed'],
  ] as const;
  for (const [type, bytes, want] of types)
    for (const order of ['big', 'little'] as const) {
      const number = order === 'big' ? hex(bytes) : hex(bytes).reverse();
      const sensor = {
        start: '55',
        length: 1 + number.length,
        fields: [{ at: 1, type, order, key: 'v' }],
      };
      const { check: _, ...rest } = PM;
      const parser = frameParser({ ...rest, ...sensor });
      const [message] = [...parser.push(join(hex('55'), number), 0)];
      assert.ok(message && 'sample' in message);
      assert.equal(
        message.sample.values.get('v') ?? message.sample.errors.get('v'),
        want,
        `${type} ${order}`,
      );
    }
  assert.deepEqual(
    said(
      {
        fields: [
          { at: 12, type: 'u16', bits: [2, 1], key: 'b' },
          { at: -2, type: 'u16', key: 'sum' },
        ],
      },
      FRAME,
    ),
    [{ b: 3, sum: (FRAME[30]! << 8) | FRAME[31]! }],
  );
});

for (const name of CHECKSUM_NAMES)
  test(`frames are checked by ${name}, and one bit that fell over is crc`, () => {
    const { size, order, of } = CHECKSUMS[name];
    const body = hex('AB CD 01 02 03 04');
    const sum = of(body);
    const bytes = Array.from({ length: size }, (_, at) => Math.floor(sum / 256 ** (size - 1 - at)) & 0xff);
    const frame = join(body, Uint8Array.from(order === 'little' ? bytes.reverse() : bytes));
    const sensor = {
      start: 'abcd',
      length: frame.length,
      check: { type: name, at: -size },
      fields: [{ at: 2, type: 'u8' as const, key: 'v' }],
    };
    assert.deepEqual(said(sensor, frame), [{ v: 1 }]);
    for (let at = 2; at < frame.length; at++) {
      const bad = Uint8Array.from(frame);
      bad[at]! ^= 0x10;
      assert.deepEqual(said(sensor, bad), ['crc'], `byte ${at}`);
    }
  });

test('a frame that begins inside a broken one is found', () => {
  // Ten bytes of one frame were lost, so the next one's start lies where its own data should be.
  const torn = join(FRAME.subarray(0, 22), FRAME, FRAME);
  assert.deepEqual(
    said({}, torn).filter((message) => typeof message === 'object'),
    [{ pm25: 7 }, { pm25: 7 }],
  );
  assert.deepEqual(said({}, join(hex('42 4D 42'), FRAME)).at(-1), { pm25: 7 });
  assert.deepEqual(said({}, join(hex('42'), FRAME)), [{ pm25: 7 }], 'half a start is no frame');
});

test('a length that cannot be is malformed at once, and one that is merely wrong holds up what comes for a pause only', () => {
  assert.deepEqual(said({}, hex('42 4D FF FF')), ['malformed']);
  const long = join(hex('42 4D 03 00'), FRAME);
  assert.deepEqual(said({}, long), []);
  assert.deepEqual(said({}, long, FRAME_PAUSE, FRAME), ['malformed', { pm25: 7 }, { pm25: 7 }]);
});

test('the longest frame is read, and memory and messages stay bounded in endless noise', () => {
  const sensor = { start: '7e', length: FRAME_LIMIT, fields: [{ at: -1, type: 'u8' as const, key: 'v' }] };
  const parser = frameParser({
    ...PM,
    check: { type: 'xor8', at: 1, from: 2, to: FRAME_LIMIT - 1 },
    ...sensor,
  });
  const longest = new Uint8Array(FRAME_LIMIT);
  longest[0] = 0x7e;
  longest[FRAME_LIMIT - 1] = 9;
  assert.equal([...parser.push(longest, 0)].length, 1);
  const noise = said({}, new Uint8Array(GARBAGE_LIMIT * 10));
  assert.deepEqual(new Set(noise), new Set(['malformed']));
  assert.ok(noise.length <= 10, `${noise.length} messages`);
});

test('random bytes give no value, and the next frame is read', () => {
  const random = randomBytes(5);
  for (let round = 0; round < 300; round++) {
    const messages = said({}, random(200), FRAME_PAUSE, FRAME);
    assert.deepEqual(messages.at(-1), { pm25: 7 });
    assert.equal(messages.filter((message) => typeof message === 'object').length, 1);
  }
});

test('at every cut the frame is lost or read, never misread', () => {
  for (let cut = 1; cut < FRAME.length; cut++)
    for (const half of [FRAME.subarray(0, cut), FRAME.subarray(cut)]) {
      const messages = said({}, half, FRAME_PAUSE, FRAME);
      for (const message of messages) if (typeof message === 'object') assert.deepEqual(message, { pm25: 7 });
      assert.deepEqual(messages.at(-1), { pm25: 7 }, `cut at ${cut}`);
    }
});

test('a field that lies beyond a short frame is missing', () => {
  const fields = [
    { at: 12, type: 'u16' as const, key: 'a' },
    { at: 28, type: 'u16' as const, key: 'b' },
  ];
  assert.deepEqual(said({ fields }, pmsFrame([1, 2, 3, 4, 5])), [{ a: 5, b: 'missing' }]);
});

test('on a real terminal: values hold, a bad frame is crc until a good one comes, and the plug may be pulled', async (t) => {
  const { plug, start, shown, opened, heard, counters, remove } = await serialRig(t, [PM]);
  const pty = await plug();
  await start();
  await opened(1);
  assert.deepEqual(await shown(), { 'pm.pm25': 'timeout' });
  pty.say(join(randomBytes(3)(40), FRAME));
  await until('a frame', () => counters().frames === 1);
  assert.deepEqual(await shown(), { 'pm.pm25': 7 });
  assert.deepEqual(await shown(), { 'pm.pm25': 7 });
  const bad = Uint8Array.from(FRAME);
  bad[13]! ^= 1;
  pty.say(bad);
  await until('a bad frame', () => counters().crc === 1);
  assert.deepEqual(await shown(), { 'pm.pm25': 'crc' });
  assert.deepEqual(await shown(), { 'pm.pm25': 'crc' });
  pty.say(FRAME);
  await until('a good frame', () => counters().frames === 2);
  assert.deepEqual(await shown(), { 'pm.pm25': 7 });

  await pty.unplug();
  await remove('dev/ttyUSB0');
  await until('unplugged', async () => (await shown())['pm.pm25'] === 'unplugged');
  const again = await plug();
  await opened(2);
  assert.deepEqual(await shown(), { 'pm.pm25': 'timeout' });
  const before = counters().messages!;
  again.say(FRAME);
  await heard(before + 1);
  assert.deepEqual(await shown(), { 'pm.pm25': 7 });
});

test('aggregates see every frame of a period, not only the last', async (t) => {
  const fields = [{ ...PM.fields[0], aggregate: ['min', 'max', 'count'] }];
  const { plug, start, shown, opened, counters } = await serialRig(t, [{ ...PM, fields }]);
  const pty = await plug();
  await start();
  await opened(1);
  for (const pm25 of [7, 3, 9]) pty.say(pmsFrame([0, 0, 0, 0, pm25, 0, 0, 0, 0, 0, 0, 0, 0]));
  await until('three frames', () => counters().frames === 3);
  assert.deepEqual(await shown(), { 'pm.pm25_min': 3, 'pm.pm25_max': 9, 'pm.pm25_count': 3 });
});
