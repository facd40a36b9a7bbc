import { useState } from 'preact/hooks';
import { get } from '../../api.ts';
import type { Release } from '../../api-types-fleet.ts';
import { Empty } from '../../parts/empty.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { View } from '../../parts/view.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { bytesText } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';
import { Publish } from './publish.tsx';
import { PublishSigned } from './publish-signed.tsx';

function Row({ release }: { release: Release }) {
  const { platform, version, sequence, length, sha256, created, wanted, held } = release;
  return (
    <tr>
      <th scope="row">{version}</th>
      <td>{platform}</td>
      <td class="number" data-label="Number">
        {sequence}
      </td>
      <td>
        {wanted ? (
          <State kind="ok">for all boards</State>
        ) : held ? (
          <State kind="wait">held for a rollout</State>
        ) : (
          <span class="muted">by rollout or pin</span>
        )}
      </td>
      <td class="number" data-label="Size">
        {bytesText(length)}
      </td>
      <td>
        <When at={created} />
      </td>
      <td class="mono" data-label="SHA-256">
        <span title={sha256}>{sha256.slice(0, 12)}…</span>
      </td>
      {may('operate') && (
        <td class="right">
          <a class="button" href={`/rollouts/new?version=${encodeURIComponent(version)}`}>
            Roll out…
          </a>
        </td>
      )}
    </tr>
  );
}

/** Published executables, and publishing one. */
export function ReleasesView() {
  const loaded = useLoad('releases', (signal) =>
    get<{ releases: Release[] }>('/releases', undefined, signal),
  );
  const [publishes, setPublishes] = useState<'here' | 'signed'>();
  const publishing = {
    onClose: () => setPublishes(undefined),
    onDone: () => {
      setPublishes(undefined);
      loaded.reload();
    },
  };
  return (
    <View
      title="Releases"
      actions={
        may('admin') && (
          <>
            <button type="button" class="button quiet" onClick={() => setPublishes('signed')}>
              Signed elsewhere…
            </button>
            <button type="button" class="button" onClick={() => setPublishes('here')}>
              <Icon name="plus" />
              Publish…
            </button>
          </>
        )
      }
    >
      <Load of={loaded} what="Releases">
        {({ releases }) =>
          releases.length === 0 ? (
            <div class="card">
              <Empty title="Nothing is published yet">
                <p class="muted">
                  Publish what your boards run already: then what comes next travels to them as a patch of
                  kilobytes.
                </p>
              </Empty>
            </div>
          ) : (
            <div class="table-box">
              <table class="folds">
                <caption class="only-heard">Releases by platform, the newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">Platform</th>
                    <th scope="col">Number</th>
                    <th scope="col">Goes to</th>
                    <th scope="col">Size</th>
                    <th scope="col">Published</th>
                    <th scope="col">SHA-256</th>
                    {may('operate') && (
                      <th scope="col">
                        <span class="only-heard">Actions</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {releases.map((release) => (
                    <Row key={release.platform + release.version} release={release} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Load>
      {publishes === 'here' && <Publish {...publishing} />}
      {publishes === 'signed' && <PublishSigned {...publishing} />}
    </View>
  );
}
