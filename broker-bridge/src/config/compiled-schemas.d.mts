/** A check for each of ALL_SCHEMAS, by its name. Made by `npm run generate`. */
export const CHECKS: Readonly<Record<string, (value: unknown) => boolean>>;
