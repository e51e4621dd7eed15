/** The element's own style. What a page may want otherwise is a custom property, with the value that it has without one. */
const style = `
:host {
  --text: var(--preflight-text, light-dark(#182032, #e6ebf4));
  --ground: var(--preflight-ground, light-dark(#ffffff, #181e28));
  --line: var(--preflight-line, light-dark(#d3dae6, #303a4a));
  --accent: var(--preflight-accent, light-dark(#1f4fd8, #86abff));
  --error: var(--preflight-error, light-dark(#b3261e, #ff9a90));
  --adjusted: var(--preflight-adjusted, light-dark(#7a5200, #f0c160));
  --note: var(--preflight-note, light-dark(#3c5a80, #9cc0ea));
  --good: var(--preflight-good, light-dark(#0b6b45, #6fdba8));
  display: block;
  font: var(--preflight-font, inherit);
  color: var(--text);
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: var(--preflight-radius, 10px);
  padding: var(--preflight-padding, 0.75em 1em);
}
:host([hidden]) {
  display: none;
}
p {
  margin: 0;
}
.verdict {
  font-weight: 600;
}
.verdict[data-ok='true'] {
  color: var(--good);
}
.verdict[data-ok='false'],
.fault {
  color: var(--error);
}
ul {
  list-style: none;
  margin: 0;
  padding: 0;
}
li {
  border-left: 3px solid var(--own);
  margin-top: 0.7em;
  padding-left: 0.7em;
}
li[data-severity='error'] {
  --own: var(--error);
}
li[data-severity='adjusted'] {
  --own: var(--adjusted);
}
li[data-severity='note'] {
  --own: var(--note);
}
.rule {
  color: var(--own);
  font-size: 0.9em;
}
.message {
  overflow-wrap: anywhere;
}
button {
  font: inherit;
  font-size: 0.9em;
  min-height: 2em;
  margin: 0.3em 0.4em 0 0;
  padding: 0.1em 0.7em;
  color: var(--accent);
  background: none;
  border: 1px solid currentcolor;
  border-radius: 0.4em;
  cursor: pointer;
}
button:focus-visible,
.status:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}
`;

let sheet: CSSStyleSheet | undefined;

/** The style of all elements of a page: one sheet, made with the first of them. */
export function styleSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}
