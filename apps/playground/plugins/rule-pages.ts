import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { policy } from './content-policy.js';
import { markdownToHtml } from './markdown.js';

const folder = fileURLToPath(new URL('../../../docs/rules/', import.meta.url));
const style = fileURLToPath(new URL('./rule-page.css', import.meta.url));

/** The pages of docs/rules as HTML below rules/, in the build and from the development server. */
export function rulePages(): Plugin {
  return {
    name: 'rule-pages',
    generateBundle() {
      for (const [fileName, source] of pages()) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const page = new Map(pages()).get((request.url ?? '').slice(1).split('?')[0] ?? '');
        if (page === undefined) return next();
        response.setHeader('content-type', request.url?.includes('.css') ? 'text/css' : 'text/html');
        response.end(page);
      });
    },
  };
}

function pages(): readonly (readonly [file: string, text: string])[] {
  const names = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return [
    ['rules/rule-page.css', readFileSync(style, 'utf8')],
    ...names.map((file) => {
      const html = page(readFileSync(`${folder}${file}`, 'utf8'));
      return [`rules/${file.replace('.md', '.html').replace('README', 'index')}`, html] as const;
    }),
  ];
}

function page(markdown: string): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'Rule';
  const linked = markdown.replace(/\]\(([\w-]+)\.md(#[\w-]+)?\)/g, (_, name: string, anchor = '') =>
    name === 'README' ? `](index.html${anchor})` : `](${name}.html${anchor})`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Preflight</title>
<link rel="icon" href="../icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="rule-page.css">
</head>
<body>
<nav aria-label="Pages"><a href="../index.html">Preflight</a> · <a href="index.html">All rules</a></nav>
<main>
${markdownToHtml(linked)}
</main>
</body>
</html>
`;
}
