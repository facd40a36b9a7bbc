import { get, path } from '../../api.ts';
import { Failure } from '../../parts/notice.tsx';
import { useAction } from '../../use-action.ts';
import type { BoardConfig } from './types.ts';

/** Puts into the editor what the board gets now. */
export function BeginButton({ alias, edit }: { alias: string; edit(text: string): void }) {
  const begin = useAction(async () =>
    edit((await get<BoardConfig>(`${path('devices', alias)}/config`)).text),
  );
  return (
    <>
      {' '}
      <button type="button" class="link" disabled={begin.busy} onClick={() => void begin.run()}>
        Begin with what the board gets now
      </button>
      <Failure text={begin.error} />
    </>
  );
}
