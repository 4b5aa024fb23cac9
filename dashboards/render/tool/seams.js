// Where the published packages do not fit each other. Grafana itself builds from one tree, and does
// not see it.
import { readFileSync } from 'node:fs';

const changes = [
  {
    // @grafana/scenes 8.13 imports a name that @grafana/schema 12.4 does not export. It is for
    // builders of tables, which nobody calls here.
    file: /@grafana\/schema\/dist\/esm\/raw\/composable\/table\/panelcfg\/x\/types\.gen\.mjs$/,
    change: (text) => `${text}\nexport const defaultOptions = {};\n`,
  },
  {
    // @grafana/ui has its tables from a fork of react-data-grid that no registry has. The original
    // gives its contexts as React 19 takes them; Grafana 12 has React 18, which wants the provider.
    file: /react-data-grid\/lib\/index\.js$/,
    change: (text) => text.replace(/\b(jsxs?)\((\w+Context), /g, '$1($2.Provider, '),
  },
];

/** A plugin of esbuild. It fails if a change has nothing to change any more. */
export const seams = {
  name: 'seams',
  setup({ onLoad }) {
    for (const { file, change } of changes) {
      onLoad({ filter: file }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const contents = change(text);
        return contents === text ? { errors: [{ text: `${path} has nothing to change; see tool/seams.js` }] } : { contents };
      });
    }
  },
};
