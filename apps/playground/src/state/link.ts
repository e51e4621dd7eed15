import { withChanges } from './options.js';
import { type PageState, readState } from './state.js';

// A link's fragment: the version of its format, a point, and the state as JSON, deflated, in base64url. A fragment stays in the
// browser, so no server sees what is checked.

const version = 'v1';

/** More than this is no state of this page, but an attempt to fill the memory. */
const mostBytes = 4 * 1024 * 1024;

/** Browsers take addresses of 2 MiB at most, and some programs that links are sent with less. */
const mostCharacters = 1_000_000;

/**
 * The fragment of a state, without its #.
 * @throws {Error} in one line, for a state that {@link decodeLink} would not read again
 */
export async function encodeLink(state: PageState): Promise<string> {
  const json = new Blob([jsonOf(state)]);
  if (json.size > mostBytes) throw new Error(tooLong);
  const deflated = json.stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const data = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (data.length > mostCharacters) throw new Error(tooLong);
  return `${version}.${data}`;
}

const tooLong = 'the options are too long for a link';

/** A state as JSON, in which options that JSON has no numbers for are text. */
export function jsonOf(state: PageState): string {
  const kept = <T extends Pick<PageState, 'options'>>(one: T) => ({
    ...one,
    options: withChanges(one.options, {}),
  });
  return JSON.stringify({ ...kept(state), pinned: state.pinned.map(kept) });
}

/**
 * The state of a fragment.
 * @throws {Error} in one line, for what is no link of this page
 */
export async function decodeLink(fragment: string): Promise<PageState> {
  const [, given, data] = /^#?(v\d+)\.([\w-]+)$/.exec(fragment) ?? [];
  if (given === undefined || data === undefined) throw new Error('it is cut off, or not of this page');
  if (given !== version) throw new Error(`it is of format ${given}, and this page reads ${version}`);
  let state: unknown;
  try {
    const binary = atob(data.replaceAll('-', '+').replaceAll('_', '/'));
    state = JSON.parse(await inflate(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
  } catch {
    throw new Error('it is cut off or damaged');
  }
  return readState(state);
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > mostBytes) {
      await reader.cancel();
      throw new Error('too long');
    }
    text += decoder.decode(value, { stream: true });
  }
}
