import { get, path, remove } from '../../api.ts';
import type { LoggedIn } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { Load } from '../../parts/load.tsx';
import { When } from '../../parts/when.tsx';
import { session } from '../../session.ts';
import { dayText } from '../../text/time.ts';
import { announce } from '../../toast.ts';
import { useLoad } from '../../use-load.ts';
import { RemoveButton } from './remove-button.tsx';

/** How often the list is loaded anew, in ms. */
const EVERY_MS = 30_000;

function Login({ login, onEnd }: { login: LoggedIn; onEnd(): void }) {
  const { id, name, scope, created, expires, used, own } = login;
  return (
    <li>
      <span class="who-waits">
        <span>
          <strong>{name}</strong> <span class="tag">{scope}</span>{' '}
          {own && <span class="muted">this one</span>}
        </span>
        <span class="muted small">
          logged in <When at={created} />,{' '}
          {used !== undefined && (
            <>
              used <When at={used} />,{' '}
            </>
          )}
          {expires === undefined ? 'does not end by itself' : `ends by itself on ${dayText(expires)}`}
        </span>
      </span>
      <RemoveButton
        what={own ? 'your own login' : `the login of ${name} since ${dayText(created)}`}
        word="End"
        warning={own ? 'You are logged out at once.' : 'That browser is logged out at once.'}
        act={async () => {
          await remove(path('sessions', id));
          if (own) session.value = null;
          else announce(`The login of ${name} has ended`);
          onEnd();
        }}
      />
    </li>
  );
}

/** Browsers that somebody is logged in with. */
export function Logins() {
  const loaded = useLoad(
    'sessions',
    (signal) => get<{ sessions: LoggedIn[] }>('/sessions', undefined, signal),
    EVERY_MS,
  );
  return (
    <Card title="Browsers that are logged in">
      <Load of={loaded} what="Logins">
        {({ sessions }) =>
          sessions.length === 0 ? (
            <p class="muted pad">None: you use a token.</p>
          ) : (
            <ul class="rows">
              {sessions.map((login) => (
                <Login key={login.id} login={login} onEnd={loaded.reload} />
              ))}
            </ul>
          )
        }
      </Load>
    </Card>
  );
}
