import { useRef, useState } from 'preact/hooks';
import type { LatestItem } from '../../api-types.ts';
import { now } from '../../now.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { valueText } from '../../text/units.ts';
import { isOwnMetric, reasonText } from '../../text/words.ts';
import type { Loaded } from '../../use-load.ts';
import { Charts } from './charts.tsx';
import { firstChoice, isChartable } from './choice.ts';
import { isLate } from './latest.ts';

/** Charts at once, so that each can still be read. */
const CHARTS_LIMIT = 4;

interface RowProps {
  item: LatestItem;
  chosen: boolean;
  onChoose: ((chosen: boolean) => void) | undefined;
}

function ItemRow({ item, chosen, onChoose }: RowProps) {
  const { name, value, unit, error, at } = item;
  const late = isLate(item, now.value);
  return (
    <tr>
      <th scope="row" class="wrap-any">
        {onChoose === undefined ? (
          name
        ) : (
          <label class="check">
            <input
              type="checkbox"
              checked={chosen}
              onChange={(event) => onChoose(event.currentTarget.checked)}
            />
            <span>{name}</span>
          </label>
        )}
      </th>
      <td class="number">
        {error === undefined ? (
          <strong>{value === undefined ? '–' : valueText(value, unit)}</strong>
        ) : (
          <State kind="bad">{reasonText(error)}</State>
        )}
      </td>
      <td>
        {late ? (
          <State kind="warn">
            <When at={at} />
          </State>
        ) : (
          <When at={at} />
        )}
      </td>
    </tr>
  );
}

/** What the board measures, now and over time. */
export function Values({ alias, latest }: { alias: string; latest: Loaded<LatestItem[]> }) {
  const [own, setOwn] = useState<string[]>();
  const items = latest.data?.filter(({ name }) => !isOwnMetric(name)) ?? [];
  /** Chosen for whoever has not: they stay, whatever the items do later. */
  const first = useRef<string[]>([]);
  const known = (name: string): boolean => items.some((item) => item.name === name);
  first.current = firstChoice(items, first.current.filter(known));
  const chosen = own?.filter(known) ?? first.current;
  const choose = (name: string, on: boolean): void =>
    setOwn(on ? [...chosen, name].slice(-CHARTS_LIMIT) : chosen.filter((each) => each !== name));
  return (
    <>
      {items.length > 0 && <Charts alias={alias} items={chosen} />}
      <Card title="Live values" beside={<span class="hint">Tick up to {CHARTS_LIMIT} for the charts</span>}>
        <Load of={latest} what="Live values">
          {() =>
            items.length === 0 ? (
              <Empty title="No value has come yet">
                <p class="muted">
                  Once the board is connected and its config names sensors, their values stand here.
                </p>
                <a class="button" href={`/configs/boards/${encodeURIComponent(alias)}`}>
                  Look at its config
                </a>
              </Empty>
            ) : (
              <div class="table-box">
                <table class="values folds">
                  <caption class="only-heard">Newest value of each item</caption>
                  <thead>
                    <tr>
                      <th scope="col">Item</th>
                      <th scope="col">Value</th>
                      <th scope="col">Age</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((item) => (
                      <ItemRow
                        key={item.name}
                        item={item}
                        chosen={chosen.includes(item.name)}
                        onChoose={isChartable(item) ? (on) => choose(item.name, on) : undefined}
                      />
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Load>
      </Card>
    </>
  );
}
