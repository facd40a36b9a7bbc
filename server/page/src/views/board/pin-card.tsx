import { useState } from 'preact/hooks';
import { get, path, put, remove } from '../../api.ts';
import type { Pin, Release } from '../../api-types-fleet.ts';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';

async function pinsAndVersions(): Promise<{ pins: Pin[]; versions: string[] }> {
  const [{ pins }, { releases }] = await Promise.all([
    get<{ pins: Pin[] }>('/rollouts'),
    get<{ releases: Release[] }>('/releases'),
  ]);
  return { pins, versions: [...new Set(releases.map(({ version }) => version))] };
}

/** Holds a board at a version, whatever the rollouts say. */
export function PinCard({ kind, name }: { kind: Pin['kind']; name: string }) {
  const loaded = useLoad(`pin ${kind} ${name}`, pinsAndVersions);
  const [version, setVersion] = useState('');
  const pin = useAction(async (to: string | undefined) => {
    const at = path('pins', kind, name);
    if (to === undefined) await remove(at);
    else await put(at, { version: to });
    announce(to === undefined ? 'It follows the rollouts again' : `It is held at ${to}`);
    loaded.reload();
  });
  return (
    <Card title="Version" padded>
      <Load of={loaded} what="Pins" lines={2}>
        {({ pins, versions }) => {
          const held = pins.find((one) => one.kind === kind && one.name === name);
          if (held !== undefined)
            return (
              <>
                <State kind="info">{`Held at ${held.version}, whatever the rollouts say`}</State>
                {may('operate') && (
                  <div class="buttons">
                    <button
                      type="button"
                      class="button"
                      disabled={pin.busy}
                      onClick={() => void pin.run(undefined)}
                    >
                      Let it follow the rollouts
                    </button>
                  </div>
                )}
              </>
            );
          if (versions.length === 0 || !may('operate')) return <p class="muted">It follows the rollouts.</p>;
          const chosen = version === '' ? versions[0]! : version;
          return (
            <>
              <Field label="Hold it at a version" hint="It follows the rollouts now">
                <select
                  class="input"
                  value={chosen}
                  onChange={(event) => setVersion(event.currentTarget.value)}
                >
                  {versions.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </select>
              </Field>
              <div class="buttons">
                <button type="button" class="button" disabled={pin.busy} onClick={() => void pin.run(chosen)}>
                  Hold
                </button>
              </div>
            </>
          );
        }}
      </Load>
      <Failure text={pin.error} />
    </Card>
  );
}
