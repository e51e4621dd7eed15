import address from './worker.ts?worker&url';

/** What browsers that know Trusted Types offer; the compiler's library does not have it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): string };
}

const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };

/** Where a page may load scripts only from addresses that it vouches for, it vouches for this one and no other. */
const policy = trustedTypes?.createPolicy('preflight-worker', {
  createScriptURL: (asked) => {
    if (asked !== address) throw new TypeError(`${asked} is not the address of the worker`);
    return asked;
  },
});

/** A worker that makes maps. */
export function startWorker(): Worker {
  return new Worker(policy?.createScriptURL(address) ?? address, { type: 'module' });
}

/** Whether the host has no such worker any more, as where there is a newer page by now. Without a network one cannot know. */
export async function workerIsGone(): Promise<boolean> {
  try {
    return !(await fetch(address, { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}
