import { useEffect } from 'preact/hooks';
import { get, path, post } from '../api.ts';
import type { DeviceDetail, DevicePage } from '../api-types.ts';
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
import { counted } from '../text/units.ts';
import { announce } from '../toast.ts';
import { useAction } from '../use-action.ts';
import { useLoad } from '../use-load.ts';
import { type WaitingKey, waitingKeys } from './waiting-keys.ts';

/** Aliases that are shown at once, as many as a request gives. */
const SHOWN = 500;
/** Aliases whose further keys are looked at, a request each. */
const DOUBLED_SHOWN = 50;
const CALM_MS = 2_000;

interface Waiting {
  fresh: WaitingKey[];
  others: WaitingKey[];
  /** Aliases that wait, and aliases with further keys, of which nothing is shown. */
  more: { fresh: number; doubled: number };
}

async function load(signal: AbortSignal): Promise<Waiting> {
  const [fresh, doubled] = await Promise.all([
    get<DevicePage>('/devices', { status: 'pending', sort: '-lastSeen', limit: SHOWN }, signal),
    get<DevicePage>('/devices', { waiting: true, sort: '-lastSeen', limit: DOUBLED_SHOWN }, signal),
  ]);
  const details = await Promise.all(
    doubled.devices.map(({ alias }) => get<DeviceDetail>(path('devices', alias), undefined, signal)),
  );
  return {
    ...waitingKeys(fresh.devices, details),
    more: { fresh: fresh.total - fresh.devices.length, doubled: doubled.total - doubled.devices.length },
  };
}

interface RowProps {
  waiting: WaitingKey;
  busy: boolean;
  approve(alias: string, key: string): void;
}

function WaitingRow({ waiting, busy, approve }: RowProps) {
  const { alias, fingerprint, platform, version, lastSeen, of, instead } = waiting;
  const text = instead === undefined ? 'Let in' : 'Let in instead';
  return (
    <li>
      <span class="who-waits">
        <a href={`/boards/${encodeURIComponent(alias)}/manage`}>
          <strong>{alias}</strong>
        </a>
        <span class="muted small">
          {instead === undefined ? `${platform}, version ${version}` : `in now: ${instead}`} · asked{' '}
          <When at={lastSeen} />
        </span>
        {instead === undefined && of > 1 && (
          <span class="small">One of {of} keys that ask for this alias</span>
        )}
      </span>
      <Fingerprint text={fingerprint} />
      {may('operate') && (
        <button
          type="button"
          class={instead === undefined ? 'button main' : 'button'}
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

function Lists({ waiting: { fresh, others, more }, reload }: { waiting: Waiting; reload(): void }) {
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
            {fresh.map((waiting) => (
              <WaitingRow key={waiting.alias + waiting.fingerprint} waiting={waiting} {...act} />
            ))}
          </ul>
          {more.fresh > 0 && (
            <p class="hint pad">
              Those that asked last are shown; {counted(more.fresh, 'more alias waits', 'more aliases wait')}.
            </p>
          )}
        </Card>
      )}
      {others.length > 0 && (
        <Card title="Other keys of boards that are in">
          <p class="pad hint">
            A board of that alias is in already. Letting another key in takes its place: right after a repair
            or a new card, wrong when you expect nothing.
          </p>
          <ul class="rows">
            {others.map((waiting) => (
              <WaitingRow key={waiting.alias + waiting.fingerprint} waiting={waiting} {...act} />
            ))}
          </ul>
        </Card>
      )}
      {more.doubled > 0 && (
        <p class="hint">
          Further keys wait for {counted(more.doubled, 'more alias', 'more aliases')}; they are shown once
          some of these are let in, and on each board's page under Manage.
        </p>
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
