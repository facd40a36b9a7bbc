import type { Reason, Value } from './values.ts';

/**
 * A small language for the shape of a message: integer key, type and limit of each field, once. The TypeScript
 * types (Infer), the encoder and the strict decoder (codec.ts) all come from it.
 */
export type FieldType =
  | { t: 'uint'; max: number }
  | { t: 'bool' }
  | { t: 'text'; max: number } // UTF-8 bytes
  | { t: 'bytes'; min: number; max: number }
  | { t: 'values' } // item number or name -> Value
  | { t: 'reasons' } // item number or name -> Reason
  | { t: 'list'; of: FieldType; max: number }
  | { t: 'struct'; fields: Fields };

export interface Field<T extends FieldType = FieldType, O extends boolean = boolean> {
  key: number;
  type: T;
  optional: O;
}
export type Fields = Record<string, Field>;

/** A value map as it travels: items that the config numbers by number, others by name. */
export type WireValues = Map<number | string, Value>;
export type WireReasons = Map<number | string, Reason>;

export type InferType<T extends FieldType> = T extends { t: 'uint' }
  ? number
  : T extends { t: 'bool' }
    ? boolean
    : T extends { t: 'text' }
      ? string
      : T extends { t: 'bytes' }
        ? Uint8Array
        : T extends { t: 'values' }
          ? WireValues
          : T extends { t: 'reasons' }
            ? WireReasons
            : T extends { t: 'list'; of: infer E extends FieldType }
              ? InferType<E>[]
              : T extends { t: 'struct'; fields: infer F extends Fields }
                ? Infer<F>
                : never;

type Needed<F extends Fields> = { [K in keyof F]: F[K]['optional'] extends true ? never : K }[keyof F];
type Optional<F extends Fields> = { [K in keyof F]: F[K]['optional'] extends true ? K : never }[keyof F];

export type Infer<F extends Fields> = { [K in Needed<F>]: InferType<F[K]['type']> } & {
  [K in Optional<F>]?: InferType<F[K]['type']>;
};

export const uint = (max: number = Number.MAX_SAFE_INTEGER) => ({ t: 'uint', max }) as const;
export const bool = () => ({ t: 'bool' }) as const;
export const text = (max: number) => ({ t: 'text', max }) as const;
export const bytes = (max: number, min = 0) => ({ t: 'bytes', min, max }) as const;
export const exactly = (length: number) => ({ t: 'bytes', min: length, max: length }) as const;
export const values = () => ({ t: 'values' }) as const;
export const reasons = () => ({ t: 'reasons' }) as const;
export const list = <E extends FieldType>(of: E, max: number) => ({ t: 'list', of, max }) as const;
export const struct = <F extends Fields>(fields: F) => ({ t: 'struct', fields }) as const;

export const field = <T extends FieldType>(key: number, type: T): Field<T, false> => ({
  key,
  type,
  optional: false,
});
export const maybe = <T extends FieldType>(key: number, type: T): Field<T, true> => ({
  key,
  type,
  optional: true,
});
