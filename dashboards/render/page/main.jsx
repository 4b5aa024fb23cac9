import './boot.js';
import '@fontsource/roboto-mono/latin-400.css';
import { ThemeContext } from '@grafana/data';
import { GlobalStyles } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { sceneOf } from './dashboard.js';
import { provideServices, theme } from './grafana.js';
import { Heading } from './heading.jsx';
import { providePlugins } from './plugins.jsx';
import { complain } from './report.js';
import { dashboardUrl, onlyPanel } from './settings.js';

provideServices();
providePlugins();

const response = await fetch(dashboardUrl);
const dashboard = await response.json();
try {
  window.clearpool.scene = sceneOf(dashboard);
  createRoot(document.getElementById('root')).render(<Page scene={window.clearpool.scene} />);
} catch (error) {
  complain(error.message);
}

function Page({ scene }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <MemoryRouter>
        <div id="page" style={{ padding: 16, background: theme.colors.background.canvas }}>
          {onlyPanel === null && <Heading dashboard={dashboard} />}
          <scene.Component model={scene} />
        </div>
      </MemoryRouter>
    </ThemeContext.Provider>
  );
}
