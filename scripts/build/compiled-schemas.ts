import { ALL_SCHEMAS } from '@perch/broker-bridge/config/all-schemas.ts';
import { SHARED_SCHEMAS } from '@perch/broker-bridge/config/filters.ts';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';

/**
 * What stands in the executable for broker-bridge/src/config/compiled-schemas.ts: a check for each schema of a config as plain
 * JavaScript, so that a board need not compile schemas, and needs no `new Function`. All are compiled as references of one object, so that what they share is written once.
 */
export function compiledSchemas(): string {
  const named = [...ALL_SCHEMAS].map(([name, schema]) => ({ ...schema, $id: name }));
  const root = Type.Object(Object.fromEntries([...ALL_SCHEMAS.keys()].map((name) => [name, Type.Ref(name)])));
  const code = TypeCompiler.Code(root, [...named, ...SHARED_SCHEMAS], { language: 'javascript' });
  const end = code.lastIndexOf('return function check(');
  if (end < 0)
    throw new Error('TypeBox gives its checks in another form now; see scripts/build/compiled-schemas.ts');
  const checks = [...ALL_SCHEMAS.keys()].map((name) => `  ${name}: check_${name},`).join('\n');
  return `import { Hash } from '@sinclair/typebox/value';

const hash = Hash;
${code.slice(0, end).trimEnd()}

const CHECKS = {
${checks}
};
export const checkOf = (name) => CHECKS[name];
`;
}
