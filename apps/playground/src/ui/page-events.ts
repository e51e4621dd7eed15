import { useEffect, useRef } from 'react';

/** Ctrl+Z and Ctrl+Shift+Z or Ctrl+Y, with ⌘ on Macs; not in texts of their own, which browsers undo. */
export function useUndoKeys(undo: () => void, redo: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const { target } = event;
      const isText = target instanceof Element && target.matches('input:not([type=checkbox]), textarea');
      if (isText && target.closest('.option-form') === null) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      if (key === 'y' || event.shiftKey) redo();
      else undo();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [undo, redo]);
}

/** What comes to the page from outside. */
export interface Dropped {
  readonly onFiles: (files: readonly File[]) => void;
  readonly onText: (text: string) => void;
}

/**
 * Files dropped anywhere on the page, and texts dropped or pasted where no field takes them. Of what is pasted, only what could be
 * meant for the page: JSON, or a link.
 */
export function useDropped(dropped: Dropped): void {
  const latest = useRef(dropped);
  useEffect(() => {
    latest.current = dropped;
  });
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (!isForField(event, event.dataTransfer?.types.includes('Files'))) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (isForField(event, files.length > 0)) return;
      event.preventDefault();
      const text = event.dataTransfer?.getData('text/plain');
      if (files.length > 0) latest.current.onFiles(files);
      else if (text) latest.current.onText(text);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isForField(event)) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (/^\s*[[{]/.test(text) || fragmentOf(text) !== undefined) latest.current.onText(text);
      else if (text === '' && files.length > 0) latest.current.onFiles(files);
    };
    addEventListener('dragover', onDragOver);
    addEventListener('drop', onDrop);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('drop', onDrop);
      removeEventListener('paste', onPaste);
    };
  }, []);
}

/** Whether a text goes into the field that it is dropped on or pasted into. */
function isForField({ target }: Event, isFile = false): boolean {
  return !isFile && target instanceof Element && target.closest('input, textarea, select') !== null;
}

/** The fragment of a link to this page; undefined for any other text. */
export function fragmentOf(text: string): string | undefined {
  const [, address, fragment] = /^\s*(\S*)(#v\d+\.[\w-]+)\s*$/.exec(text) ?? [];
  if (address === undefined || fragment === undefined) return undefined;
  const here = `${location.origin}${location.pathname}`;
  return address === '' || address === here || address === here.replace(/index\.html$/, '')
    ? fragment
    : undefined;
}
