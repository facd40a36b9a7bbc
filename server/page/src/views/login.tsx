import { useEffect, useState } from 'preact/hooks';
import { logIn } from '../api.ts';
import { Field } from '../parts/field.tsx';
import { Mark } from '../parts/mark.tsx';
import { Failure } from '../parts/notice.tsx';
import { session } from '../session.ts';
import { useAction } from '../use-action.ts';

/** A form for a token; `refused` is what became of a link. */
export function Login({ refused }: { refused: string | undefined }) {
  const [secret, setSecret] = useState('');
  const enter = useAction(async () => {
    session.value = await logIn(secret.trim());
  });
  useEffect(() => {
    document.title = 'Log in · Perch';
  }, []);
  return (
    <main class="login">
      <form
        class="card body stack"
        onSubmit={(event) => {
          event.preventDefault();
          void enter.run();
        }}
      >
        <div class="login-head">
          <Mark size={40} />
          <h1>Perch</h1>
        </div>
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
    </main>
  );
}
