// What the dashboards look at: the demo under load, scraped by a real Prometheus.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './children.js';
import { collect } from './collector.js';
import { root, target } from './places.js';

/** Seconds between two scrapes. */
export const scrapeInterval = 1;

/** Plays the demo to its end. Gives Prometheus, and the time (in milliseconds) that it has data of. */
export async function play({ for: seconds, program }) {
  mkdirSync(target, { recursive: true });
  const folder = mkdtempSync(join(target, 'stage-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  const collector = await collect();
  const [command, ...before] = program ? [program] : ['cargo', 'run', '--quiet', '--'];
  const demo = await start(command, [...before, 'demo', '--plain', '--for', `${seconds}s`], {
    cwd: root,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    log: join(target, 'demo.log'),
    says: /^metrics\s+(http:\S+)/,
    // Cargo may have to build first; on a cold machine that takes minutes.
    within: 1200,
  });
  const begun = Date.now();
  const prometheus = await startPrometheus(folder, new URL(demo.address));
  const from = await firstScrape(prometheus.url);

  console.log(`the demo plays for ${seconds} s`);
  // Its end is just left out: there the series end too, and gauges would show nothing.
  const to = begun + seconds * 1000 - 1500;
  await Promise.race([sleep(to - Date.now()), demo.ended]);
  if (Date.now() < to - 1000) {
    throw new Error(`the demo ended early; see ${join(target, 'demo.log')}`);
  }
  await demo.stop();
  collector.stop();
  return { prometheus, from, to };
}

async function startPrometheus(folder, metrics) {
  const rules = join(root, 'dashboards', 'prometheus');
  const files = existsSync(rules) ? readdirSync(rules).filter((name) => /\.ya?ml$/.test(name)) : [];
  const config = {
    global: { scrape_interval: `${scrapeInterval}s`, evaluation_interval: '1s' },
    rule_files: files.map((name) => join(rules, name)),
    scrape_configs: [
      { job_name: 'demo', metrics_path: metrics.pathname, static_configs: [{ targets: [metrics.host] }] },
    ],
  };
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config, null, 2));
  const prometheus = await start(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--enable-feature=exemplar-storage',
    ],
    { cwd: folder, log: join(target, 'prometheus.log'), says: /msg="Listening on" address=(\S+)/, within: 30 },
  );
  return { ...prometheus, url: `http://${prometheus.address}` };
}

/** When Prometheus had its first answer from the demo, in milliseconds. */
async function firstScrape(url) {
  for (let tries = 0; tries < 60; tries += 1) {
    // While it starts it answers with 503.
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('timestamp(up{job="demo"} == 1)')}`);
    const { data } = answer.ok ? await answer.json() : {};
    if (data?.result.length > 0) {
      return Number(data.result[0].value[1]) * 1000;
    }
    await sleep(250);
  }
  throw new Error(`Prometheus had no answer from the demo within 15 s; see ${join(target, 'prometheus.log')}`);
}
