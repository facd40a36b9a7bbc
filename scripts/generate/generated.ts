import { compiledSchemas } from './compiled-schemas.ts';
import { schemaFile } from './schema-file.ts';
import { sensorsPage } from './sensors-page.ts';

/** Files that are made from the schemas and the drivers: path in the repository to how it is made. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'broker-bridge/src/config/compiled-schemas.mjs': compiledSchemas,
  'firmware-notes/config.schema.json': schemaFile,
  'firmware-notes/sensors.md': sensorsPage,
};
