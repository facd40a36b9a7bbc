import { route } from './navigate.ts';
import { Empty } from './parts/empty.tsx';
import { View } from './parts/view.tsx';
import { AlertsView } from './views/alerts/alerts.tsx';
import { ApiView } from './views/api/api-page.tsx';
import { ApprovalsView } from './views/approvals.tsx';
import { BoardView } from './views/board/board.tsx';
import { ConfigView } from './views/configs/config.tsx';
import { ConfigsView } from './views/configs/configs.tsx';
import { EnrolView } from './views/enrol.tsx';
import { EventsView } from './views/events.tsx';
import { FleetView } from './views/fleet/fleet.tsx';
import { ReleasesView } from './views/releases/releases.tsx';
import { NewRolloutView } from './views/rollouts/new-rollout.tsx';
import { RolloutView } from './views/rollouts/rollout.tsx';
import { RolloutsView } from './views/rollouts/rollouts.tsx';
import { SettingsView } from './views/settings/settings.tsx';

/** The view of the address. */
export function Views() {
  const { value } = route;
  switch (value.view) {
    case 'fleet':
      return <FleetView />;
    case 'board':
      return <BoardView key={value.alias} alias={value.alias} tab={value.tab} />;
    case 'approvals':
      return <ApprovalsView />;
    case 'enrol':
      return <EnrolView />;
    case 'configs':
      return <ConfigsView />;
    case 'config':
      return (
        <ConfigView key={`${value.layer} ${value.name}`} layer={{ kind: value.layer, name: value.name }} />
      );
    case 'releases':
      return <ReleasesView />;
    case 'rollouts':
      return <RolloutsView />;
    case 'rollout':
      return <RolloutView key={value.id} id={value.id} />;
    case 'rolloutNew':
      return <NewRolloutView />;
    case 'alerts':
      return <AlertsView />;
    case 'events':
      return <EventsView />;
    case 'settings':
      return <SettingsView />;
    case 'api':
      return <ApiView />;
    default:
      return (
        <View title="Nothing here">
          <Empty title="This address leads nowhere">
            <a class="button" href="/">
              Go to the fleet
            </a>
          </Empty>
        </View>
      );
  }
}
