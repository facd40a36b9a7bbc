import { useState } from 'preact/hooks';
import { path, post } from '../../api.ts';
import type { DeviceDetail } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { Groups } from './groups.tsx';
import { Keys } from './keys.tsx';
import { PinCard } from './pin-card.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

interface Props {
  detail: DeviceDetail;
  onChange(): void;
}

/** What can be done with a board. */
export function Manage({ detail, onChange }: Props) {
  const { device, keys } = detail;
  const { alias, status } = device;
  const [revokes, setRevokes] = useState(false);
  const mayOperate = may('operate');
  return (
    <>
      <Keys keys={keys} alias={alias} onChange={onChange} />
      <div class="columns">
        <Groups key={device.groups.join()} alias={alias} groups={device.groups} onChange={onChange} />
        <PinCard kind="board" name={alias} />
      </div>
      {mayOperate && (
        <Card title="Shut out or replace" padded>
          <p>
            A new token for this alias lets another board take its place; the values that are stored stay with
            the alias.
          </p>
          <div class="buttons">
            <a class="button" href={`/enrol?alias=${encodeURIComponent(alias)}`}>
              Make a token for a replacement
            </a>
            {status === 'approved' && (
              <button type="button" class="button danger" onClick={() => setRevokes(true)}>
                Revoke this board…
              </button>
            )}
          </div>
        </Card>
      )}
      {revokes && (
        <RevokeDialog
          alias={alias}
          onClose={() => setRevokes(false)}
          act={async () => {
            await post(`${path('devices', alias)}/revoke`);
            announce(`${alias} is shut out`);
            setRevokes(false);
            onChange();
          }}
        />
      )}
    </>
  );
}
