import { logOut } from '../api.ts';
import { mayLose, unsaved } from '../navigate.ts';
import { session } from '../session.ts';
import { THEMES, type Theme, theme } from '../theme.ts';
import { useAction } from '../use-action.ts';
import { Icon } from './icon.tsx';
import { Failure } from './notice.tsx';

const SHOWN: Record<Theme, { text: string; icon: 'half' | 'sun' | 'moon' }> = {
  auto: { text: 'as the system', icon: 'half' },
  light: { text: 'light', icon: 'sun' },
  dark: { text: 'dark', icon: 'moon' },
};

/** Who is logged in, the switch of the theme, and the way out. */
export function Who() {
  const out = useAction(async () => {
    if (!mayLose('Log out')) return;
    await logOut();
    unsaved.value = false;
    session.value = null;
  });
  const { text, icon } = SHOWN[theme.value];
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  return (
    <div class="who">
      <div class="who-row">
        <span class="wrap-any">
          {session.value && (
            <>
              {session.value.name} <span class="muted">({session.value.scope})</span>
            </>
          )}
        </span>
      </div>
      <div class="who-row">
        <button
          type="button"
          class="button quiet icon"
          aria-label={`Colours: ${text}. Change to ${SHOWN[next].text}`}
          title={`Colours: ${text}`}
          onClick={() => {
            theme.value = next;
          }}
        >
          <Icon name={icon} />
        </button>
        <button type="button" class="button quiet" disabled={out.busy} onClick={() => void out.run()}>
          <Icon name="out" />
          Log out
        </button>
      </div>
      <Failure text={out.error} />
    </div>
  );
}
