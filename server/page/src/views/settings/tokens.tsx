import { useState } from 'preact/hooks';
import { get, path, post, remove } from '../../api.ts';
import type { ApiToken, Scope } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { When } from '../../parts/when.tsx';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { Logins } from './logins.tsx';
import { RemoveButton } from './remove-button.tsx';

const DAY = 86_400_000;
const SCOPES: Record<Scope, string> = {
  read: 'read: sees everything, changes nothing',
  operate: 'operate: also boards, configs, rollouts and alerts',
  admin: 'admin: also releases, tokens and settings',
};

function NewToken({ onDone }: { onDone(): void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<ApiToken>();
  const make = useAction(async () => {
    setMade(
      await post<ApiToken>('/tokens', {
        name: name.trim(),
        scope,
        ...(days === '' ? {} : { ttl: Number(days) * DAY }),
      }),
    );
    setName('');
    onDone();
  });
  return (
    <Card title="Make a token" padded>
      {made?.token !== undefined && (
        <Notice kind="good">
          The token {made.name}, shown this once:
          <div class="copied">
            <code>{made.token}</code>
            <Copy text={made.token} />
          </div>
        </Notice>
      )}
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make.run();
        }}
      >
        <Field label="Name" hint="Who or what uses it">
          <input
            class="input"
            required
            maxLength={64}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <div class="two">
          <Field label="May">
            <select
              class="input"
              value={scope}
              onChange={(event) => setScope(event.currentTarget.value as Scope)}
            >
              {Object.entries(SCOPES).map(([key, text]) => (
                <option key={key} value={key}>
                  {text}
                </option>
              ))}
            </select>
          </Field>
          <Field label="Ends after">
            <select class="input" value={days} onChange={(event) => setDays(event.currentTarget.value)}>
              <option value="">never</option>
              <option value="1">a day</option>
              <option value="30">30 days</option>
              <option value="365">a year</option>
            </select>
          </Field>
        </div>
        <Failure text={make.error} />
        <div class="buttons">
          <button type="submit" class="button main" disabled={make.busy}>
            Make the token
          </button>
        </div>
      </form>
    </Card>
  );
}

/** Tokens of the API: for programs, and for people to log in with. */
export function Tokens() {
  const loaded = useLoad('tokens', (signal) => get<{ tokens: ApiToken[] }>('/tokens', undefined, signal));
  return (
    <>
      <Card title="Tokens">
        <Load of={loaded} what="Tokens">
          {({ tokens }) =>
            tokens.length === 0 ? (
              <p class="muted pad">None yet. Programs use one as Authorization: Bearer perch_…</p>
            ) : (
              <ul class="rows">
                {tokens.map(({ id, name, scope, created, expires, used }) => (
                  <li key={id}>
                    <span class="who-waits">
                      <span>
                        <strong>{name}</strong> <span class="tag">{scope}</span>
                      </span>
                      <span class="muted small">
                        made <When at={created} />,{' '}
                        {used === undefined ? (
                          'never used'
                        ) : (
                          <>
                            used <When at={used} />
                          </>
                        )}
                        {expires !== undefined && (
                          <>
                            , ends <When at={expires} />
                          </>
                        )}
                      </span>
                    </span>
                    <RemoveButton
                      what={`the token ${name}`}
                      word="Revoke"
                      warning="What uses it is shut out at once."
                      act={async () => {
                        await remove(path('tokens', id));
                        announce(`The token ${name} is revoked`);
                        loaded.reload();
                      }}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Load>
      </Card>
      <NewToken onDone={loaded.reload} />
      <Logins />
    </>
  );
}
