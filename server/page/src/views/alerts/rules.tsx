import { useState } from 'preact/hooks';
import { get } from '../../api.ts';
import type { AlertRule } from '../../api-types-fleet.ts';
import { Empty } from '../../parts/empty.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { may } from '../../session.ts';
import { useLoad } from '../../use-load.ts';
import { RuleDialog } from './rule-dialog.tsx';
import { scopeText, whenText } from './rule-form.ts';
import { SeverityState } from './severity.tsx';

/** What is watched. */
export function Rules() {
  const loaded = useLoad('rules', (signal) => get<{ rules: AlertRule[] }>('/alert-rules', undefined, signal));
  const [edited, setEdited] = useState<AlertRule | 'new'>();
  const mayEdit = may('operate');
  return (
    <>
      {mayEdit && !loaded.missing && (
        <div class="buttons">
          <button type="button" class="button" onClick={() => setEdited('new')}>
            <Icon name="plus" />
            Add a rule
          </button>
        </div>
      )}
      <Load of={loaded} what="Alert rules">
        {({ rules }) =>
          rules.length === 0 ? (
            <div class="card">
              <Empty title="Nothing is watched yet">
                <p class="muted">
                  A rule names what should not be: a value over or under a bound, one that changes too fast,
                  or a board that is silent.
                </p>
              </Empty>
            </div>
          ) : (
            <div class="card">
              <ul class="rows">
                {rules.map((rule) => (
                  <li key={rule.id}>
                    <span class="who-waits">
                      <strong>{rule.name}</strong>
                      <span class="muted small wrap-any">
                        {scopeText(rule.scope)}: {whenText(rule.when)}
                      </span>
                    </span>
                    {rule.enabled ? (
                      <SeverityState severity={rule.severity} />
                    ) : (
                      <State kind="off">switched off</State>
                    )}
                    {mayEdit && (
                      <button
                        type="button"
                        class="button"
                        aria-label={`Change ${rule.name}`}
                        onClick={() => setEdited(rule)}
                      >
                        Change…
                      </button>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          )
        }
      </Load>
      {edited !== undefined && (
        <RuleDialog
          rule={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
          onDone={() => {
            setEdited(undefined);
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
