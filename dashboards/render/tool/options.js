// The command line.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './places.js';

export const usage = `Draws the dashboards with Grafana's own libraries, from a demo under load

  shoot                                         all, to docs/images/dashboard-NAME.png
  shoot --dashboard pool --out FILE             one
  shoot --dashboard pool --panel TITLE --out FILE
                                                one panel; fails if it is empty

  --dashboard NAME      only this one
  --panel TITLE         only this panel of it, as a check: without data it fails
  --prove               with --panel: first draw it with its metrics misspelt, and fail if that passes
  --out FILE            where the picture goes; of several, a folder
  --theme dark|light    [default: dark]
  --width PIXELS        [default: 1600]
  --for SECONDS         how long the demo plays, at least 10 [default: 60; with --panel: 20]
  --program FILE        the program with the demo [default: \`cargo run\`]
  --dashboards FOLDER   where the JSON lies [default: dashboards/grafana]
  --strict              fail if any panel is without data
  --prometheus URL      draw what this Prometheus holds, and start nothing
  --last SECONDS        with --prometheus: the time that is shown [default: 60]
  --until TIME          with --prometheus: its end, such as 2026-01-31T12:00:00Z [default: now]
  --hold                leave Prometheus running until Ctrl-C, to draw again with --prometheus
`;

/** What was asked, with the defaults filled in. A mistake is thrown as an `Error` for a person. */
export function options(args) {
  const { values } = parseArgs({
    args,
    options: {
      dashboard: { type: 'string' },
      panel: { type: 'string' },
      prove: { type: 'boolean', default: false },
      out: { type: 'string' },
      theme: { type: 'string', default: 'dark' },
      width: { type: 'string', default: '1600' },
      for: { type: 'string' },
      program: { type: 'string' },
      dashboards: { type: 'string', default: join(root, 'dashboards', 'grafana') },
      strict: { type: 'boolean', default: false },
      prometheus: { type: 'string' },
      last: { type: 'string', default: '60' },
      until: { type: 'string' },
      hold: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.panel !== undefined && (values.dashboard === undefined || values.out === undefined)) {
    throw new Error('--panel needs --dashboard NAME and --out FILE');
  }
  if (values.prove && values.panel === undefined) {
    throw new Error('--prove needs --panel TITLE');
  }
  if (!['dark', 'light'].includes(values.theme)) {
    throw new Error(`--theme is dark or light, not ${values.theme}`);
  }
  return {
    ...values,
    width: number('width', values.width, 400),
    last: number('last', values.last, 1),
    for: number('for', values.for ?? (values.panel === undefined ? '60' : '20'), 10),
    until: moment(values.until),
  };
}

function number(name, text, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`--${name} is a whole number from ${least}, not ${text}`);
  }
  return value;
}

function moment(text) {
  const time = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(time)) {
    throw new Error(`--until is a time such as 2026-01-31T12:00:00Z, not ${text}`);
  }
  return time;
}
