import { useEffect, useState } from 'preact/hooks';
import { ask, get } from '../../api.ts';
import { mayLose, unsaved } from '../../navigate.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Load, Skeleton } from '../../parts/load.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { View } from '../../parts/view.tsx';
import { may } from '../../session.ts';
import { counted } from '../../text/units.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { useModule } from '../../use-module.ts';
import { Answers } from './answers.tsx';
import { BeginButton } from './begin-button.tsx';
import { Effective } from './effective.tsx';
import { Faults } from './faults.tsx';
import { History } from './history.tsx';
import { type LayerKey, layerPath, layerText, layerTitle } from './layer.ts';
import { Review } from './review.tsx';
import type { Schema } from './schema.ts';
import type { Done } from './types.ts';
import { type Draft, useDraft } from './use-draft.ts';

const NO_FAULTS: never[] = [];

function Editing({ layer, draft, onReview }: { layer: LayerKey; draft: Draft; onReview(): void }) {
  const schema = useLoad('config-schema', () => get<Schema>('/config-schema'));
  const editor = useModule('editor', () => import('./editor.tsx'));
  const [goTo, setGoTo] = useState<(pointer: string) => void>();
  const { isChanged, check, text } = draft;
  const editable = may('operate');
  return (
    <section class="card" aria-label="Editor">
      {schema.data === undefined && schema.loading ? (
        <Skeleton lines={10} />
      ) : (
        <Load of={editor} what="Editor" lines={10}>
          {({ module }) => (
            <module.default
              label={`${layerTitle(layer)}, as JSON`}
              text={text}
              schema={schema.data}
              faults={check?.faults ?? NO_FAULTS}
              {...(editable
                ? { onChange: draft.edit, onReady: (to: (pointer: string) => void) => setGoTo(() => to) }
                : {})}
            />
          )}
        </Load>
      )}
      {editable && (
        <div class="editor-foot">
          <output class="grow">
            <Faults draft={draft} goTo={goTo} />
          </output>
          <div class="buttons">
            <button type="button" class="button" disabled={!isChanged} onClick={draft.reset}>
              Undo all
            </button>
            <button
              type="button"
              class="button main"
              disabled={!isChanged || check?.ok !== true}
              onClick={onReview}
            >
              Review and send…
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

function RemoveDialog({
  layer,
  match,
  onDone,
  onClose,
}: {
  layer: LayerKey;
  match: string;
  onDone(done: Done): void;
  onClose(): void;
}) {
  const remove = useAction(async () => {
    if (!mayLose('Take the layer away')) return;
    const { data } = await ask<Done>(layerPath(layer), { method: 'DELETE', match });
    onDone(data);
  });
  return (
    <Dialog title="Take this layer away?" busy={remove.busy} onClose={onClose}>
      <p>Its boards then get what the other layers say. The history stays.</p>
      <Failure text={remove.error} />
      <div class="buttons">
        <button type="button" class="button" disabled={remove.busy} onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={remove.busy} onClick={() => void remove.run()}>
          Take it away
        </button>
      </div>
    </Dialog>
  );
}

const ABOUT: Record<LayerKey['kind'], string> = {
  fleet: 'It is for every board. Groups and boards may say otherwise: what they say wins, key by key.',
  groups:
    'It is laid over the config of the fleet for every board of the group; what a board says itself wins.',
  boards:
    'It is laid over what the fleet and its groups say, and wins; null takes a key away. Where they say nothing, it must be whole.',
};

/** A layer of config: edited with help, checked, reviewed, sent, and what came of it. */
export function ConfigView({ layer }: { layer: LayerKey }) {
  const draft = useDraft(layer);
  const { loaded, match, stored, isChanged } = draft;
  const [asks, setAsks] = useState<'review' | 'remove'>();
  const [done, setDone] = useState<Done>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    unsaved.value = isChanged;
    if (!isChanged) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => {
      removeEventListener('beforeunload', warn);
      unsaved.value = false;
    };
  }, [isChanged]);
  const finish = (found: Done, settle: () => void): void => {
    setAsks(undefined);
    setDone(found);
    setTurn(turn + 1);
    settle();
    announce(`Version ${found.version} is stored`);
  };
  const isBoard = layer.kind === 'boards';
  const answering = [...new Set([...(isBoard ? [layer.name] : []), ...(done?.changed ?? [])])];
  return (
    <View
      title={layerTitle(layer)}
      beside={
        loaded.data !== undefined &&
        loaded.data.version > 0 && <span class="muted">version {loaded.data.version}</span>
      }
      actions={
        stored !== '' &&
        may('operate') && (
          <button type="button" class="button danger" onClick={() => setAsks('remove')}>
            Take away…
          </button>
        )
      }
    >
      <p class="muted">
        {ABOUT[layer.kind]} <a href="/configs">All configs</a>
      </p>
      <Load of={loaded} what="Configs" lines={10}>
        {({ version }) => (
          <>
            {stored === '' && !isChanged && (
              <Notice kind="info">
                There is no layer for {layerText(layer)} yet. Type one, or leave it so.
                {isBoard && may('operate') && <BeginButton alias={layer.name} edit={draft.edit} />}
              </Notice>
            )}
            <Editing layer={layer} draft={draft} onReview={() => setAsks('review')} />
            {done !== undefined && (
              <Notice kind="good">
                Version {done.version} is stored.{' '}
                {done.changed.length === 0
                  ? 'No board gets another config.'
                  : `${counted(done.changed.length, 'board gets', 'boards get')} another config.`}
              </Notice>
            )}
            <Answers aliases={answering} />
            <History
              layer={layer}
              version={version}
              text={stored}
              match={match}
              onDone={(found) => finish(found, draft.reset)}
            />
            {isBoard && <Effective alias={layer.name} turn={turn} />}
          </>
        )}
      </Load>
      {asks === 'review' && (
        <Review
          layer={layer}
          draft={draft}
          onDone={(found) => finish(found, draft.settle)}
          onClose={() => setAsks(undefined)}
        />
      )}
      {asks === 'remove' && (
        <RemoveDialog
          layer={layer}
          match={match}
          onDone={(found) => finish(found, draft.reset)}
          onClose={() => setAsks(undefined)}
        />
      )}
    </View>
  );
}
