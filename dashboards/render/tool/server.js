// Serves the page, what it is made of, the dashboards and, behind /prometheus, Prometheus.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { here } from './places.js';

const modules = join(here, 'node_modules');
const fonts = join(modules, '@fontsource', 'inter', 'files');

/** Where Grafana's libraries ask for something, and where it lies. */
const places = [
  [/^\/bundle\/(.+)$/, (bundle, name) => join(bundle, name)],
  // An icon of the header that @grafana/ui uses and does not bring.
  [/^\/public\/build\/img\/icons\/unicons\/(angle-double-left\.svg)$/, (_, name) => join(here, 'page', name)],
  [/^\/public\/(?:build\/)?img\/(.+)$/, (_, name) => join(modules, '@grafana', 'ui', 'dist', 'public', 'img', name)],
  [/^\/public\/fonts\/inter\/Inter-Regular\.woff2$/, () => join(fonts, 'inter-latin-400-normal.woff2')],
  [/^\/public\/fonts\/inter\/Inter-Medium\.woff2$/, () => join(fonts, 'inter-latin-500-normal.woff2')],
  [/^\/public\/fonts\/inter\/Inter-Italic\.woff2$/, () => join(fonts, 'inter-latin-400-italic.woff2')],
  [/^\/public\/fonts\/inter\/Inter-MediumItalic\.woff2$/, () => join(fonts, 'inter-latin-500-italic.woff2')],
  [/^\/public\/fonts\/roboto\/.+$/, () => join(modules, '@fontsource', 'roboto-mono', 'files', 'roboto-mono-latin-400-normal.woff2')],
  [/^\/$/, () => join(here, 'page', 'index.html')],
];

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** `dashboards` maps a path to the JSON that is served there; more may be put in later. */
export async function serve(bundle, prometheus, dashboards) {
  const server = createServer((asked, answer) => {
    const { pathname, search } = new URL(asked.url, 'http://localhost');
    if (pathname.startsWith('/prometheus/')) {
      return forward(`${prometheus}${pathname.slice('/prometheus'.length)}${search}`, answer);
    }
    if (dashboards.has(pathname)) {
      answer.writeHead(200, { 'content-type': 'application/json' });
      return answer.end(JSON.stringify(dashboards.get(pathname)));
    }
    const file = find(bundle, pathname);
    if (file === undefined && pathname.startsWith('/public/build/img/icons/')) {
      // A few that are seen only while something is loading are not in the package.
      answer.writeHead(200, { 'content-type': types['.svg'] });
      return answer.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>');
    }
    if (file === undefined) {
      answer.writeHead(404);
      return answer.end();
    }
    answer.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(answer);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function find(bundle, path) {
  for (const [pattern, place] of places) {
    const match = pattern.exec(normalize(path));
    const file = match && place(bundle, match[1]);
    if (file && existsSync(file) && statSync(file).isFile()) {
      return file;
    }
  }
  return undefined;
}

function forward(url, answer) {
  const onward = request(url, (came) => {
    answer.writeHead(came.statusCode, { 'content-type': came.headers['content-type'] ?? 'text/plain' });
    came.pipe(answer);
  });
  onward.on('error', (error) => {
    answer.writeHead(502, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ status: 'error', error: `Prometheus: ${error.message}` }));
  });
  onward.end();
}
