import { useEffect, useState } from 'preact/hooks';
import { logIn } from '../api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Mark } from '../parts/mark.tsx';
import { Failure } from '../parts/notice.tsx';
import { session } from '../session.ts';
import { useAction } from '../use-action.ts';

interface Props {
  /** What became of a link. */
  refused: string | undefined;
}

/** How one gets in: what makes a link, and a field for a token. */
function Ways({ refused }: Props) {
  const [secret, setSecret] = useState('');
  const enter = useAction(async () => {
    session.value = await logIn(secret.trim());
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void enter.run();
      }}
    >
      <p>
        <code>perch-server login</code> makes a link that logs you in: run it on the server's machine. The
        server printed one when it first started, too.{' '}
        <span class="muted">A link works once, within an hour.</span>
      </p>
      <Field label="Or log in with a token" hint="perch_… from Settings or perch-server token add">
        <input
          class="input mono"
          type="password"
          name="token"
          autocomplete="current-password"
          required
          value={secret}
          onInput={(event) => setSecret(event.currentTarget.value)}
        />
      </Field>
      <Failure text={enter.error ?? refused} />
      <button type="submit" class="button main" disabled={enter.busy}>
        Log in
      </button>
    </form>
  );
}

export function Login({ refused }: Props) {
  useEffect(() => {
    document.title = 'Log in · Perch';
  }, []);
  return (
    <main class="login">
      <div class="card body stack">
        <div class="login-head">
          <Mark size={40} />
          <h1>Perch</h1>
        </div>
        <Ways refused={refused} />
      </div>
    </main>
  );
}

/** The same over a view in which something is typed that is not sent: it is still there afterwards. */
export const LoginAgain = ({ refused }: Props) => (
  <Dialog title="Log in again" busy onClose={() => undefined}>
    <p>
      You are not logged in any more. What you changed is still here: log in with a token, or open a link in
      another tab and come back to this one.
    </p>
    <Ways refused={refused} />
  </Dialog>
);
