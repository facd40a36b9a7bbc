import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { ITEM_NAME_LIMIT } from '@perch/broker-bridge/protocol/values.ts';
import { Type } from '@sinclair/typebox';
import { AGGREGATES, type Aggregate } from '../../series/columns.ts';
import { type ExportFormat, exportRecords, withItems } from '../../series/export-records.ts';
import { POINTS, SERIES_ITEMS_LIMIT } from '../../series/plan.ts';
import { readSeries } from '../../series/read-series.ts';
import { CURSOR_PATTERN, cursorOf, cursorText } from '../../series/record-cursor.ts';
import { GAPS_PAGE } from '../../store/contract.ts';
import { SLICE_RECORDS } from '../../store/hour-contract.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { AliasPath, query, Time, word } from '../shapes.ts';
import { whileRead } from '../slow-callers.ts';
import { Gap, LatestItem, Record, Series } from '../value-shapes.ts';

const tag = 'values';
/** Exports that are written at once. */
export const EXPORTS_LIMIT = 16;
/** How far back a series goes unless told, in ms. */
const SERIES_SPAN_MS = 86_400_000;

const EXPORT_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;
const Items = Type.String({
  minLength: 1,
  maxLength: SERIES_ITEMS_LIMIT * (ITEM_NAME_LIMIT + 1),
  description: `names of items with commas between, at most ${SERIES_ITEMS_LIMIT}`,
});
const range = { since: Time, until: Time };

