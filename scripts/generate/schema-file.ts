import { configJsonSchema } from '@perch/broker-bridge/config/json-schema.ts';

/** The JSON Schema of a config for editors. */
export const schemaFile = (): string => `${JSON.stringify(configJsonSchema(), null, 1)}\n`;
