import type { TSchema } from '@sinclair/typebox';
import type { HttpContext } from '../../server/src/http/context.ts';
import { type AnyRoute, API } from '../../server/src/http/route.ts';
import { allRoutes } from '../../server/src/http/routes/index.ts';

const INTRO = `# The HTTP API

Everything that the page does, other programs can do. The page has a readable description under *API*; programs get it as OpenAPI 3.1:

\`\`\`sh
curl http://127.0.0.1:8080${API}/openapi.json
\`\`\`

## Asking

\`\`\`sh
perch-server token add my-program --scope read
curl -H "Authorization: Bearer $PERCH_TOKEN" "http://127.0.0.1:8080${API}/devices?online=false"
curl -H "Authorization: Bearer $PERCH_TOKEN" "http://127.0.0.1:8080${API}/devices/greenhouse-1/latest"
\`\`\`

- Times are milliseconds since 1970, values have UCUM units, everything is JSON unless another form is asked for.
- A list has \`next\`: give it as \`cursor\` for the next page; \`null\` is the end.
- What was not done is answered with problem details (RFC 9457): \`title\`, \`status\`, and in \`detail\` one sentence that says what was wrong, where, and
  what to do.
- What somebody else may change at the same time (layers of config, alert rules) has an \`ETag\`. A change says which version it is meant for:
  \`If-Match: "3"\`, \`"0"\` for what is not there yet. 428 without it, 412 when it was changed meanwhile.
- At most 50 requests a second and caller, 200 at once; 429 says how long to wait. To see things as they happen, watch the stream:

\`\`\`sh
curl -N -H "Authorization: Bearer $PERCH_TOKEN" "http://127.0.0.1:8080${API}/stream?topics=records"
\`\`\`

A browser's session is a cookie; what changes something also needs the header \`x-perch-csrf\` with the value that \`GET ${API}/session\` gives.

## Routes
`;

/** Names of the query's parameters, those that are needed first and in bold. */
function parametersOf(query: TSchema | undefined): string {
  const properties = Object.keys((query?.properties ?? {}) as object);
  const needed = new Set((query?.required ?? []) as string[]);
  return properties
    .sort((a, b) => Number(needed.has(b)) - Number(needed.has(a)))
    .map((name) => (needed.has(name) ? `**${name}**` : name))
    .join(', ');
}

const row = ({ method, path, scope, summary, query }: AnyRoute): string =>
  `| ${method} | \`${path}\` | ${scope} | ${summary} | ${parametersOf(query)} |`;

/** Stands for the running server: routes look at it only when they are asked. */
const NOBODY: unknown = new Proxy(() => undefined, { get: () => NOBODY });

/** firmware-notes/api.md, made of the routes themselves. */
export function apiPage(): string {
  const groups = new Map<string, AnyRoute[]>();
  for (const route of allRoutes(NOBODY as HttpContext)) {
    const group = groups.get(route.tag);
    if (group === undefined) groups.set(route.tag, [route]);
    else group.push(route);
  }
  const sections = [...groups].map(
    ([tag, routes]) =>
      `### ${tag[0]!.toUpperCase()}${tag.slice(1)}\n\n| | below \`${API}\` | scope | what it does | query |\n|-|-|-|-|-|\n${routes.map(row).join('\n')}\n`,
  );
  return `${INTRO}\n${sections.join('\n')}`;
}
