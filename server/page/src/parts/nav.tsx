import { useEffect } from 'preact/hooks';
import { pathname } from '../navigate.ts';
import { may } from '../session.ts';
import { summary, watchSummary } from '../summary.ts';
import { Icon, type IconName } from './icon.tsx';

/** Highest count that is told. */
const COUNT_SHOWN = 99;

interface Place {
  to: string;
  text: string;
  icon: IconName;
  count?: number;
}

/** True for the place that an address belongs to. */
const isAt = (to: string, path: string): boolean =>
  to === '/' ? path === '/' || path.startsWith('/boards/') : path === to || path.startsWith(`${to}/`);

function Places({ places }: { places: Place[] }) {
  return (
    <ul>
      {places.map(({ to, text, icon, count = 0 }) => (
        <li key={to}>
          <a href={to} aria-current={isAt(to, pathname.value) ? 'page' : undefined}>
            <Icon name={icon} />
            {text}
            {count > 0 && <span class="count loud">{count > COUNT_SHOWN ? `${COUNT_SHOWN}+` : count}</span>}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The way to every view. */
export function Nav() {
  useEffect(watchSummary, []);
  const { pending, firing } = summary.value;
  return (
    <div class="nav">
      <Places
        places={[
          { to: '/', text: 'Fleet', icon: 'boards' },
          { to: '/approvals', text: 'Approvals', icon: 'check', count: pending },
          { to: '/alerts', text: 'Alerts', icon: 'bell', count: firing },
          { to: '/events', text: 'Events', icon: 'list' },
          ...(may('operate') ? [{ to: '/enrol', text: 'Enrol a board', icon: 'plus' } as const] : []),
        ]}
      />
      <Places
        places={[
          { to: '/configs', text: 'Configs', icon: 'config' },
          { to: '/releases', text: 'Releases', icon: 'box' },
          { to: '/rollouts', text: 'Rollouts', icon: 'waves' },
        ]}
      />
      <Places
        places={[
          { to: '/settings', text: 'Settings', icon: 'gear' },
          { to: '/api', text: 'API', icon: 'code' },
        ]}
      />
    </div>
  );
}
