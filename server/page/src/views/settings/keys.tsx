import type { CommandResult } from '../../../../src/commands/commands.ts';
import { runCommand } from '../../command.ts';
import { Card } from '../../parts/card.tsx';
import { Load } from '../../parts/load.tsx';
import { Notice } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useLoad } from '../../use-load.ts';
import { RemoveButton } from './remove-button.tsx';

type RoleView = CommandResult<'keysShow'>['roles'][number];

const ABOUT: Record<string, string> = {
  root: 'names the keys of all others',
  targets: 'signs releases',
  snapshot: 'says which files belong together',
  timestamp: 'says that all of this is fresh',
};

function Row({ view, reload }: { view: RoleView; reload(): void }) {
  const { role, version, expires, threshold, keys } = view;
  return (
    <tr>
      <th scope="row">
        {role}
        <div class="muted small">{ABOUT[role]}</div>
      </th>
      <td class="number" data-label="version">
        {version === 0 ? <span class="muted">none</span> : version}
      </td>
      <td>
        {expires !== undefined && (
          <>
            ends <When at={expires} />
          </>
        )}
      </td>
      <td>
        {keys.map(({ id, here }) => (
          <div key={id}>
            <State kind={here ? 'ok' : 'off'}>{here ? 'here' : 'elsewhere'}</State>{' '}
            <span class="mono muted" title={id}>
              {id.slice(0, 12)}…
            </span>
          </div>
        ))}
        {threshold > 1 && <div class="muted small">{threshold} must sign</div>}
      </td>
      <td class="right">
        {may('admin') && version > 0 && keys.some(({ here }) => here) && (
          <RemoveButton
            what={`the ${role} key`}
            word="Exchange"
            warning="A new key is made. Where the root key is on this server it counts at once, else once the owner has signed a root that names it."
            act={async () => {
              const { done } = await runCommand('keysRotate', { role });
              announce(done ? `The ${role} key is exchanged` : 'The new key waits for a root that names it');
              reload();
            }}
          />
        )}
      </td>
    </tr>
  );
}

/** Who signs for this fleet, and until when. */
export function Keys() {
  const loaded = useLoad('keys', () => runCommand('keysShow', {}));
  return (
    <Card title="Signing keys">
      <Load of={loaded} what="Signing keys">
        {({ root, roles, warnings }) => (
          <>
            <div class="body stack">
              {warnings.map((warning) => (
                <Notice key={warning} kind="warn">
                  {warning}
                </Notice>
              ))}
              {root === null ? (
                <p class="muted">There are none yet: the first release or token makes them.</p>
              ) : (
                <p class="wrap-any">
                  Every board is enrolled with this root: <code>{root}</code>
                </p>
              )}
            </div>
            <div class="table-box">
              <table class="folds">
                <caption class="only-heard">Roles and their keys</caption>
                <thead>
                  <tr>
                    <th scope="col">Role</th>
                    <th scope="col">Version</th>
                    <th scope="col">Good until</th>
                    <th scope="col">Keys</th>
                    <th scope="col">
                      <span class="only-heard">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {roles.map((view) => (
                    <Row key={view.role} view={view} reload={loaded.reload} />
                  ))}
                </tbody>
              </table>
            </div>
            <p class="hint pad">
              Files are taken in and written out where the server is: <code>perch-server keys import</code>,{' '}
              <code>keys export</code>, <code>keys init</code>.
            </p>
          </>
        )}
      </Load>
    </Card>
  );
}
