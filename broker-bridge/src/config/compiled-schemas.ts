import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ALL_SCHEMAS } from './all-schemas.ts';
import { SHARED_SCHEMAS } from './filters.ts';

type Check = (value: unknown) => boolean;
const compiled = new Map<string, Check>();

/**
 * The check of one of ALL_SCHEMAS, by its name. Here each is compiled when it is first asked for; in the agent's executable
 * the build puts checks in place of this file that were compiled beforehand (scripts/build/schemas-plugin.ts).
 */
export function checkOf(name: string): Check {
  const known = compiled.get(name);
  if (known) return known;
  const schema = TypeCompiler.Compile(ALL_SCHEMAS.get(name)!, [...SHARED_SCHEMAS]);
  const check: Check = (value) => schema.Check(value);
  compiled.set(name, check);
  return check;
}
