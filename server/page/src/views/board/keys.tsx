import { path, post } from '../../api.ts';
import type { DeviceKey } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { Fingerprint } from '../../parts/fingerprint.tsx';
import { Failure } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';

const STANDING = {
  approved: <State kind="ok">let in</State>,
  pending: <State kind="wait">waits</State>,
  revoked: <State kind="stop">shut out</State>,
};

interface Props {
  alias: string;
  keys: DeviceKey[];
  onChange(): void;
}

/** Every key that came under an alias, and letting one in. */
export function Keys({ alias, keys, onChange }: Props) {
  const approve = useAction(async (key: string) => {
    await post(`${path('devices', alias)}/approve`, { key });
    announce(`${alias} is let in`);
    onChange();
  });
  const isIn = keys.some(({ status }) => status === 'approved');
  return (
    <Card title={keys.length > 1 ? 'Keys that came under this alias' : 'Key'}>
      <Failure text={approve.error} />
      <ul class="rows">
        {keys.map(({ fingerprint, status, lastSeen }) => (
          <li key={fingerprint}>
            <Fingerprint text={fingerprint} />
            <span class="state-cell">
              {STANDING[status]}{' '}
              <span class="muted small">
                seen <When at={lastSeen} />
              </span>
            </span>
            {status !== 'approved' && may('operate') && (
              <button
                type="button"
                class="button"
                disabled={approve.busy}
                onClick={() => void approve.run(fingerprint)}
              >
                {isIn ? 'Let this one in instead' : 'Let it in'}
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="hint pad">
        The board shows its own fingerprint: perch-agent status. Let in only what is the same.
      </p>
    </Card>
  );
}
