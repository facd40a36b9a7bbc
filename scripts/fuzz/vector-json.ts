import type { Fields, FieldType } from '@perch/broker-bridge/protocol/fields.ts';
import { MESSAGES, type Message, type MessageName } from '@perch/broker-bridge/protocol/messages.ts';

/** A message as JSON: byte strings as hex text, item maps as lists of [number or name, value], the rest as it is. */
export type JsonMessage = { name: MessageName } & Record<string, unknown>;

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

type Turn = (type: FieldType, value: unknown) => unknown;

const turnFields = (fields: Fields, value: Record<string, unknown>, turn: Turn): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { type }]) =>
      value[name] === undefined ? [] : [[name, turn(type, value[name])]],
    ),
  );

const turner = (leaf: Turn): Turn => {
  const turn: Turn = (type, value) => {
    if (type.t === 'list') return (value as unknown[]).map((entry) => turn(type.of, entry));
    if (type.t === 'struct') return turnFields(type.fields, value as Record<string, unknown>, turn);
    return leaf(type, value);
  };
  return turn;
};

const written = turner((type, value) => {
  if (type.t === 'bytes') return toHex(value as Uint8Array);
  return type.t === 'values' || type.t === 'reasons' ? [...(value as Map<unknown, unknown>)] : value;
});
const read = turner((type, value) => {
  if (type.t === 'bytes') return fromHex(value as string);
  return type.t === 'values' || type.t === 'reasons' ? new Map(value as [unknown, unknown][]) : value;
});

export function messageToJson(message: Message): JsonMessage {
  const { fields } = MESSAGES[message.name];
  return { name: message.name, ...turnFields(fields, message as never, written) };
}

export function messageFromJson(json: JsonMessage): Message {
  return { name: json.name, ...turnFields(MESSAGES[json.name].fields, json, read) } as Message;
}
