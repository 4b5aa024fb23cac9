// What the tool asks of the page, from the address.
const asked = new URLSearchParams(location.search);

/** Milliseconds since 1970: the time that the dashboard shows. */
export const from = Number(asked.get('from'));
export const to = Number(asked.get('to'));
/** `light` or `dark`. */
export const mode = asked.get('theme') === 'light' ? 'light' : 'dark';
/** Seconds between two scrapes, as a data source in Grafana is told. */
export const scrapeInterval = Number(asked.get('scrape') ?? 1);
/** The title of the only panel to draw, or null for all. */
export const onlyPanel = asked.get('panel');
/** The address of the dashboard's JSON. */
export const dashboardUrl = asked.get('dashboard');
/** Prometheus, through the tool's server, so that no browser rule stands in between. */
export const prometheusUrl = '/prometheus';
