import { useState } from 'preact/hooks';
import { API, get } from '../../api.ts';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { View } from '../../parts/view.tsx';
import { sentence } from '../../problem.ts';
import { counted } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';
import { type Group, groupsOf, type OpenApi, type Operation } from './openapi.ts';
import { OperationView } from './operation.tsx';

const fits = ({ path, summary, method }: Operation, part: string): boolean =>
  `${method} ${path} ${summary}`.toLowerCase().includes(part);

function Groups({ groups, part }: { groups: Group[]; part: string }) {
  const shown = groups
    .map(({ tag, operations }) => ({ tag, operations: operations.filter((each) => fits(each, part)) }))
    .filter(({ operations }) => operations.length > 0);
  if (shown.length === 0) return <p class="muted">Nothing fits.</p>;
  return (
    <>
      {shown.map(({ tag, operations }) => (
        <section key={tag} class="stack" aria-labelledby={`tag-${tag}`}>
          <h2 id={`tag-${tag}`}>{sentence(tag)}</h2>
          <div class="card">
            {operations.map((operation) => (
              <OperationView key={operation.id} operation={operation} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

/** The HTTP API, made readable. */
export function ApiView() {
  const loaded = useLoad('openapi', (signal) => get<OpenApi>('/openapi.json', undefined, signal));
  const [typed, setTyped] = useState('');
  return (
    <View
      title="API"
      actions={
        <a class="button" href={`${API}/openapi.json`} target="_blank" rel="noreferrer">
          openapi.json
        </a>
      }
    >
      <Load of={loaded} what="Descriptions of the API" lines={10}>
        {(api) => {
          const groups = groupsOf(api);
          const all = groups.reduce((sum, { operations }) => sum + operations.length, 0);
          return (
            <>
              <div class="card body stack">
                <p>{api.info.description}</p>
                <p>
                  A program sends <code>Authorization: Bearer perch_…</code> with a token of{' '}
                  <a href="/settings?tab=tokens">Settings</a>. The examples take it from a file{' '}
                  <code>token.txt</code> that holds this one line, so that no list of processes shows it.
                </p>
              </div>
              <div class="search narrow">
                <Icon name="search" />
                <input
                  class="input"
                  type="search"
                  aria-label="Search the API"
                  placeholder={`Search ${counted(all, 'call')}`}
                  value={typed}
                  onInput={(event) => setTyped(event.currentTarget.value)}
                />
              </div>
              <Groups groups={groups} part={typed.trim().toLowerCase()} />
            </>
          );
        }}
      </Load>
    </View>
  );
}
