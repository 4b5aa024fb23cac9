// A data source with the behaviour of Grafana's for Prometheus, as far as dashboards use it. The
// original sends its queries through Grafana's server, so that it cannot be used here.
import { DataSourceApi, LoadingState } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { from as observableFrom } from 'rxjs';
import { annotationSupport, stepOf } from './annotations.js';
import { exemplarFrame, seriesFrames, tableFrame } from './frames.js';
import { complain } from './report.js';
import { prometheusUrl, scrapeInterval } from './settings.js';

/** How the data source is known to panels and variables. */
export const instance = {
  id: 1,
  uid: 'prometheus',
  name: 'Prometheus',
  type: 'prometheus',
  access: 'proxy',
  readOnly: true,
  jsonData: { timeInterval: `${scrapeInterval}s` },
  meta: { id: 'prometheus', name: 'Prometheus', info: { logos: {} }, module: '', metrics: true },
};

export class Prometheus extends DataSourceApi {
  constructor() {
    super(instance);
    this.meta = instance.meta;
    this.interval = `${scrapeInterval}s`;
    this.annotations = annotationSupport;
  }

  query(request) {
    return observableFrom(this.answer(request));
  }

  async answer(request) {
    const targets = request.targets.filter((target) => !target.hide && target.expr);
    const frames = await Promise.all(targets.map((target) => this.answerTarget(target, targets, request)));
    return { data: frames.flat(), state: LoadingState.Done, key: request.requestId };
  }

  async answerTarget(target, targets, request) {
    const wanted = target.refId === 'Anno' ? stepOf(target.interval, request.range) : request.intervalMs / 1000;
    const step = Math.max(scrapeInterval, Math.ceil(wanted));
    const expr = interpolate(target.expr, { ...request.scopedVars, ...times(request.range, step) });
    const end = request.range.to.valueOf() / 1000;
    const start = request.range.from.valueOf() / 1000;
    const { result } = target.instant
      ? await ask('query', { query: expr, time: end })
      : await ask('query_range', { query: expr, start: aligned(start, step), end: aligned(end, step), step });
    if (target.format === 'table') {
      return result.length > 0 ? [tableFrame(target, result, targets.length === 1)] : [];
    }
    const frames = seriesFrames({ ...target, expr }, result, step * 1000);
    if (target.exemplar && !target.instant) {
      const found = await ask('query_exemplars', { query: expr, start, end });
      return found.length > 0 ? [...frames, exemplarFrame(target, found)] : frames;
    }
    return frames;
  }

  /** The values of a variable. */
  async metricFindQuery(query, options) {
    const text = interpolate(typeof query === 'string' ? query : query.query, options?.scopedVars ?? {});
    const [, series, label] = /^label_values\((?:(.*),)?\s*([a-zA-Z_]\w*)\s*\)$/s.exec(text.trim()) ?? [];
    if (!label) {
      return complain(`a variable asks what is not known here: ${text}`) ?? [];
    }
    const range = options?.range && {
      start: options.range.from.valueOf() / 1000,
      end: options.range.to.valueOf() / 1000,
    };
    const values = await ask(`label/${label}/values`, { ...range, ...(series && { 'match[]': series }) });
    if (values.length === 0) {
      complain(`a variable has no values: ${text}`);
    }
    return values.map((value) => ({ text: value }));
  }

  testDatasource() {
    return Promise.resolve({});
  }
}

async function ask(path, parameters) {
  const response = await fetch(`${prometheusUrl}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') {
    throw new Error(`${answer.error}, in: ${parameters.query ?? path}`);
  }
  return answer.data;
}

/** The names that Grafana's data source itself gives values to. */
function times(range, step) {
  const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const rate = Math.max(step + scrapeInterval, 4 * scrapeInterval);
  const named = (text) => ({ text, value: text });
  return {
    __interval: named(`${step}s`),
    __interval_ms: named(step * 1000),
    __rate_interval: named(`${rate}s`),
    __rate_interval_ms: named(rate * 1000),
    __range: named(`${seconds}s`),
    __range_s: named(seconds),
    __range_ms: named(seconds * 1000),
  };
}

/** Several chosen values become a pattern, as the matcher `=~` wants them. */
function interpolate(text, scopedVars) {
  const pattern = (value) =>
    Array.isArray(value)
      ? value.length === 1 ? escaped(value[0]) : `(${value.map(escaped).join('|')})`
      : escaped(value);
  return sceneGraph.interpolate(window.clearpool.scene, text, scopedVars, (value, variable) =>
    variable?.multi || variable?.includeAll ? pattern(value) : String(value),
  );
}

function escaped(value) {
  return String(value).replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');
}

function aligned(seconds, step) {
  return Math.floor(seconds / step) * step;
}
