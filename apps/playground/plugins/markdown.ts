/** As much of Markdown as the rules' pages have: headings, paragraphs, lists, tables, fenced code; code, bold and links in a line. */
export function markdownToHtml(markdown: string): string {
  const lines = markdown.replace(/<!--[\s\S]*?-->\n*/g, '').split('\n');
  const html: string[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean): readonly string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (line === '') at++;
    else if (heading) {
      const [, marks = '#', text = ''] = heading;
      html.push(`<h${marks.length} id="${anchorOf(text)}">${inline(text)}</h${marks.length}>`);
      at++;
    } else if (line.startsWith('```')) {
      at++;
      const code = take((one) => !one.startsWith('```'));
      at++;
      html.push(`<pre tabindex="0"><code>${escapeHtml(code.join('\n'))}</code></pre>`);
    } else if (line.startsWith('|')) html.push(table(take((one) => one.startsWith('|'))));
    else if (line.startsWith('- ')) {
      const items = take((one) => one.startsWith('- ')).map((one) => `<li>${inline(one.slice(2))}</li>`);
      html.push(`<ul>${items.join('')}</ul>`);
    } else {
      const text = take((one) => one !== '' && !/^(#|```|\||- )/.test(one));
      html.push(`<p>${inline(text.join(' '))}</p>`);
    }
  }
  return html.join('\n');
}

function table(lines: readonly string[]): string {
  const rows = lines.map((line) =>
    line
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim().replaceAll('\\|', '|'))),
  );
  const [head = [], , ...body] = rows;
  const named = head.some((cell) => cell !== '');
  const row = (cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => (i === 0 && !named ? `<th scope="row">${cell}</th>` : `<td>${cell}</td>`)).join('')}</tr>`;
  const title = (cell: string) => (cell === '' ? '<td></td>' : `<th scope="col">${cell}</th>`);
  const top = named ? `<thead><tr>${head.map(title).join('')}</tr></thead>` : '';
  return `<table>${top}<tbody>${body.map(row).join('')}</tbody></table>`;
}

function inline(text: string): string {
  return escapeHtml(text)
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`')
        ? `<code>${part.slice(1, -1)}</code>`
        : part.replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>').replace(/\b_([^_]+)_\b/g, '<em>$1</em>'),
    )
    .join('')
    .replace(/\[((?:<code>.*?<\/code>|[^\]])+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
