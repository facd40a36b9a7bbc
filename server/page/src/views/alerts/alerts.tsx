import { search } from '../../navigate.ts';
import { Tabs } from '../../parts/tabs.tsx';
import { View } from '../../parts/view.tsx';
import { AlertList } from './alert-list.tsx';
import { Rules } from './rules.tsx';

const TABS = ['open', 'over', 'rules'] as const;

/** What should not be, and by which rules. */
export function AlertsView() {
  const tab = TABS.find((each) => each === search.value.get('tab')) ?? 'open';
  return (
    <View title="Alerts">
      <Tabs
        label="Parts of alerts"
        now={tab}
        tabs={[
          ['open', 'Open', '/alerts'],
          ['over', 'Over', '/alerts?tab=over'],
          ['rules', 'Rules', '/alerts?tab=rules'],
        ]}
      />
      {tab === 'rules' ? <Rules /> : <AlertList key={tab} state={tab === 'open' ? 'open' : 'resolved'} />}
    </View>
  );
}
