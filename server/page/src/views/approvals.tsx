import { useEffect } from 'preact/hooks';
import { get, path, post } from '../api.ts';
import type { DeviceDetail, DeviceKey, DevicePage, DeviceSummary } from '../api-types.ts';
import { calmly } from '../calmly.ts';
import { watch } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/empty.tsx';
import { Fingerprint } from '../parts/fingerprint.tsx';
import { Load } from '../parts/load.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { View } from '../parts/view.tsx';
import { When } from '../parts/when.tsx';
import { may } from '../session.ts';
import { announce } from '../toast.ts';
import { useAction } from '../use-action.ts';
import { useLoad } from '../use-load.ts';

/** Boards that are shown at once; the server keeps no more that wait. */
const SHOWN = 500;
/** Aliases whose further keys are looked at. */
const OTHERS_SHOWN = 50;
const CALM_MS = 2_000;

interface Waiting {
  fresh: DeviceSummary[];
  /** Keys that wait under an alias that is in. */
  others: { device: DeviceSummary; keys: DeviceKey[] }[];
}

async function load(signal: AbortSignal): Promise<Waiting> {
  const [fresh, doubled] = await Promise.all([
    get<DevicePage>('/devices', { status: 'pending', sort: '-lastSeen', limit: SHOWN }, signal),
    get<DevicePage>('/devices', { status: 'approved', waiting: true, limit: OTHERS_SHOWN }, signal),
  ]);
  const details = await Promise.all(
    doubled.devices.map(({ alias }) => get<DeviceDetail>(path('devices', alias), undefined, signal)),
  );
  const others = details.map(({ device, keys }) => ({
    device,
    keys: keys.filter(({ status }) => status === 'pending'),
  }));
  return { fresh: fresh.devices, others };
}

interface RowProps {
  alias: string;
  fingerprint: string;
  about: string;
  lastSeen: number;
  /** It takes the place of the board that is in. */
  instead: boolean;
  busy: boolean;
  approve(alias: string, key: string): void;
}

function WaitingRow({ alias, fingerprint, about, lastSeen, instead, busy, approve }: RowProps) {
  const text = instead ? 'Let in instead' : 'Let in';
  return (
    <li>
      <span class="who-waits">
        <a href={`/boards/${encodeURIComponent(alias)}/manage`}>
          <strong>{alias}</strong>
        </a>
        <span class="muted small">
          {about} · asked <When at={lastSeen} />
        </span>
      </span>
      <Fingerprint text={fingerprint} />
      {may('operate') && (
        <button
          type="button"
          class={instead ? 'button' : 'button main'}
          aria-label={`${text}: ${alias}, key ${fingerprint}`}
          disabled={busy}
          onClick={() => approve(alias, fingerprint)}
        >
          {text}
        </button>
      )}
    </li>
  );
}

function Lists({ waiting: { fresh, others }, reload }: { waiting: Waiting; reload(): void }) {
  const approve = useAction(async (alias: string, key: string) => {
    await post(`${path('devices', alias)}/approve`, { key });
    announce(`${alias} is let in`);
    reload();
  });
  const act = { busy: approve.busy, approve: (alias: string, key: string) => void approve.run(alias, key) };
  if (fresh.length === 0 && others.length === 0)
    return (
      <div class="card">
        <Empty title="Nobody waits">
          <p class="muted">
            A board that comes with a token that has a secret is let in by itself. One without waits here
            until you have compared its key.
          </p>
          {may('operate') && (
            <a class="button" href="/enrol">
              Enrol a board
            </a>
          )}
        </Empty>
      </div>
    );
  return (
    <>
      <Notice kind="info">
        Compare each key with what the board itself shows (<code>perch-agent status</code>), character by
        character. Let it in only when they are the same.
      </Notice>
      <Failure text={approve.error} />
      {fresh.length > 0 && (
        <Card title="New boards">
          <ul class="rows">
            {fresh.map(({ alias, fingerprint, platform, version, lastSeen }) => (
              <WaitingRow
                key={alias + fingerprint}
                {...{ alias, fingerprint, lastSeen, ...act }}
                about={`${platform}, version ${version}`}
                instead={false}
              />
            ))}
          </ul>
        </Card>
      )}
      {others.length > 0 && (
        <Card title="Other keys of boards that are in">
          <p class="pad hint">
            A board of that alias is in already. Letting another key in takes its place: right after a repair
            or a new card, wrong when you expect nothing.
          </p>
          <ul class="rows">
            {others.flatMap(({ device, keys }) =>
              keys.map(({ fingerprint, lastSeen }) => (
                <WaitingRow
                  key={device.alias + fingerprint}
                  {...{ alias: device.alias, fingerprint, lastSeen, ...act }}
                  about={`in now: ${device.fingerprint}`}
                  instead
                />
              )),
            )}
          </ul>
        </Card>
      )}
    </>
  );
}

/** Who waits to be let in. */
export function ApprovalsView() {
  const loaded = useLoad('approvals', load, 30_000);
  const { reload } = loaded;
  useEffect(() => {
    const calm = calmly(reload, CALM_MS);
    const undo = watch('events', calm.soon);
    return () => {
      undo();
      calm.stop();
    };
  }, [reload]);
  return (
    <View title="Approvals">
      <Load of={loaded} what="Approvals">
        {(waiting) => <Lists waiting={waiting} reload={reload} />}
      </Load>
    </View>
  );
}
