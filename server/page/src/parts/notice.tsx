import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

/** Something that a person should read. Errors are read aloud at once. */
export function Notice({
  kind,
  children,
}: {
  kind: 'info' | 'good' | 'warn' | 'bad';
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
      <Icon name={kind === 'bad' || kind === 'warn' ? 'warn' : kind === 'good' ? 'check' : 'info'} />
      <div>{children}</div>
    </div>
  );
}

/** What an action ended with, if it did not succeed. */
export const Failure = ({ text }: { text: string | undefined }) =>
  text === undefined ? null : <Notice kind="bad">{text}</Notice>;
