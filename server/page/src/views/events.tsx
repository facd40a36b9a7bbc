import { search, setSearch } from '../navigate.ts';
import { Field } from '../parts/field.tsx';
import { View } from '../parts/view.tsx';
import { useTyped } from '../use-typed.ts';
import { EventList } from './event-list.tsx';

/** How kinds begin, and what people call them. */
const KINDS = [
  ['', 'Everything'],
  ['device', 'Boards'],
  ['layer', 'Config layers'],
  ['config', 'Configs of boards'],
  ['release', 'Releases'],
  ['rollout', 'Rollouts'],
  ['pin', 'Pins'],
  ['alert', 'Alerts'],
  ['access', 'Tokens and links'],
  ['session', 'Logins'],
  ['keys', 'Signing keys'],
  ['webhook', 'Webhooks'],
  ['integration', 'Integrations'],
] as const;
/** A filter counts when so long nothing was typed, in ms. */
const TYPED_MS = 300;

/** Who did what, and what boards did. */
export function EventsView() {
  const [alias, setAlias] = useTyped('alias', TYPED_MS);
  const [actor, setActor] = useTyped('actor', TYPED_MS);
  const { value } = search;
  const day = value.get('until') ?? '';
  const until = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T23:59:59.999`) : undefined;
  const query = {
    alias: value.get('alias') ?? '',
    kind: value.get('kind') ?? '',
    actor: value.get('actor') ?? '',
    until,
  };
  return (
    <View title="Events">
      <search class="event-filters">
        <Field label="Kind">
          <select
            class="input"
            value={query.kind}
            onChange={(event) => setSearch({ kind: event.currentTarget.value })}
          >
            {KINDS.map(([kind, text]) => (
              <option key={kind} value={kind}>
                {text}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Board">
          <input
            class="input"
            type="search"
            placeholder="alias"
            maxLength={64}
            value={alias}
            onInput={(event) => setAlias(event.currentTarget.value)}
          />
        </Field>
        <Field label="Who">
          <input
            class="input"
            type="search"
            placeholder="session:admin"
            maxLength={100}
            value={actor}
            onInput={(event) => setActor(event.currentTarget.value)}
          />
        </Field>
        <Field label="Until">
          <input
            class="input"
            type="date"
            value={day}
            onInput={(event) => setSearch({ until: event.currentTarget.value })}
          />
        </Field>
      </search>
      <EventList query={query} empty="Nothing fits. Loosen the filters to see more." />
    </View>
  );
}
