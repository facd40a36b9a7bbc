import { useState } from 'preact/hooks';
import { get } from '../../api.ts';
import { go } from '../../navigate.ts';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { View } from '../../parts/view.tsx';
import { When } from '../../parts/when.tsx';
import { counted } from '../../text/units.ts';
import { actorText } from '../../text/words.ts';
import { useLoad } from '../../use-load.ts';
import { keyOfListed, type LayerKey, layerLink, layerText } from './layer.ts';
import type { LayerHead } from './types.ts';

interface Row {
  key: LayerKey;
  head?: LayerHead;
  boards?: number;
}

async function load(signal: AbortSignal): Promise<Row[]> {
  const [{ layers }, { groups }] = await Promise.all([
    get<{ layers: LayerHead[] }>('/configs', undefined, signal),
    get<{ groups: { name: string; boards: number }[] }>('/groups', undefined, signal),
  ]);
  const rows = new Map<string, Row>();
  const put = (row: Row): void =>
    void rows.set(layerLink(row.key), { ...rows.get(layerLink(row.key)), ...row });
  put({ key: { kind: 'fleet', name: '' } });
  for (const { name, boards } of groups) put({ key: { kind: 'groups', name }, boards });
  for (const head of layers) put({ key: keyOfListed(head), head });
  return [...rows.values()];
}

function Rows({ rows }: { rows: Row[] }) {
  return (
    <div class="table-box">
      <table class="folds">
        <caption class="only-heard">Layers of config</caption>
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col">Boards</th>
            <th scope="col">Version</th>
            <th scope="col">Changed</th>
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, head, boards }) => (
            <tr key={layerLink(key)}>
              <th scope="row">
                <a href={layerLink(key)}>{layerText(key)}</a>
              </th>
              <td>{boards === undefined ? '' : counted(boards, 'board')}</td>
              <td class="number" data-label="version">
                {head === undefined || head.removed ? <span class="muted">none</span> : head.version}
              </td>
              <td>
                {head !== undefined && (
                  <>
                    <When at={head.created} />{' '}
                    {head.actor !== undefined && <span class="muted">by {actorText(head.actor)}</span>}
                  </>
                )}
              </td>
              <td class="wrap-any">{head?.note ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Every layer of config, and the way to one of a board. */
export function ConfigsView() {
  const loaded = useLoad('configs', load);
  const [alias, setAlias] = useState('');
  return (
    <View title="Configs">
      <p class="muted">
        A board's config is made of layers: the fleet's, those of its groups, its own. What comes later wins,
        key by key.
      </p>
      <Load of={loaded} what="Configs">
        {(rows) => <Rows rows={rows} />}
      </Load>
      <Card title="Config of one board" padded>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            go(layerLink({ kind: 'boards', name: alias.trim() }));
          }}
        >
          <Field label="Alias" hint="Or open it from the board's page">
            <input
              class="input mono"
              required
              value={alias}
              onInput={(event) => setAlias(event.currentTarget.value)}
            />
          </Field>
          <div class="buttons">
            <button type="submit" class="button">
              Open
            </button>
          </div>
        </form>
      </Card>
    </View>
  );
}
