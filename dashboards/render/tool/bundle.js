// The page with all its libraries in one file. Kept under target/, by what it is made of.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { here, target } from './places.js';
import { seams } from './seams.js';

const page = join(here, 'page');

/** The folder with main.js and main.css: the one of an earlier run if nothing has changed. */
export async function bundle() {
  const bundles = join(target, 'bundles');
  const made = join(bundles, fingerprint());
  if (existsSync(made)) {
    return made;
  }
  rmSync(bundles, { recursive: true, force: true });
  mkdirSync(bundles, { recursive: true });
  const begun = `${made}.${process.pid}`;
  await build({
    entryPoints: [join(page, 'main.jsx')],
    outdir: begun,
    // Aliases are looked up from here.
    absWorkingDir: here,
    bundle: true,
    // Names are kept, so that a trace of calls can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    // The page is one module that waits for the dashboard's JSON.
    format: 'esm',
    platform: 'browser',
    jsx: 'automatic',
    mainFields: ['module', 'browser', 'main'],
    loader: Object.fromEntries(['.svg', '.woff', '.woff2', '.ttf', '.png'].map((ending) => [ending, 'dataurl'])),
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
    plugins: [seams],
    logLevel: 'error',
  });
  renameSync(begun, made);
  return made;
}

function fingerprint() {
  const sources = readdirSync(page, { recursive: true }).filter((name) => /\.jsx?$/.test(name)).sort();
  const hash = createHash('sha256');
  for (const file of [...sources.map((name) => join(page, name)), join(here, 'package-lock.json'), join(here, 'tool', 'seams.js'), import.meta.filename]) {
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
