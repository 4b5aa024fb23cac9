// `shoot`: see options.js for what it does.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { bundle } from './bundle.js';
import { open, shoot } from './camera.js';
import { faults, gaps, quiet } from './judge.js';
import { options, usage } from './options.js';
import { write } from './picture.js';
import { misspelt } from './plant.js';
import { root } from './places.js';
import { serve } from './server.js';
import { play } from './stage.js';

async function main(args) {
  const asked = options(args);
  if (asked.help) {
    console.log(usage);
    return true;
  }
  const dashboards = read(asked);
  const page = await bundle();
  const stage = asked.prometheus
    ? { prometheus: { url: asked.prometheus.replace(/\/$/, '') }, from: asked.until - asked.last * 1000, to: asked.until }
    : await play(asked);
  const served = new Map();
  const server = await serve(page, stage.prometheus.url, served);
  const browser = await open();
  let well = true;
  try {
    for (const [name, dashboard] of dashboards) {
      const path = `/dashboards/${name}.json`;
      const view = { dashboard: path, panel: asked.panel, theme: asked.theme, width: asked.width, from: stage.from, to: stage.to };
      if (asked.prove) {
        served.set(path, misspelt(dashboard));
        const { panels } = await shoot(browser, server, view);
        if (panels.length !== 1 || !faults(panels[0]).includes('No data')) {
          throw new Error(`with its metrics misspelt, "${asked.panel}" should have shown no data: ${JSON.stringify(panels)}`);
        }
        console.log(`"${asked.panel}" with misspelt metrics is refused, as it should be`);
      }
      served.set(path, dashboard);
      const shot = await shoot(browser, server, view);
      well = judge(name, shot, asked) && well;
      const file = fileFor(name, asked, dashboards.size);
      const size = write(file, shot.picture);
      console.log(`${relative('', file)}: ${shot.panels.length} panels, ${Math.round(size / 1000)} kB`);
    }
  } finally {
    await browser.close();
    server.close();
  }
  if (asked.hold) {
    await held(stage);
  }
  await stage.prometheus.stop?.();
  return well;
}

function read({ dashboards: folder, dashboard: only }) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => basename(name, '.json')) : [];
  if (names.length === 0) {
    throw new Error(`there are no dashboards in ${folder}`);
  }
  if (only !== undefined && !names.includes(only)) {
    throw new Error(`there is no dashboard "${only}" in ${folder}, but ${names.join(', ')}`);
  }
  const wanted = only === undefined ? names : [only];
  return new Map(wanted.map((name) => [name, JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))]));
}

function fileFor(name, { out }, count) {
  if (out === undefined) {
    return join(root, 'docs', 'images', `dashboard-${name}.png`);
  }
  return count > 1 ? join(out, `dashboard-${name}.png`) : out;
}

/** Says what is wrong. A lack of data is a fault where one panel was asked for, else a remark. */
function judge(name, { panels, complaints }, { panel: only, strict }) {
  const say = (panel, what) => console.error(`${name}: ${panel ? `"${panel.title}" (${panel.type}): ` : ''}${what}`);
  let well = complaints.length === 0 && panels.length > 0;
  complaints.forEach((complaint) => say(undefined, complaint));
  if (panels.length === 0) {
    say(undefined, 'it shows no panel');
  }
  for (const panel of panels.filter((panel) => only !== undefined || !quiet(panel))) {
    const lack = gaps(panel).length > 0 ? [`no data for its queries ${gaps(panel).join(', ')}`] : [];
    for (const fault of [...faults(panel), ...lack]) {
      say(panel, fault);
      well &&= /^no data/i.test(fault) && only === undefined && !strict;
    }
  }
  return well;
}

async function held({ prometheus, from, to }) {
  const last = Math.round((to - from) / 1000);
  console.log(`held until Ctrl-C; draw again with:\n  --prometheus ${prometheus.url} --last ${last} --until ${new Date(to).toISOString()}`);
  await prometheus.ended;
}

main(process.argv.slice(2)).then(
  (well) => process.exit(well ? 0 : 1),
  (error) => {
    console.error(`shoot: ${error.message}`);
    process.exit(1);
  },
);
