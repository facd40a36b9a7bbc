import { get, path } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Load } from '../../parts/load.tsx';
import { useLoad } from '../../use-load.ts';
import { useModule } from '../../use-module.ts';
import { keyOfListed, layerLink, layerText } from './layer.ts';
import type { BoardConfig } from './types.ts';

/** The config that a board gets when all layers are merged. `turn` changes when it may have changed. */
export function Effective({ alias, turn }: { alias: string; turn: number }) {
  const loaded = useLoad(`effective ${alias} ${turn}`, (signal) =>
    get<BoardConfig>(`${path('devices', alias)}/config`, undefined, signal),
  );
  const editor = useModule('editor', () => import('./editor.tsx'));
  return (
    <Card title="What the board gets in the end">
      <Load of={loaded} what="Configs">
        {({ version, text, layers = [] }) => (
          <>
            <p class="pad small">
              Version {version}, made of{' '}
              {layers.length === 0
                ? 'the default'
                : layers.map((layer, at) => (
                    <span key={layerText(keyOfListed(layer))}>
                      {at > 0 && ', then '}
                      <a href={layerLink(keyOfListed(layer))}>{layerText(keyOfListed(layer))}</a>
                    </span>
                  ))}
              . What comes later wins.
            </p>
            <Load of={editor} what="Editor">
              {({ module }) => <module.default label="The board's config" text={text} />}
            </Load>
          </>
        )}
      </Load>
    </Card>
  );
}
