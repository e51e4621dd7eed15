import { type ComponentType, lazy, type ReactNode } from 'react';

/** A part of the page did not come: there is no network, or the host has a newer page with other parts. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  /** Tries once more. @throws what keeps the part from coming */
  readonly again: () => Promise<void>;

  constructor(cause: unknown, again: () => Promise<void>) {
    super('A part of this page could not be downloaded', { cause });
    this.again = again;
  }
}

/**
 * Loads a part of the page.
 * @throws {DownloadError} where it does not come
 */
export async function download<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new DownloadError(cause, async () => {
      await loadAgain(load);
    });
  }
}

/** A view that is loaded when it is first shown. */
export function lazyView<P extends object>(load: () => Promise<{ readonly default: ComponentType<P> }>) {
  // React remembers a failure for as long as it knows the component.
  const attempt = (): ComponentType<P> =>
    lazy(() =>
      load().catch((cause: unknown) => {
        throw new DownloadError(cause, async () => {
          await loadAgain(load);
          View = attempt();
        });
      }),
    );
  let View = attempt();
  return (props: P): ReactNode => <View {...props} />;
}

/** Browsers may remember that a module did not come. Where the host answers, the page is loaded anew; its state is in the address. */
async function loadAgain<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const answers = await fetch('./', { cache: 'no-store' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!answers) throw error;
    location.reload();
    return new Promise(() => {});
  }
}
