import { useState } from 'preact/hooks';
import { post } from '../api.ts';
import type { Enrolment } from '../api-types.ts';
import { search } from '../navigate.ts';
import { Card } from '../parts/card.tsx';
import { Command, Copy } from '../parts/copy.tsx';
import { Check, Field } from '../parts/field.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { QrCode } from '../parts/qr.tsx';
import { View } from '../parts/view.tsx';
import { When } from '../parts/when.tsx';
import { may } from '../session.ts';
import { tokenLines } from '../text/token-lines.ts';
import { useAction } from '../use-action.ts';

const ALIAS = /^[a-z0-9._-]{1,64}$/;
const DAY = 86_400_000;
const TTLS = [
  [3_600_000, 'an hour'],
  [DAY, 'a day'],
  [7 * DAY, 'a week'],
  [30 * DAY, '30 days'],
] as const;

/** The token, once, and what to do with it. */
function Made({ enrolment, onNext }: { enrolment: Enrolment; onNext(): void }) {
  const { alias, token, expires, replaces, broker } = enrolment;
  const text = tokenLines(token).join('\n');
  return (
    <Card title={`Token for ${alias}`} padded>
      {replaces && (
        <Notice kind="warn">A board is in as {alias}. The one that uses this token takes its place.</Notice>
      )}
      <Notice kind="warn">
        It is shown this once and kept nowhere. Hand it over as you would a password.
      </Notice>
      <div class="token">
        <QrCode text={token} label={`QR code of the token for ${alias}`} />
        <div class="stack">
          <div class="copied tall">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
            <code tabIndex={0}>{text}</code>
            <Copy text={text} />
          </div>
          <p class="hint">
            It works once, and expires <When at={expires} />. The board will connect to <code>{broker}</code>.
          </p>
        </div>
      </div>
      <h3>On the board</h3>
      <ol class="steps">
        <li>
          Start the command, paste the token, press Enter, then Ctrl-D:
          <Command text="perch-agent enroll -" />
        </li>
        <li>
          Let it run from now on:
          <Command text="sudo systemctl enable --now perch-agent" />
        </li>
        <li>Within seconds it is in the fleet.</li>
      </ol>
      <div class="buttons">
        <a class="button main" href={`/boards/${encodeURIComponent(alias)}`}>
          Look at {alias}
        </a>
        <button type="button" class="button" onClick={onNext}>
          Enrol another
        </button>
      </div>
    </Card>
  );
}

function Form({ onMade }: { onMade(enrolment: Enrolment): void }) {
  const [alias, setAlias] = useState(search.value.get('alias') ?? '');
  const [ttl, setTtl] = useState<number>(7 * DAY);
  const [broker, setBroker] = useState('');
  const [secret, setSecret] = useState(true);
  const wrong = alias !== '' && !ALIAS.test(alias);
  const make = useAction(async () => {
    onMade(
      await post<Enrolment>('/enrolments', {
        ...{ alias, ttl },
        ...(broker.trim() === '' ? {} : { broker: broker.trim() }),
        ...(secret ? {} : { secret: false }),
      }),
    );
  });
  return (
    <Card title="Make a token" padded>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) void make.run();
        }}
      >
        <Field
          label="Alias"
          hint="The board's name here, such as greenhouse-1"
          fault={wrong ? 'Use 1 to 64 of a-z 0-9 . _ -' : undefined}
        >
          <input
            class="input mono"
            required
            maxLength={64}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={alias}
            onInput={(event) => setAlias(event.currentTarget.value)}
          />
        </Field>
        <Field label="Good for">
          <select class="input" value={ttl} onChange={(event) => setTtl(Number(event.currentTarget.value))}>
            {TTLS.map(([ms, text]) => (
              <option key={ms} value={ms}>
                {text}
              </option>
            ))}
          </select>
        </Field>
        <Check
          label="The token lets the board in by itself. Without, it waits until you approve its key."
          checked={secret}
          onChange={setSecret}
        />
        <details>
          <summary>More</summary>
          <Field
            label="Broker"
            hint="As this board reaches it, when not as the server says: mqtts://broker.example.org"
          >
            <input
              class="input mono"
              value={broker}
              onInput={(event) => setBroker(event.currentTarget.value)}
            />
          </Field>
        </details>
        <Failure text={make.error} />
        <div class="buttons">
          <button type="submit" class="button main" disabled={make.busy}>
            Make the token
          </button>
        </div>
      </form>
    </Card>
  );
}

/** Brings a board into the fleet. */
export function EnrolView() {
  const [made, setMade] = useState<Enrolment>();
  return (
    <View title="Enrol a board">
      {!may('operate') ? (
        <Notice kind="info">Your login only reads. Somebody with the scope operate makes tokens.</Notice>
      ) : made === undefined ? (
        <Form onMade={setMade} />
      ) : (
        <Made enrolment={made} onNext={() => setMade(undefined)} />
      )}
    </View>
  );
}
