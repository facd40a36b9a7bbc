import { useState } from 'preact/hooks';
import { path, put, remove } from '../../api.ts';
import type { Pin } from '../../api-types-fleet.ts';
import { Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';

function NewPin({ onDone }: { onDone(): void }) {
  const [kind, setKind] = useState<Pin['kind']>('group');
  const [name, setName] = useState('');
  const [version, setVersion] = useState('');
  const pin = useAction(async () => {
    await put(path('pins', kind, name.trim()), { version: version.trim() });
    announce(`${name} is held at ${version}`);
    setName('');
    onDone();
  });
  return (
    <details class="pad">
      <summary>Hold a board or a group at a version</summary>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void pin.run();
        }}
      >
        <div class="two">
          <Field label="What">
            <select
              class="input"
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value as Pin['kind'])}
            >
              <option value="group">a group</option>
              <option value="board">a board</option>
            </select>
          </Field>
          <Field label="Name">
            <input
              class="input mono"
              required
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </Field>
          <Field label="Version">
            <input
              class="input mono"
              required
              value={version}
              onInput={(event) => setVersion(event.currentTarget.value)}
            />
          </Field>
        </div>
        <Failure text={pin.error} />
        <div class="buttons">
          <button type="submit" class="button" disabled={pin.busy}>
            Hold
          </button>
        </div>
      </form>
    </details>
  );
}

/** What is held at a version, whatever the rollouts say. */
export function Pins({ pins, onChange }: { pins: Pin[]; onChange(): void }) {
  const letGo = useAction(async ({ kind, name }: Pin) => {
    await remove(path('pins', kind, name));
    announce(`${name} follows the rollouts again`);
    onChange();
  });
  return (
    <>
      {pins.length === 0 && <p class="muted pad">No board and no group is held at a version.</p>}
      <ul class="rows">
        {pins.map((pin) => (
          <li key={`${pin.kind} ${pin.name}`}>
            <span>
              {pin.kind} <strong>{pin.name}</strong> is held at <strong>{pin.version}</strong>
            </span>
            {may('operate') && (
              <button type="button" class="button" disabled={letGo.busy} onClick={() => void letGo.run(pin)}>
                Let go
              </button>
            )}
          </li>
        ))}
      </ul>
      <Failure text={letGo.error} />
      {may('operate') && <NewPin onDone={onChange} />}
    </>
  );
}
