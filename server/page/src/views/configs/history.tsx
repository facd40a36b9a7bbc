import { useState } from 'preact/hooks';
import { ask, get } from '../../api.ts';
import { mayLose } from '../../navigate.ts';
import { Card } from '../../parts/card.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure } from '../../parts/notice.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { bytesText } from '../../text/units.ts';
import { actorText } from '../../text/words.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { DiffView } from './diff-view.tsx';
import { type LayerKey, layerPath } from './layer.ts';
import type { Done, Layer, LayerHead } from './types.ts';

interface Props {
  layer: LayerKey;
  /** The newest version, and its text. */
  version: number;
  text: string;
  match: string;
  onDone(done: Done): void;
}

function Earlier({
  head,
  layer,
  text,
  match,
  onDone,
  onClose,
}: Props & { head: LayerHead; onClose(): void }) {
  const at = layerPath(layer);
  const loaded = useLoad(`${at} ${head.version}`, (signal) =>
    get<Layer>(at, { version: head.version }, signal),
  );
  const back = useAction(async () => {
    if (!mayLose('Roll back')) return;
    const { data } = await ask<Done>(`${at}/rollback`, {
      method: 'POST',
      body: { version: head.version },
      match,
    });
    onDone(data);
  });
  return (
    <Dialog title={`Back to version ${head.version}?`} wide busy={back.busy} onClose={onClose}>
      <p class="muted">What changes when version {head.version} becomes the newest again:</p>
      <Load of={loaded} what="Versions">
        {(earlier) => <DiffView before={text} after={earlier.text ?? ''} />}
      </Load>
      <Failure text={back.error} />
      <div class="buttons">
        <button type="button" class="button" disabled={back.busy} onClick={onClose}>
          Close
        </button>
        {may('operate') && (
          <button type="button" class="button main" disabled={back.busy} onClick={() => void back.run()}>
            Roll back to version {head.version}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** Earlier versions of a layer. */
export function History(props: Props) {
  const { layer, version } = props;
  const at = layerPath(layer);
  const loaded = useLoad(`${at} history ${version}`, (signal) =>
    get<{ versions: LayerHead[] }>(`${at}/history`, undefined, signal),
  );
  const [shown, setShown] = useState<LayerHead>();
  return (
    <Card title="History">
      <Load of={loaded} what="Versions">
        {({ versions }) =>
          versions.length === 0 ? (
            <p class="muted pad">Nothing was set yet.</p>
          ) : (
            <div class="table-box">
              <table class="folds">
                <caption class="only-heard">Versions, the newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">Note</th>
                    <th scope="col">Size</th>
                    <th scope="col">
                      <span class="only-heard">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {versions.map((head) => (
                    <tr key={head.version}>
                      <th scope="row">{head.version}</th>
                      <td>
                        <When at={head.created} />
                      </td>
                      <td>{head.actor === undefined ? '' : actorText(head.actor)}</td>
                      <td class="wrap-any">{head.removed ? 'taken away' : (head.note ?? '')}</td>
                      <td class="number">{head.removed ? '' : bytesText(head.bytes)}</td>
                      <td class="right">
                        {head.version !== version && !head.removed && (
                          <button type="button" class="button" onClick={() => setShown(head)}>
                            Compare…
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Load>
      {shown !== undefined && (
        <Earlier
          {...props}
          head={shown}
          onDone={(done) => {
            setShown(undefined);
            props.onDone(done);
          }}
          onClose={() => setShown(undefined)}
        />
      )}
    </Card>
  );
}
