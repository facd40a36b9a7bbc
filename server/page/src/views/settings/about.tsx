import { get } from '../../api.ts';
import type { ServerStatus } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { session } from '../../session.ts';
import { dayText } from '../../text/time.ts';
import { numberText } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';

/** How the server is, and who is logged in. */
export function About() {
  const loaded = useLoad('status', (signal) => get<ServerStatus>('/status', undefined, signal), 10_000);
  const { value: own } = session;
  return (
    <>
      <Card title="Server">
        <Load of={loaded} what="Figures" lines={2}>
          {({ version, connected, sessions, records }) => (
            <div class="body">
              <Facts
                rows={[
                  ['Version', version],
                  [
                    'Broker',
                    <State key="broker" kind={connected ? 'ok' : 'bad'}>
                      {connected ? 'connected' : 'not connected'}
                    </State>,
                  ],
                  ['Boards connected', numberText(sessions)],
                  ['Records since its start', numberText(records)],
                ]}
              />
            </div>
          )}
        </Load>
      </Card>
      {own && (
        <Card title="Your login">
          <div class="body">
            <Facts
              rows={[
                ['Name', own.name],
                ['May', { read: 'read', operate: 'read and operate', admin: 'do everything' }[own.scope]],
                own.expires !== undefined && ['Until', dayText(own.expires)],
              ]}
            />
          </div>
        </Card>
      )}
    </>
  );
}
