import type { PointerEvent } from 'react';

/** For what leaves a picture: a finger that is lifted has left too, and what it pointed at is to stand. */
export function unlessTouched(clear: () => void): (event: PointerEvent) => void {
  return ({ pointerType }) => {
    if (pointerType !== 'touch') clear();
  };
}
