import { Component, type ReactNode, useState } from 'react';
import { messageOf } from '../message-of.js';
import { DownloadError } from './download.js';

interface State {
  readonly part: string;
  readonly error?: unknown;
}

/** Keeps the rest of the page when a part of it fails, and says so. A change of `part` tries again. */
export class ErrorBoundary extends Component<{ readonly part: string; readonly children: ReactNode }, State> {
  override state: State = { part: this.props.part };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ part }: { readonly part: string }, state: State): State | null {
    return part === state.part ? null : { part, error: undefined };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (error instanceof DownloadError) {
      return <NotDownloaded error={error} onThere={() => this.setState({ error: undefined })} />;
    }
    return (
      <p role="alert" className="fault banner">
        This part of the page failed: {messageOf(error)}. Undo takes the latest change back.
      </p>
    );
  }
}

/** A part that did not come, which can be asked for again. */
function NotDownloaded({ error, onThere }: { readonly error: DownloadError; readonly onThere: () => void }) {
  const [tries, setTries] = useState(0);
  const [busy, setBusy] = useState(false);
  const again = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await error.again();
      document.getElementById('main')?.focus();
      onThere();
    } catch {
      setTries(tries + 1);
      setBusy(false);
    }
  };
  return (
    <div role="alert" className="fault banner">
      <p>
        {error.message}: there is no network, or the page has changed on its host.{' '}
        {busy ? 'Trying again …' : tries > 0 && `Tried again ${tries === 1 ? 'once' : `${tries} times`}.`}
      </p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}
