import { apiPage } from './api-page.ts';
import { schemaFile } from './schema-file.ts';
import { sensorsPage } from './sensors-page.ts';

/** Files that are made from the schemas and the drivers: path in the repository to how it is made. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'firmware-notes/config.schema.json': schemaFile,
  'firmware-notes/sensors.md': sensorsPage,
  'firmware-notes/api.md': apiPage,
};
