// Annotations from a query, by the rules of Grafana's data source for Prometheus.
import { FieldType, rangeUtil } from '@grafana/data';
import { of } from 'rxjs';

/** What the scene asks of a data source that has annotations. */
export const annotationSupport = {
  prepareAnnotation: (json) => json,
  prepareQuery: (annotation) => ({ refId: 'Anno', expr: annotation.expr ?? annotation.target?.expr, interval: annotation.step || '60s' }),
  processEvents: (annotation, frames) => of(frames.flatMap((frame) => events(annotation, frame))),
};

/** The time in which the query is above zero is one event. */
function events(annotation, frame) {
  const times = frame.fields.find((field) => field.type === FieldType.time);
  const values = frame.fields.find((field) => field.type === FieldType.number);
  const filled = (format) => (format ?? '').replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => values.labels?.[label] ?? '');
  const found = [];
  for (const [index, time] of times.values.entries()) {
    if (!(values.values[index] > 0)) {
      continue;
    }
    const last = found.at(-1);
    if (last && time <= last.timeEnd + times.config.interval) {
      last.timeEnd = time;
      last.isRegion = true;
    } else {
      found.push({ time, timeEnd: time, isRegion: false, title: filled(annotation.titleFormat), text: filled(annotation.textFormat) });
    }
  }
  return found.map((event) => ({ ...event, color: annotation.iconColor, type: annotation.name }));
}

/** Seconds between two points of an annotation's query: one at least, a sixtieth of what is shown at most. */
export function stepOf(interval, range) {
  // Grafana's step is a minute if nothing else is said, since it shows hours; here it is a minute in all.
  const shown = (range.to.valueOf() - range.from.valueOf()) / 1000;
  return Math.max(1, Math.ceil(Math.min(rangeUtil.intervalToSeconds(interval), shown / 60)));
}
