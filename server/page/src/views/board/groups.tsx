import { useId, useState } from 'preact/hooks';
import { get, path, put } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';

/** Names in a text, with commas or spaces between. Pure. */
const namesOf = (text: string): string[] => [
  ...new Set(
    text
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  ),
];
const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

interface Props {
  alias: string;
  groups: string[];
  onChange(): void;
}

export function Groups({ alias, groups, onChange }: Props) {
  const list = useId();
  const [text, setText] = useState(groups.join(', '));
  const known = useLoad('groups', () => get<{ groups: { name: string }[] }>('/groups'));
  const names = namesOf(text);
  const wrong = names.find((name) => !NAME.test(name));
  const save = useAction(async () => {
    await put(`${path('devices', alias)}/groups`, { groups: names });
    announce('Its groups are changed');
    onChange();
  });
  return (
    <Card title="Groups" padded>
      {may('operate') ? (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (wrong === undefined) void save.run();
          }}
        >
          <Field
            label="Groups of this board"
            hint="With commas between, such as roof, lab"
            fault={
              wrong === undefined ? undefined : `${wrong}: 1 to 32 of a-z 0-9 . _ -, a letter or digit first`
            }
          >
            <input
              class="input"
              list={list}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </Field>
          <datalist id={list}>
            {known.data?.groups.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Failure text={save.error} />
          <div class="buttons">
            <button type="submit" class="button" disabled={save.busy || names.join() === groups.join()}>
              Save
            </button>
          </div>
        </form>
      ) : (
        <p>{groups.length === 0 ? 'It is in no group.' : groups.join(', ')}</p>
      )}
    </Card>
  );
}
