import {
  MODBUS_RETRIES_DEFAULT,
  MODBUS_TIMEOUT_DEFAULT,
  type ModbusField,
  type ModbusSensor,
} from '@perch/broker-bridge/config/driver-modbus.ts';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import {
  type Block,
  fieldType,
  framePause,
  planBlocks,
  readsBits,
} from '@perch/broker-bridge/config/modbus-plan.ts';
import { NUMBER_SIZES } from '@perch/broker-bridge/config/number-types.ts';
import { addNumber, numberOf } from '../../values/number-field.ts';
import { type Sample, SampleBuilder } from '../../values/sample.ts';
import type { SerialBus } from '../buses/serial.ts';
import type { OpenSensor } from '../driver.ts';
import { SensorFault } from '../fault.ts';
import { within } from '../gate.ts';
import {
  answerData,
  answerFault,
  answerFrame,
  ILLEGAL_ADDRESS,
  ModbusException,
  requestFrame,
} from './modbus-rtu.ts';

/** What is kept of a reading's time to hand over what was read, in ms: a tenth, and this at most. */
const HANDOVER = 20;
/** Longest time that a timer can be set to (32 bits), in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Registers as they came, with the highest byte of the number first. */
export function inOrder(bytes: Uint8Array, order: ModbusField['order'] = 'ABCD'): Uint8Array {
  const words: number[][] = [];
  for (let at = 0; at < bytes.length; at += 2) words.push([...bytes.subarray(at, at + 2)]);
  if (order === 'CDAB' || order === 'DCBA') words.reverse();
  if (order === 'BADC' || order === 'DCBA') for (const word of words) word.reverse();
  return Uint8Array.from(words.flat());
}

/** Adds what a block's data say of its fields. */
export function addFields(builder: SampleBuilder, { address, fields }: Block, data: Uint8Array): void {
  for (const field of fields) {
    const at = field.address - address;
    const type = fieldType(field);
    // The coil of the lowest address is the lowest bit of the first byte (Application Protocol V1.1b3, section 6.1).
    if (readsBits(field.fn)) builder.value(field.key, ((data[at >> 3]! >> (at & 7)) & 1) === 1);
    else {
      const size = type === 'bool' ? 2 : NUMBER_SIZES[type];
      const bytes = inOrder(data.subarray(at * 2, at * 2 + size), field.order);
      if (type === 'bool') builder.value(field.key, numberOf(bytes, 'u16', field.bits) !== 0);
      else addNumber(builder, bytes, { ...field, type });
    }
  }
}

/** One unit on the bus. */
class ModbusUnit {
  readonly #sensor: ModbusSensor;
  readonly #bus: SerialBus;
  readonly #now: () => number;
  readonly #alone = new Set<ModbusField>();
  readonly counters = { retries: 0, exceptions: 0 };
  closed = false;

  constructor(sensor: ModbusSensor, bus: SerialBus, now: () => number) {
    this.#sensor = sensor;
    this.#bus = bus;
    this.#now = now;
  }

  /** Reads block by block until the deadline; what was not read by then is `timeout`. */
  async read(deadline = Number.MAX_SAFE_INTEGER): Promise<Sample> {
    const until = this.#now() + deadline - Math.min(HANDOVER, deadline / 10);
    const builder = new SampleBuilder();
    let answered = false;
    let gone: SensorFault | undefined;
    const queue = planBlocks(this.#sensor.fields, this.#sensor.gap, this.#alone);
    for (let block = queue.shift(); block; block = queue.shift()) {
      if (this.closed) throw new SensorFault('io', 'the sensor is closed');
      try {
        if (gone) throw gone;
        addFields(builder, block, await this.#askUntil(until, block));
        answered = true;
      } catch (error) {
        if (!(error instanceof SensorFault)) throw error;
        if (error instanceof ModbusException) {
          answered = true;
          this.counters.exceptions += 1;
          if (error.code === ILLEGAL_ADDRESS && block.fields.length > 1) {
            // A hole between the fields, or a field that this model has not: from now on each is asked for alone.
            for (const field of block.fields) this.#alone.add(field);
            queue.unshift(...planBlocks(block.fields, 0, this.#alone));
            continue;
          }
        } else gone = error.reason === 'crc' || error.reason === 'malformed' ? gone : error;
        for (const { key } of block.fields) builder.fail(key, error.reason);
        if (!answered && queue.length === 0) throw error;
      }
    }
    return builder.sample;
  }

  #askUntil(until: number, block: Block): Promise<Uint8Array> {
    const left = Math.min(until - this.#now(), LONGEST_TIMER);
    const late = `the reading of modbus ${this.#sensor.unit}`;
    return left > 0
      ? within(this.#ask(block, until), left, late)
      : Promise.reject(new SensorFault('timeout', late));
  }

  async #ask(block: Block, until: number): Promise<Uint8Array> {
    const { unit, retries = MODBUS_RETRIES_DEFAULT, timeout } = this.#sensor;
    const request = { unit, fn: block.fn, address: block.address, count: block.count };
    const who = `modbus ${unit}`;
    // A unit that did not answer last time is not asked twice, so that it takes less of the others' time.
    const left = this.#bus.isSilent(who) ? 0 : retries;
    for (let attempt = 0; ; attempt++) {
      try {
        const frame = await this.#bus.exchange({
          request: requestFrame(request),
          answer: (heard, fresh) => answerFrame(heard, request, fresh),
          fault: (heard) => answerFault(heard, request),
          timeout: timeout === undefined ? MODBUS_TIMEOUT_DEFAULT : durationMs(timeout),
          pause: framePause(this.#bus.baud),
          who,
          kin: `${who} ${block.fn} ${block.count}`,
          until,
        });
        return answerData(frame);
      } catch (error) {
        if (!(error instanceof SensorFault) || error instanceof ModbusException) throw error;
        if (!['timeout', 'crc', 'malformed'].includes(error.reason)) throw error;
        if (attempt >= left || this.closed || this.#now() >= until) throw error;
        this.counters.retries += 1;
      }
    }
  }
}

/** A device that answers Modbus RTU. Other units may be on its bus. */
export const openModbus: OpenSensor<ModbusSensor> = async (sensor, context) => {
  const bus = context.serial();
  const unit = new ModbusUnit(sensor, bus, context.env.now);
  return {
    read: (deadline) => unit.read(deadline),
    async close() {
      unit.closed = true;
    },
    counters: () => ({ ...unit.counters, ...bus.counters() }),
  };
};
