import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A folder on an HTTP server that knows nothing of what is in it. */
export interface Served {
  readonly address: string;
  /** The files that were asked for, in that order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Serves a folder, below a path if one is given: what is copied somewhere is rarely at the root. */
export async function serve(folder: string, below = '/'): Promise<Served> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(decodeURIComponent(pathname.slice(below.length)));
    const file = join(folder, path === '.' || path.endsWith('/') ? `${path}/index.html` : path);
    try {
      if (!pathname.startsWith(below) || path.startsWith('..')) throw new Error('not below the folder');
      const body = readFileSync(file);
      asked.push(pathname);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      asked.push(`${pathname} (404)`);
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${below}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
