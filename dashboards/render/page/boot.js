// What Grafana's server would have written into the page before any of its libraries is loaded.
// Imported first, since @grafana/runtime reads it when it is evaluated.
const light = new URLSearchParams(location.search).get('theme') === 'light';

window.grafanaBootData = {
  settings: {
    appUrl: '',
    appSubUrl: '',
    bootData: {},
    buildInfo: { version: '12.4.2', env: 'production', edition: 'OSS' },
    datasources: {},
    featureToggles: {},
    panels: {},
    theme2: {},
  },
  user: { id: 1, orgId: 1, timezone: 'utc', locale: 'en-US', language: 'en-US', lightTheme: light, permissions: {} },
  navTree: [],
};
// Where the icons and fonts are served: see tool/server.js.
window.__grafana_public_path__ = '/public/';
