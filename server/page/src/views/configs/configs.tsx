import { useState } from 'preact/hooks';
import { get } from '../../api.ts';
import { go } from '../../navigate.ts';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { View } from '../../parts/view.tsx';
import { When } from '../../parts/when.tsx';
import { counted } from '../../text/units.ts';
import { actorText } from '../../text/words.ts';
import { useLoad } from '../../use-load.ts';
import { layerLink, layerText } from './layer.ts';
import { found, type LayerRow, layerRows } from './layer-rows.ts';
import type { LayerHead } from './types.ts';

async function load(signal: AbortSignal): Promise<LayerRow[]> {
  const [{ layers }, { groups }] = await Promise.all([
    get<{ layers: LayerHead[] }>('/configs', undefined, signal),
    get<{ groups: { name: string; boards: number }[] }>('/groups', undefined, signal),
  ]);
  return layerRows(layers, groups);
}

function Rows({ rows, caption }: { rows: LayerRow[]; caption: string }) {
  const ofGroups = rows.some(({ boards }) => boards !== undefined);
  return (
    <div class="table-box">
      <table class="folds">
        <caption class="only-heard">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">For</th>
            {ofGroups && <th scope="col">Boards</th>}
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
              {ofGroups && <td>{boards === undefined ? '' : counted(boards, 'board')}</td>}
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

/** The layers of boards: there may be thousands. */
function BoardLayers({ rows }: { rows: LayerRow[] }) {
  const [typed, setTyped] = useState('');
  const { shown, more } = found(rows, typed);
  return (
    <Card title="Layers of boards">
      <div class="body stack">
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label="Search layers of boards"
            placeholder="Alias or note"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </div>
        {shown.length === 0 && <p class="muted">No layer fits.</p>}
      </div>
      {shown.length > 0 && <Rows rows={shown} caption="Layers of boards" />}
      {more > 0 && <p class="hint pad">{counted(more, 'more layer', 'more layers')}: search to see them.</p>}
    </Card>
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
        {(rows) => {
          const ofBoards = rows.filter(({ key }) => key.kind === 'boards');
          return (
            <>
              <Rows
                rows={rows.filter(({ key }) => key.kind !== 'boards')}
                caption="Layers of the fleet and of groups"
              />
              {ofBoards.length > 0 && <BoardLayers rows={ofBoards} />}
            </>
          );
        }}
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
