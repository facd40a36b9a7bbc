import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import type { FastifySchemaCompiler } from 'fastify';
import { Problem } from './problem.ts';

/** Parts of a request that are texts only, so that numbers and truths in them are read from text. */
const TEXTS = new Set(['querystring', 'params', 'headers']);
const NAMES: Record<string, string> = { querystring: 'query', params: 'path' };

/** Checks a part of a request against its schema. What does not fit is one clear sentence with its place. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const check = TypeCompiler.Compile(schema);
  return (data: unknown) => {
    const value = TEXTS.has(httpPart) ? Value.Convert(schema, structuredClone(data)) : data;
    if (check.Check(value)) return { value };
    const fault = check.Errors(value).First();
    const where = `${NAMES[httpPart] ?? httpPart}${fault?.path ?? ''}`;
    const hint = fault?.schema.description === undefined ? '' : ` (${fault.schema.description})`;
    const message = fault?.type === ValueErrorType.Kind ? 'not allowed' : (fault?.message ?? 'wrong');
    return { error: new Problem(400, `${where}: ${message}${hint}`) };
  };
};
