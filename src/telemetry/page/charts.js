// Five minutes as charts.
import { $, attr } from "/cells.js";
import { clock, int, limit, metric, sum, time } from "/words.js";

const SPAN = 300;
const SVG = "http://www.w3.org/2000/svg", LEFT = 46, BELOW = 16;
function shape(tag, attributes, className, label) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, typeof value === "number" ? +value.toFixed(2) : value);
  if (className) node.setAttribute("class", className);
  if (label != null) {
    if (tag === "text") node.textContent = label;
    else node.append(shape("title", {}));
    if (tag !== "text") node.firstChild.textContent = label;
  }
  return node;
}
function sheet(id) {
  const svg = $(id), width = svg.clientWidth || 400, height = svg.clientHeight || 170;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const bottom = height - BELOW, x = ago => LEFT + (width - LEFT) * (1 - Math.min(ago, SPAN) / SPAN);
  const nodes = [];
  for (let minute = 0; minute <= 5; minute++) {
    const anchor = minute === 0 ? "end" : minute === 5 ? "start" : "middle";
    nodes.push(shape("text", { x: x(minute * 60), y: height - 3, "text-anchor": anchor }, "", minute ? `−${minute}${minute === 5 ? " min" : ""}` : "now"));
  }
  return { svg, width, bottom, x, nodes };
}
const steps = pool => pool.history.filter(step => step.ago < SPAN && step.seconds > 0);
const when = (step, now) => `${clock(now - step.ago)}: `;

export function drawLoad(pool, now) {
  const { svg, width, bottom, x, nodes } = sheet("c-load");
  const strip = 30, floor = bottom - strip - 8, all = steps(pool);
  const most = Math.max(1, ...all.map(s => Math.max(s.max, sum(s.states))));
  const y = n => floor * (1 - n / most) + 4 * n / most;
  const worst = Math.max(1, ...all.map(s => s.pending));
  for (const step of all) {
    const from = x(step.ago + step.seconds), wide = Math.max(x(step.ago) - from - .8, .8);
    const [dialing, idle, used, checking, resetting, closing] = step.states;
    let below = 0;
    const said = `${when(step, now)}${used} used, ${dialing + checking + resetting + closing} dialing, closing …, ${idle} idle, ${step.pending} waiting`;
    for (const [name, n] of [["used", used], ["busy", dialing + checking + resetting + closing], ["idle", idle]]) {
      if (n) nodes.push(shape("rect", { x: from, y: y(below + n), width: wide, height: y(below) - y(below + n) }, name, said));
      below += n;
    }
    const tall = strip * step.pending / worst;
    if (step.pending) nodes.push(shape("rect", { x: from, y: bottom - tall, width: wide, height: tall }, "pend", said));
  }
  const max = metric(pool, "connection.max");
  nodes.push(
    shape("line", { x1: LEFT, x2: width, y1: floor + .5, y2: floor + .5 }), shape("line", { x1: LEFT, x2: width, y1: bottom + .5, y2: bottom + .5 }),
    shape("line", { x1: LEFT, x2: width, y1: y(max), y2: y(max) }, "limit"),
    shape("text", { x: LEFT - 6, y: y(max) + 5, "text-anchor": "end" }, "", `max ${max}`),
    shape("text", { x: LEFT - 6, y: floor, "text-anchor": "end" }, "", "0"),
    shape("text", { x: LEFT - 6, y: bottom - strip + 8, "text-anchor": "end" }, "", all.some(s => s.pending) ? int(worst) : ""),
    shape("text", { x: LEFT - 6, y: bottom, "text-anchor": "end" }, "", "waiting"));
  attr(svg, "aria-label", `Connections over five minutes: now ${pool.states.used} used of ${max}, at most ${int(Math.max(0, ...all.map(s => s.pending)))} waited.`);
  svg.replaceChildren(...nodes);
}

export function drawHeat(pool, now, id, of, allowed) {
  const { svg, width, bottom, x, nodes } = sheet(id), all = steps(pool), bounds = pool.bounds;
  const rows = bounds.length + 1, tall = bottom / rows, y = row => bottom - row * tall;
  // Where a duration lies among the rows, which are as even as 1, 2.5, 5 and 10 are.
  const place = s => {
    const row = bounds.findIndex(bound => s <= bound);
    if (s <= 0) return 0;
    if (row < 0) return rows - .5;
    const lower = row ? bounds[row - 1] : bounds[0] / 2.5;
    return row + Math.max(0, Math.log(s / lower) / Math.log(bounds[row] / lower));
  };
  for (const s of [1e-5, 1e-4, 1e-3, 1e-2, .1, 1, 10]) {
    const at = y(bounds.indexOf(s) + 1);
    nodes.push(shape("line", { x1: LEFT, x2: width, y1: at, y2: at }),
      shape("text", { x: LEFT - 6, y: at + 3.5, "text-anchor": "end" }, "", s >= 1 ? `${s} s` : s >= 1e-3 ? `${Math.round(s * 1e3)} ms` : `${Math.round(s * 1e6)} µs`));
  }
  const most = Math.max(1, ...all.flatMap(step => step[of].counts.map(n => n / step.seconds)));
  for (const step of all) {
    const from = x(step.ago + step.seconds), wide = Math.max(x(step.ago) - from - .8, .8);
    step[of].counts.forEach((n, row) => {
      if (!n) return;
      const range = row ? row < bounds.length ? `${time(bounds[row - 1])} to ${time(bounds[row])}` : `over ${time(bounds[row - 1])}` : `up to ${time(bounds[0])}`;
      const strength = .1 + .75 * Math.log1p(n / step.seconds) / Math.log1p(most);
      nodes.push(shape("rect", { x: from, y: y(row + 1) + .4, width: wide, height: tall - .8, "fill-opacity": strength }, "heat", `${when(step, now)}${int(n)} of ${range}`));
    });
  }
  if (allowed != null) nodes.push(shape("line", { x1: LEFT, x2: width, y1: y(place(allowed)), y2: y(place(allowed)) }, "timeout", `allowed: ${limit(allowed)}`));
  for (const line of ["p50", "p99"]) {
    let path = "", broken = true;
    for (const step of all) {
      const value = step[of][line];
      if (value == null) { broken = true; continue; }
      path += `${broken ? "M" : "L"}${x(step.ago + step.seconds).toFixed(1)} ${y(place(value)).toFixed(1)}L${x(step.ago).toFixed(1)} ${y(place(value)).toFixed(1)}`;
      broken = false;
    }
    nodes.push(shape("path", { d: path || "M0 0" }, line));
  }
  const quantiles = pool.minute[of];
  attr(svg, "aria-label", `Over five minutes; in the last minute p50 ${time(quantiles.p50)}, p99 ${time(quantiles.p99)}.`);
  svg.replaceChildren(...nodes);
}
