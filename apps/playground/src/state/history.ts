import type { PageState, Work } from './state.js';

/** The state with what undo and redo lead to. */
export interface History {
  readonly past: readonly Work[];
  readonly now: PageState;
  readonly future: readonly Work[];
  /** What the latest edit was of, and when: edits of the same that follow at once are one step. */
  readonly edit: { readonly of: string; readonly at: number } | undefined;
  /** Whether the latest change is a step of its own in the browser's history too. */
  readonly step: boolean;
}

/** What can happen to the state. */
export type Action =
  /** A change that undo takes back. `of` joins what follows within a second: the letters of one value. */
  | { readonly type: 'edit'; readonly change: Partial<Work>; readonly of?: string; readonly at: number }
  /** A change of what is shown. */
  | { readonly type: 'show'; readonly change: Partial<Pick<PageState, 'view' | 'explore' | 'kernels'>> }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' }
  /** Another state altogether, from a link. */
  | { readonly type: 'load'; readonly state: PageState };

const mostSteps = 200;
const oneEditMs = 1000;

/** The beginning of a history. */
export function beginHistory(now: PageState): History {
  return { past: [], now, future: [], edit: undefined, step: false };
}

/** The history after an action. */
export function advance(history: History, action: Action): History {
  const { past, now, future, edit } = history;
  switch (action.type) {
    case 'edit': {
      const { of, at } = action;
      const goesOn = of !== undefined && edit?.of === of && at - edit.at < oneEditMs;
      return {
        past: goesOn ? past : [...past, workOf(now)].slice(-mostSteps),
        now: { ...now, ...action.change },
        future: [],
        edit: of === undefined ? undefined : { of, at },
        step: !goesOn,
      };
    }
    case 'show':
      return {
        ...history,
        now: { ...now, ...action.change },
        edit: undefined,
        step: action.change.view !== undefined,
      };
    case 'undo': {
      const before = past.at(-1);
      if (before === undefined) return history;
      return {
        past: past.slice(0, -1),
        now: { ...now, ...before },
        future: [workOf(now), ...future],
        edit: undefined,
        step: true,
      };
    }
    case 'redo': {
      const [next, ...rest] = future;
      if (next === undefined) return history;
      return {
        past: [...past, workOf(now)],
        now: { ...now, ...next },
        future: rest,
        edit: undefined,
        step: true,
      };
    }
    case 'load':
      return {
        past: [...past, workOf(now)].slice(-mostSteps),
        now: action.state,
        future: [],
        edit: undefined,
        step: false,
      };
  }
}

function workOf({ options, target, ruleSet, pinned }: PageState): Work {
  return { options, target, ruleSet, pinned };
}
