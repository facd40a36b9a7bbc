import { withQuery } from '../../api.ts';
import { search } from '../../navigate.ts';
import { Tabs } from '../../parts/tabs.tsx';
import { View } from '../../parts/view.tsx';
import { AlertList } from './alert-list.tsx';
import { Rules } from './rules.tsx';

const TABS = ['open', 'over', 'rules'] as const;

/** What should not be, and by which rules. */
export function AlertsView() {
  const tab = TABS.find((each) => each === search.value.get('tab')) ?? 'open';
  /** Of one board only; empty: of all. */
  const alias = search.value.get('alias') ?? '';
  const to = (each: string): string =>
    withQuery('/alerts', { tab: each === 'open' ? undefined : each, alias: each === 'rules' ? '' : alias });
  return (
    <View title="Alerts">
      <Tabs
        label="Parts of alerts"
        now={tab}
        tabs={[
          ['open', 'Open', to('open')],
          ['over', 'Over', to('over')],
          ['rules', 'Rules', to('rules')],
        ]}
      />
      {tab === 'rules' ? (
        <Rules />
      ) : (
        <>
          {alias !== '' && (
            <p>
              Of <a href={`/boards/${encodeURIComponent(alias)}`}>{alias}</a> only.{' '}
              <a href={withQuery('/alerts', { tab: tab === 'over' ? tab : undefined })}>Show those of all</a>
            </p>
          )}
          <AlertList key={`${tab} ${alias}`} state={tab === 'open' ? 'open' : 'resolved'} alias={alias} />
        </>
      )}
    </View>
  );
}
