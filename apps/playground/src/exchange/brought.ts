/** What was brought to the page, by a paste, a drop or a file that was opened. */
export interface Brought {
  readonly text: string;
  /** Why there is no text. */
  readonly fault?: string;
  /** What else is to be said. */
  readonly note?: string;
}

/** Nothing yet. */
export const nothing: Brought = { text: '' };

/** More than this would keep the page from answering for seconds. */
export const mostBytes = 8 * 1024 * 1024;

/** What to say of a text or a file that is larger than {@link mostBytes}. */
export const tooLarge = `more than ${mostBytes / 1024 / 1024} MiB, the most that this page reads`;

/** The text of the first of some files. Its size is looked at before it is read: a text takes memory several times. */
export async function readFiles(files: readonly File[]): Promise<Brought> {
  const [file, ...others] = files;
  if (file === undefined) return nothing;
  const note = others.length > 0 && {
    note: `Only the first of ${files.length} files is read: ${file.name}.`,
  };
  if (file.size > mostBytes) return { text: '', fault: `${file.name} has ${tooLarge}`, ...note };
  try {
    const text = await file.text();
    return text.trim() === '' ? { text: '', fault: `${file.name} is empty`, ...note } : { text, ...note };
  } catch {
    const fault = `${file.name} cannot be read: it is a folder, or a file that is gone or not to be read`;
    return { text: '', fault, ...note };
  }
}
