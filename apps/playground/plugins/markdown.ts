import { Marked, type Tokens } from 'marked';
import { gfmHeadingId } from 'marked-gfm-heading-id';

/** Markdown as HTML that keyboards and screen readers get on with: code can be scrolled to, tables say what heads what. */
export function markdownToHtml(markdown: string): string {
  const marked = new Marked(gfmHeadingId(), {
    renderer: {
      html: () => '', // the generator's note
      code: ({ text }) => `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>\n`,
      table({ header, rows }) {
        const cells = (row: readonly Tokens.TableCell[]) =>
          row.map((cell) => this.parser.parseInline(cell.tokens));
        return table(cells(header), rows.map(cells));
      },
    },
  });
  return marked.parse(markdown, { async: false });
}

/** Without column titles, each row's first cell is its title. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const named = titles.some((title) => title !== '');
  const row = (cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => (i === 0 && !named ? `<th scope="row">${cell}</th>` : `<td>${cell}</td>`)).join('')}</tr>`;
  const title = (cell: string) => (cell === '' ? '<td></td>' : `<th scope="col">${cell}</th>`);
  const head = named ? `<thead><tr>${titles.map(title).join('')}</tr></thead>` : '';
  return `<table>${head}<tbody>${rows.map(row).join('')}</tbody></table>\n`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
