import { useEffect, useState } from 'preact/hooks';
import { get, logIn } from './api.ts';
import type { Session } from './api-types.ts';
import { unsaved } from './navigate.ts';
import { Shell } from './parts/shell.tsx';
import { ApiProblem, errorText } from './problem.ts';
import { session } from './session.ts';
import { announce } from './toast.ts';
import { Login, LoginAgain } from './views/login.tsx';
import { Views } from './views.tsx';

/** The secret of a login link. It leaves the address at once, so that no history and no screenshot keeps it. */
function takeSecret(): string | undefined {
  const secret = /^#login=(.+)$/.exec(location.hash)?.[1];
  if (secret === undefined) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return secret;
}

const first = takeSecret();

/** Who is here, by the link or by the cookie. Gives what is wrong with the link, if something is. */
async function begin(secret: string | undefined): Promise<string | undefined> {
  let refused: string | undefined;
  if (secret !== undefined) {
    try {
      session.value = await logIn(secret);
      return undefined;
    } catch (error) {
      refused = errorText(error);
    }
  }
  session.value = await get<Session>('/session').catch((error: unknown) => {
    // Nobody is logged in: that is no fault.
    if (!(error instanceof ApiProblem && error.status === 401)) refused ??= errorText(error);
    return null;
  });
  // There is no form that would say it
  if (session.value !== null && refused !== undefined) announce(refused);
  return refused;
}

export function App() {
  const [refused, setRefused] = useState<string>();
  useEffect(() => {
    const enter = (secret: string | undefined): void => void begin(secret).then(setRefused);
    enter(first);
    // A link that is pasted into a tab with the page in it changes only what is behind the #
    const look = (): void => {
      const secret = takeSecret();
      if (secret !== undefined) enter(secret);
    };
    // Somebody may have logged in in another tab meanwhile
    const ask = (): void => {
      if (session.value !== null) return;
      get<Session>('/session').then(
        (found) => {
          session.value = found;
        },
        () => undefined,
      );
    };
    addEventListener('hashchange', look);
    addEventListener('focus', ask);
    return () => {
      removeEventListener('hashchange', look);
      removeEventListener('focus', ask);
    };
  }, []);
  if (session.value === undefined) return null;
  const isIn = session.value !== null;
  if (!isIn && !unsaved.value) return <Login refused={refused} />;
  return (
    <>
      <Shell>
        <Views />
      </Shell>
      {!isIn && <LoginAgain refused={refused} />}
    </>
  );
}
