// From the answers of Prometheus to Grafana's data frames, as Grafana's own data source makes them.

// As in @grafana/data, which cannot be loaded outside of a browser, where this is tested.
const FieldType = { time: 'time', number: 'number', string: 'string' };

/** One frame for each series, named as `legendFormat` wants. */
export function seriesFrames(target, result, stepMs) {
  return result.map((series) => {
    const points = series.values ?? [series.value];
    const name = legend(target, series.metric);
    return {
      refId: target.refId,
      // Without a legend Grafana makes the name from the labels.
      name: name === '' ? undefined : name,
      length: points.length,
      meta: { type: 'timeseries-multi' },
      fields: [
        {
          name: 'Time',
          type: FieldType.time,
          config: { interval: stepMs },
          values: points.map(([seconds]) => seconds * 1000),
        },
        {
          name: 'Value',
          type: FieldType.number,
          config: name === '' ? {} : { displayNameFromDS: name },
          labels: series.metric,
          values: points.map(([, value]) => number(value)),
        },
      ],
    };
  });
}

/** One frame for the whole query: time, a column for each label, the value. */
export function tableFrame(target, result, isOnlyQuery) {
  const labels = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  const rows = result.flatMap((series) =>
    (series.values ?? [series.value]).map(([seconds, value]) => ({ metric: series.metric, seconds, value })),
  );
  const column = (name, type, value) => ({ name, type, config: {}, values: rows.map(value) });
  return {
    refId: target.refId,
    length: rows.length,
    meta: { preferredVisualisationType: 'table' },
    fields: [
      column('Time', FieldType.time, (row) => row.seconds * 1000),
      ...labels.map((label) => column(label, FieldType.string, (row) => row.metric[label] ?? '')),
      column(isOnlyQuery ? 'Value' : `Value #${target.refId}`, FieldType.number, (row) => number(row.value)),
    ],
  };
}

/** Single observations, which go to the charts beside the series. */
export function exemplarFrame(target, result) {
  const exemplars = result.flatMap((series) => series.exemplars);
  return {
    refId: target.refId,
    name: 'exemplar',
    length: exemplars.length,
    meta: { dataTopic: 'annotations' },
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: exemplars.map(({ timestamp }) => timestamp * 1000) },
      { name: 'Value', type: FieldType.number, config: {}, values: exemplars.map(({ value }) => number(value)) },
    ],
  };
}

/** Prometheus writes numbers as text. What is not a number is a gap. */
function number(text) {
  const value = text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : parseFloat(text);
  return Number.isNaN(value) ? null : value;
}

/** The name of a series, by the rules of Grafana's data source. */
function legend(target, metric) {
  const format = target.legendFormat ?? '';
  const labels = Object.entries(metric).filter(([name]) => name !== '__name__');
  if (format === '__auto') {
    return labels.length > 0 ? '' : target.expr;
  }
  if (format !== '') {
    return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? '');
  }
  if (labels.length === 0) {
    return metric.__name__ ?? target.expr;
  }
  return `${metric.__name__ ?? ''}{${labels.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
}
