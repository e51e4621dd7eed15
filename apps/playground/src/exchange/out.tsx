import type { CheckResult } from '@gemm-preflight/types';
import { useMemo, useState } from 'react';
import { messageOf } from '../message-of.js';
import type { Work } from '../state/state.js';
import { Choice } from '../ui/choice.js';
import { Scrolls } from '../ui/scrolls.js';
import { beginningOf } from './beginning.js';
import { download } from './download.js';
import { sarifLog } from './sarif.js';
import { caseJson, type Form, forms, write } from './write-output.js';

const fileName = 'configuration.json';

/** The forms in which the configuration leaves the page. */
export function Out({ work, result }: { readonly work: Work; readonly result: CheckResult }) {
  const [form, setForm] = useState<Form>('JSON');
  const text = useMemo(() => write(form, work), [form, work]);
  const [said, setSaid] = useState({ of: text, words: '' });
  const say = (words: string) => setSaid({ of: text, words });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`Copied as ${form}.`);
    } catch {
      say('The browser did not allow to copy; the text below can be selected.');
    }
  };
  const save = (name: string, type: string, content: () => string) => {
    try {
      download(name, type, content());
      say(`Saved as ${name}.`);
    } catch (error) {
      say(`${name} cannot be made of this configuration: ${messageOf(error)}.`);
    }
  };
  const sarif = () => {
    const { target, ruleSet } = work;
    return sarifLog(result, { json: caseJson(work), uri: fileName, target, ruleSet, rulesAt: rulesAt() });
  };
  return (
    <section aria-labelledby="out-title">
      <h3 id="out-title">Out</h3>
      <div className="bar">
        <Choice label="As" value={form} choices={forms} onChange={setForm} />
        <button type="button" className="primary" onClick={copy}>
          Copy
        </button>
        <button type="button" onClick={() => save(fileName, 'application/json', () => caseJson(work))}>
          Download JSON
        </button>
        <button type="button" onClick={() => save('preflight.sarif', 'application/sarif+json', sarif)}>
          Download SARIF
        </button>
      </div>
      <p role="status" className="hint">
        {said.of === text && said.words}
      </p>
      <Scrolls label={`The configuration as ${form}`}>
        <pre className="code">{beginningOf(text)}</pre>
      </Scrolls>
    </section>
  );
}

/** The folder of the rules' pages; undefined where nobody else could open it. */
function rulesAt(): string | undefined {
  const { href, protocol } = new URL('./rules/', document.baseURI);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}
