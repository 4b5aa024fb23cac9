// Whether a picture shows what it should.

/** What is wrong with a panel, in words; nothing if it is well. */
export function faults(panel) {
  if (panel.error) {
    return [`its query failed: ${panel.error}`];
  }
  if (!panel.found) {
    return ['it is not on the page'];
  }
  if (panel.type === 'text') {
    return panel.text === '' ? ['it is empty'] : [];
  }
  if (panel.noData || panel.numbers === 0) {
    return ['No data'];
  }
  const drawn = panel.type === 'timeseries' || panel.type === 'gauge' ? panel.painted : /\d|[a-z]/i.test(panel.text);
  return drawn ? [] : ['it has data, but shows nothing'];
}

/** Queries that gave nothing, beside others of the same panel that gave something. */
export function gaps(panel) {
  return panel.type === 'text' || faults(panel).length > 0 ? [] : panel.emptyQueries;
}

/** Whether it is empty, and its dashboard says by `noValue` that it is so while all is well. */
export function quiet(panel) {
  return Boolean(panel.mayBeEmpty && !panel.error && panel.found && panel.numbers === 0);
}