/** Names that a list with commas has. @throws Problem 400 */
function itemsOf(text: string): string[] {
  const items = [...new Set(text.split(',').filter((name) => name !== ''))];
  if (items.length === 0 || items.length > SERIES_ITEMS_LIMIT)
    throw new Problem(400, `query/items: give 1 to ${SERIES_ITEMS_LIMIT} names with commas between`);
  const wrong = items.find((name) => /["\\\p{Cc}]/u.test(name));
  if (wrong !== undefined)
    throw new Problem(400, `query/items: ${JSON.stringify(wrong)} is no name of an item`);
  return items;
}

function aggregatesOf(text: string): Aggregate[] {
  const words = text.split(',');
  const wrong = words.find((name) => !(AGGREGATES as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new Problem(
      400,
      `query/aggregates: there is no ${JSON.stringify(wrong)}; there are ${AGGREGATES.join(', ')}`,
    );
  return words as Aggregate[];
}

/** The form that is asked for, by the query or else by the Accept header. */
function formatOf(format: 'json' | ExportFormat | undefined, accept = ''): 'json' | ExportFormat {
  if (format !== undefined) return format;
  if (accept.startsWith('text/csv')) return 'csv';
  return accept.startsWith('application/x-ndjson') ? 'ndjson' : 'json';
}

export function valueRoutes({
  store,
  values: { latest, turns, units },
  patience = {},
  now,
}: HttpContext): AnyRoute[] {
  let exporting = 0;

  const known = async (text: string): Promise<string> => {
    const alias = checkAlias(text);
    const there = (await store.devicesOf(alias)).length > 0;
    // A key that was shut out is forgotten some day; what its board sent is not.
    if (!there && (await store.oldestRecord(alias, Number.MIN_SAFE_INTEGER)) === undefined)
      throw new Problem(404, `no board was here as ${alias}`);
    return alias;
  };

  /** Text that is written as fast as the caller takes it. @throws Problem 503 */
  const exported = (pages: AsyncIterable<string>, answer: ServerResponse): Readable => {
    if (exporting >= EXPORTS_LIMIT)
      throw new Problem(503, `${EXPORTS_LIMIT} exports are being written already; try again`);
    exporting += 1;
    return Readable.from(whileRead(pages, answer, patience), { objectMode: false }).once('close', () => {
      exporting -= 1;
    });
  };

  return [
    route({
      method: 'GET',
      path: '/devices/{alias}/latest',
      scope: 'read',
      tag,
      summary: 'What a board said last',
      params: AliasPath,
      answer: Type.Object({
        items: Type.Array(LatestItem),
        at: Type.Union([Time, Type.Null()], { description: 'of the newest record' }),
      }),
      run: async ({ params }) => latest.board(await known(params.alias)),
    }),
    route({
      method: 'GET',
      path: '/devices/{alias}/series',
      scope: 'read',
      tag,
      summary: 'Read some items over time',
      description:
        'In buckets of a round length, or record by record where there are few. Buckets of an hour or more are made of whole hours: those that reach into the range. Without since and until: the last day.',
      params: AliasPath,
      query: Type.Composite(
        [
          Type.Object({ items: Items }),
          query({
            ...range,
            points: Type.Integer({ minimum: 1, maximum: POINTS.most }),
            aggregates: Type.String({
              maxLength: 64,
              description: `some of ${AGGREGATES.join(', ')} with commas between (mean,min,max)`,
            }),
          }),
        ],
        { additionalProperties: false },
      ),
      answer: Series,
      async run({ params, query: asked }) {
        const alias = await known(params.alias);
        const until = asked.until ?? now();
        const since = asked.since ?? until - SERIES_SPAN_MS;
        if (since > until) throw new Problem(400, 'query/since: it must not be after until');
        return readSeries({ store, turns, units: (board) => units.of(board) }, alias, {
          ...{ since, until, items: itemsOf(asked.items), points: asked.points ?? POINTS.otherwise },
          aggregates: aggregatesOf(asked.aggregates ?? 'mean,min,max'),
        });
      },
    }),
    route({
      method: 'GET',
      path: '/devices/{alias}/records',
      scope: 'read',
      tag,
      summary: 'Read records as they came',
      description:
        'JSON comes in pages: `cursor` takes the `next` of the page before, and stays right while records arrive. CSV and NDJSON have the whole range. CSV has a line for each value; with `items` a line for each record and a column for each of them.',
      params: AliasPath,
      query: query({
        ...range,
        order: word(['newest', 'oldest'] as const),
        items: Items,
        limit: Type.Integer({ minimum: 1, maximum: SLICE_RECORDS, description: 'of a page of JSON' }),
        cursor: Type.String({ pattern: CURSOR_PATTERN, description: 'the next of the page before' }),
        format: word(['json', 'csv', 'ndjson'] as const),
      }),
      produces: ['text/csv', 'application/x-ndjson'],
      answer: Type.Object({
        records: Type.Array(Record),
        next: Type.Union([Type.String(), Type.Null()]),
      }),
      async run({ params, query: { format, items: names, cursor, limit = 100, ...asked }, request, reply }) {
        const alias = await known(params.alias);
        const items = names === undefined ? undefined : itemsOf(names);
        const form = formatOf(format, request.headers.accept);
        if (form !== 'json') {
          const chosen = { ...asked, ...(items === undefined ? {} : { items }) };
          return reply
            .type(EXPORT_TYPES[form])
            .header('content-disposition', `attachment; filename="${alias}.${form}"`)
            .send(exported(exportRecords({ store, turns }, alias, form, chosen), reply.raw));
        }
        const page = await store.recordPage(alias, {
          ...{ ...asked, limit },
          ...(cursor === undefined ? {} : { after: cursorOf(cursor) }),
        });
        return {
          records: page.rows.flatMap((row) => withItems(row, items) ?? []),
          next: page.next === undefined ? null : cursorText(page.next),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/devices/{alias}/gaps',
      scope: 'read',
      tag,
      summary: 'Records that a board gave up',
      params: AliasPath,
      query: query({ ...range, limit: Type.Integer({ minimum: 1, maximum: GAPS_PAGE }) }),
      answer: Type.Object({ gaps: Type.Array(Gap) }),
      run: async ({ params, query: asked }) => ({ gaps: await store.gaps(await known(params.alias), asked) }),
    }),
  ];
}
