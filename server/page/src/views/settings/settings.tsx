import { search } from '../../navigate.ts';
import { Notice } from '../../parts/notice.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { View } from '../../parts/view.tsx';
import { may } from '../../session.ts';
import { About } from './about.tsx';
import { Integrations } from './integrations.tsx';
import { Keys } from './keys.tsx';
import { Retention } from './retention.tsx';
import { Tokens } from './tokens.tsx';
import { Webhooks } from './webhooks.tsx';

const TABS = [
  ['about', 'About'],
  ['tokens', 'Tokens'],
  ['webhooks', 'Webhooks'],
  ['integrations', 'Integrations'],
  ['retention', 'Retention'],
  ['keys', 'Signing keys'],
] as const;

/** What the server is set to. */
export function SettingsView() {
  const tab = TABS.find(([key]) => key === search.value.get('tab'))?.[0] ?? 'about';
  const isAdmin = may('admin');
  const needsAdmin = <Notice kind="info">These are for logins with the scope admin.</Notice>;
  return (
    <View title="Settings">
      <Tabs
        label="Parts of the settings"
        now={tab}
        tabs={TABS.map(
          ([key, text]) => [key, text, key === 'about' ? '/settings' : `/settings?tab=${key}`] as const,
        )}
      />
      {tab === 'about' && <About />}
      {tab === 'tokens' && (isAdmin ? <Tokens /> : needsAdmin)}
      {tab === 'webhooks' && (isAdmin ? <Webhooks /> : needsAdmin)}
      {tab === 'integrations' && <Integrations />}
      {tab === 'retention' && <Retention />}
      {tab === 'keys' && <Keys />}
    </View>
  );
}
