import { Component, type ReactNode } from 'react';
import { messageOf } from '../state/use-page-state.js';

/** Keeps the rest of the page when a part of it fails, and says so. A change of `part` tries again. */
export class ErrorBoundary extends Component<
  { readonly part: string; readonly children: ReactNode },
  { readonly fault?: string; readonly part: string }
> {
  override state: { readonly fault?: string; readonly part: string } = { part: this.props.part };

  static getDerivedStateFromError(error: unknown) {
    return { fault: messageOf(error) };
  }

  static getDerivedStateFromProps({ part }: { readonly part: string }, state: { readonly part: string }) {
    return part === state.part ? null : { part, fault: undefined };
  }

  override render() {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return (
      <p role="alert" className="fault banner">
        This part of the page failed: {fault}. Undo takes the latest change back.
      </p>
    );
  }
}
