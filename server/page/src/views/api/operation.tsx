import { useState } from 'preact/hooks';
import { Copy } from '../../parts/copy.tsx';
import { curlOf, type JsonSchema, membersOf, type Operation } from './openapi.ts';

interface Row {
  name: string;
  type: string;
  description: string;
  required: boolean;
}

function Rows({ title, rows }: { title: string; rows: Row[] }) {
  if (rows.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <dl class="members">
        {rows.map(({ name, type, description, required }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
              {required && <span class="muted small"> needed</span>}
            </dt>
            <dd>
              <span class="muted">{type}</span>
              {description !== '' && <div>{description}</div>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const rowsOf = (schema: JsonSchema | undefined): Row[] =>
  schema === undefined ? [] : membersOf(schema).map(({ path, ...rest }) => ({ name: path, ...rest }));

function Details({ operation }: { operation: Operation }) {
  const { parameters, body, bodyType, answer, answerType, status, description, scope } = operation;
  const curl = curlOf(operation, location.origin);
  return (
    <div class="stack operation-body">
      {description !== '' && <p>{description}</p>}
      <p class="small">
        {scope === undefined ? (
          'Needs no token.'
        ) : (
          <>
            Needs the scope <span class="tag">{scope}</span>.
          </>
        )}{' '}
        {status !== '' && `Answers ${status}`}
        {answerType !== undefined && ` with ${answerType}`}
        {status !== '' && '.'}
      </p>
      <Rows
        title="Parameters"
        rows={parameters.map(({ place, type, ...rest }) => ({ ...rest, type: `${place}: ${type}` }))}
      />
      {bodyType !== undefined && <p>The body is {bodyType}.</p>}
      <Rows title="Body" rows={rowsOf(body)} />
      <Rows title="Answer" rows={rowsOf(answer)} />
      <div class="copied tall">
        <code class="lines">{curl}</code>
        <Copy text={curl} />
      </div>
    </div>
  );
}

/** One call: its line, and all about it when it is opened. */
export function OperationView({ operation }: { operation: Operation }) {
  const { id, method, path, summary } = operation;
  const [open, setOpen] = useState(false);
  return (
    <details id={id} class="operation" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <code class="wrap-any">{path}</code>
        <span class="muted">{summary}</span>
      </summary>
      {open && <Details operation={operation} />}
    </details>
  );
}
