import { Component, type ComponentChildren } from 'preact';
import { Notice } from './notice.tsx';
import { View } from './view.tsx';

interface Props {
  /** Where the fault is left behind: the address of the view. */
  at: string;
  children: ComponentChildren;
}

interface State {
  fault: { at: string; text: string } | undefined;
}

/** Keeps a fault of a view to that view: the menu stays, and leads away from it. */
export class FaultBoundary extends Component<Props, State> {
  override state: State = { fault: undefined };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    const text = error instanceof Error ? error.message : String(error);
    this.setState({ fault: { at: this.props.at, text } });
  }

  override render() {
    const { fault } = this.state;
    if (fault?.at !== this.props.at) return this.props.children;
    return (
      <View title="This view has a fault">
        <Notice kind="bad">
          It cannot be shown: {fault.text}.{' '}
          <button type="button" class="link" onClick={() => this.setState({ fault: undefined })}>
            Try again
          </button>
        </Notice>
      </View>
    );
  }
}
