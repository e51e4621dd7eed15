import type { Checker } from '@gemm-preflight/checker-wasm';
import {
  isRuleSetName,
  type KernelInfo,
  type RuleSetName,
  ruleSetNames,
  ruleSets,
  type Severity,
  type TargetName,
  targetNames,
  targets,
} from '@gemm-preflight/types';
import { Suspense, useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { type Brought, nothing, readFiles } from './exchange/brought.js';
import { findingsByField } from './findings/by-field.js';
import { FindingList } from './findings/finding-list.js';
import { FixAll } from './findings/fix-all.js';
import { findingsTitleId, leadToFirst } from './findings/places.js';
import { Verdict } from './findings/verdict.js';
import { OptionForm } from './form/option-form.js';
import { messageOf } from './message-of.js';
import { Pictures } from './pictures/pictures.js';
import { ModelPresets } from './presets/presets.js';
import { encodeLink } from './state/link.js';
import { asOptions, type GivenOptions, withChanges } from './state/options.js';
import { type Explore, type PageState, type View, views, type Work } from './state/state.js';
import { usePageState } from './state/use-page-state.js';
import { Choice } from './ui/choice.js';
import { lazyView } from './ui/download.js';
import { ErrorBoundary } from './ui/error-boundary.js';
import { fragmentOf, useDropped, useUndoKeys } from './ui/page-events.js';
// A view's own style sheet would be left out when the view is asked for again after a failure; so this one comes with the page.
import './explore/explore.css';

const ExploreView = lazyView(() => import('./explore/explore-view.js'));
const CompareView = lazyView(() => import('./compare/compare-view.js'));
const KernelsView = lazyView(() => import('./kernels/kernels-view.js'));
const ExchangeView = lazyView(() => import('./exchange/exchange-view.js'));

const titles = {
  check: 'Check',
  explore: 'Explore',
  compare: 'Compare',
  kernels: 'Kernels',
  exchange: 'In and out',
} as const satisfies Record<View, string>;

/** The page: options on one side, what the checker says of them on the other, and what else one can do with them. */
export function App({
  checker,
  first,
  firstFault,
}: {
  readonly checker: Checker;
  readonly first: PageState;
  readonly firstFault: string | undefined;
}) {
  const [history, dispatch, fault, open] = usePageState(first, firstFault);
  const [catalog, setCatalog] = useState<readonly KernelInfo[]>();
  const [brought, setBrought] = useState<Brought>(nothing);
  const [said, setSaid] = useState('');
  const { now } = history;
  const { options, target, ruleSet, pinned, view, explore, kernels } = now;

  const result = useMemo(
    () => checker.check(asOptions(options), target, { ruleSet }),
    [checker, options, target, ruleSet],
  );
  const findings = useMemo(() => findingsByField(result.diagnostics), [result]);
  // What takes longer to draw follows once the findings are on the screen.
  const later = useDeferredValue(useMemo(() => ({ result, now }), [result, now]));

  const edit = useCallback(
    (change: Partial<Work>, of?: string) => {
      dispatch({ type: 'edit', change, at: performance.now(), ...(of !== undefined && { of }) });
    },
    [dispatch],
  );
  const changeOptions = useCallback(
    (changes: GivenOptions, of?: string) => edit({ options: withChanges(options, changes) }, of),
    [edit, options],
  );
  const show = useCallback((next: View) => dispatch({ type: 'show', change: { view: next } }), [dispatch]);
  const showKernels = useCallback(() => show('kernels'), [show]);
  const undo = useCallback(() => dispatch({ type: 'undo' }), [dispatch]);
  const redo = useCallback(() => dispatch({ type: 'redo' }), [dispatch]);
  useUndoKeys(undo, redo);
  const showFindings = (severity: Severity) => {
    // The list has to be there before one can be led to it.
    if (view !== 'check') flushSync(() => show('check'));
    leadToFirst(severity);
  };
  const bring = (given: Brought) => {
    setBrought(given);
    show('exchange');
  };
  useDropped({
    onText: (text) => {
      const link = fragmentOf(text);
      if (link === undefined) bring({ text });
      else open(link);
    },
    onFiles: (files) => void readFiles(files).then(bring),
  });
  useEffect(() => {
    document.title = `${result.ok ? '✓' : '✗'} Preflight · ${titles[view]}`;
  }, [result.ok, view]);

  const copyLink = async () => {
    let fragment: string;
    try {
      // Of the state, for the address follows a moment later.
      fragment = await encodeLink(now);
    } catch (error) {
      setSaid(`No link was copied: ${messageOf(error)}.`);
      return;
    }
    try {
      await navigator.clipboard.writeText(`${location.href.split('#')[0]}#${fragment}`);
      setSaid('Link copied.');
    } catch {
      setSaid('The browser did not allow to copy; the address is the link.');
    }
  };

  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <h1>
          <img src="./icon.svg" alt="" width="28" height="28" /> Preflight
        </h1>
        <div className="settings">
          <Choice<TargetName>
            label="Target"
            value={target}
            choices={targetNames}
            textOf={(name) => `${name} · ${targets[name].arch}, ${targets[name].numSms} SMs`}
            onChange={(name) => edit({ target: name })}
          />
          <Choice<RuleSetName>
            label="Rules"
            value={ruleSet}
            choices={ruleSetNames}
            textOf={(name) => `${name} · ${ruleSets[name].title}`}
            onChange={(name) => edit({ ruleSet: name })}
          />
          <div className="buttons">
            {/* A button that is disabled while it has the focus would lose it. */}
            <button type="button" onClick={undo} aria-disabled={history.past.length === 0}>
              Undo
            </button>
            <button type="button" onClick={redo} aria-disabled={history.future.length === 0}>
              Redo
            </button>
            <button type="button" onClick={copyLink}>
              Copy link
            </button>
          </div>
        </div>
        <nav aria-label="Views" className="tabs">
          {views.map((one) => (
            <button
              key={one}
              type="button"
              className="tab"
              aria-current={view === one ? 'page' : undefined}
              onClick={() => show(one)}
            >
              {titles[one]}
              {one === 'compare' && pinned.length > 0 && ` (${pinned.length + 1})`}
            </button>
          ))}
        </nav>
      </header>
      <Verdict
        result={result}
        target={target}
        ruleSet={ruleSet}
        onFindings={showFindings}
        onRuleSet={(name) => edit({ ruleSet: name })}
      />
      <p role="status" className="said">
        {said}
      </p>
      {fault !== undefined && (
        <p role="alert" className="fault banner">
          {fault.kind === 'unwritable'
            ? `The address stays as it was: ${fault.message}. A reload may lose what came after it.`
            : `The link cannot be read: ${fault.message}. ${
                fault.message === firstFault ? 'This is where the page begins.' : 'The page stays as it was.'
              }`}
        </p>
      )}
      <main id="main" tabIndex={-1}>
        <ErrorBoundary part={`${view} ${history.past.length} ${history.future.length}`}>
          {view === 'check' ? (
            <div className="check">
              <section className="given" aria-label="Configuration">
                <ModelPresets
                  batchM={options['batchM'] === true}
                  onChange={changeOptions}
                  onKernels={showKernels}
                />
                <OptionForm options={options} findings={findings} onChange={changeOptions} />
              </section>
              <section className="found" aria-labelledby={findingsTitleId}>
                <h2 id={findingsTitleId} tabIndex={-1}>
                  Findings
                </h2>
                <FixAll checker={checker} work={now} onChange={changeOptions} />
                <FindingList diagnostics={result.diagnostics} onChange={changeOptions} />
              </section>
              <section className="seen" aria-labelledby="seen-title">
                <h2 id="seen-title">Pictures</h2>
                <Pictures result={later.result} target={later.now.target} />
              </section>
            </div>
          ) : (
            <Suspense fallback={<p className="loading">Loading …</p>}>
              {view === 'explore' && (
                <ExploreView
                  options={options}
                  target={target}
                  ruleSet={ruleSet}
                  explore={explore}
                  onExplore={(change: Partial<Explore>) =>
                    dispatch({ type: 'show', change: { explore: { ...explore, ...change } } })
                  }
                  onTake={changeOptions}
                />
              )}
              {view === 'compare' && (
                <CompareView
                  checker={checker}
                  work={now}
                  onPin={() =>
                    edit({ pinned: [...pinned, { label: labelOf(now), options, target, ruleSet }] })
                  }
                  onUnpin={(index) => edit({ pinned: pinned.filter((_, i) => i !== index) })}
                  onTake={({ label: _, ...configuration }) => edit(configuration)}
                />
              )}
              {view === 'kernels' && (
                <KernelsView
                  checker={checker}
                  options={options}
                  target={target}
                  catalog={catalog?.length === kernels.brought ? catalog : undefined}
                  shown={kernels}
                  onShown={(change) =>
                    dispatch({ type: 'show', change: { kernels: { ...kernels, ...change } } })
                  }
                  onTake={(taken, itsRules) =>
                    // A kernel may obey rules that this page does not know; the checker would refuse them.
                    edit({ options: taken, ...(isRuleSetName(itsRules) && { ruleSet: itsRules }) })
                  }
                />
              )}
              {view === 'exchange' && (
                <ExchangeView
                  checker={checker}
                  work={now}
                  result={result}
                  brought={brought}
                  onBrought={setBrought}
                  onOptions={edit}
                  onCatalog={(given) => {
                    setCatalog(given);
                    dispatch({
                      type: 'show',
                      change: { view: 'kernels', kernels: { ...kernels, brought: given?.length ?? null } },
                    });
                  }}
                />
              )}
            </Suspense>
          )}
        </ErrorBoundary>
      </main>
      <footer>
        Nothing leaves this page: it checks here, with the module that servers run.{' '}
        <a href="./rules/index.html" target="_blank" rel="noreferrer">
          All rules
        </a>
      </footer>
    </>
  );
}

/** What a kept configuration is called: its letter, and what one sees first of it. */
function labelOf({ options, pinned }: Work): string {
  const used = new Set(pinned.map(({ label }) => label[0]));
  const letter = ['A', 'B', 'C', 'D'].find((one) => !used.has(one)) ?? 'E';
  return `${letter}: ${options['tileM']}×${options['tileN']}×${options['tileK']}`;
}
