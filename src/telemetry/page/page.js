// The live page: asks for JSON every two seconds and writes it into the page as it stands. It never
// builds markup from text, so that a name is a name whatever it looks like.
"use strict";

const EVERY = 2000, PATIENCE = 8000, SPAN = 300, FEW = 8;
const $ = id => document.getElementById(id);
const state = { paused: false, catalog: {}, pools: null, pool: null, more: {}, severity: null };

// --- words and numbers ---

const NBSP = "\u00a0", NONE = "–";
const digits = v => v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2);
const int = n => n == null ? NONE : String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const rate = v => v >= 100 ? int(v) : v.toFixed(1);
const percent = v => v == null ? NONE : (v * 100).toFixed(1) + NBSP + "%";
function time(s) {
  if (s == null) return NONE;
  if (s === 0) return "0";
  if (s >= 119.5) {
    const [, big, one, small, other] = [[7200, 60, "min", 1, "s"], [172800, 3600, "h", 60, "min"]].find(([below]) => s < below) || [0, 86400, "d", 3600, "h"];
    const rest = Math.floor(s % big / small);
    return Math.floor(s / big) + NBSP + one + (rest ? NBSP + rest + NBSP + other : "");
  }
  const [, by, unit] = [[1e-6, 1e9, "ns"], [1e-3, 1e6, "µs"], [1, 1e3, "ms"]].find(([below]) => s < below) || [0, 1, "s"];
  return digits(s * by) + NBSP + unit;
}
// A limit that somebody has set, as they have written it.
const limit = s => time(s).replace(/\.?0+(?=\s)/, match => match[0] === "." ? "" : match);
const clock = unix => {
  const d = new Date(unix * 1000), two = n => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
};
const metric = (of, name) => of.metrics["clearpool." + name];
const sum = all => Object.values(all || {}).reduce((a, b) => a + b, 0);

// --- the page as it stands, changed only where it differs ---

function text(node, value) {
  value = String(value);
  if (node.textContent !== value) node.textContent = value;
}
function attr(node, name, value) {
  if (value == null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
function children(node, count, make) {
  while (node.children.length > count) node.lastElementChild.remove();
  while (node.children.length < count) node.append(make(node.children.length));
  return [...node.children];
}
const element = (tag, className) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  return node;
};

// A cell is a text, or { t: text, c: class, title, draw: function of the cell }.
function table(body, rows, empty, current) {
  const labels = [...body.parentElement.tHead.rows[0].cells];
  body.parentElement.classList.toggle("empty", !rows.length);
  if (!rows.length) rows = [[{ t: empty, c: "none", span: labels.length }]];
  children(body, rows.length, () => element("tr")).forEach((tr, at) => {
    attr(tr, "aria-current", current && current(at) ? "true" : null);
    tr.className = rows[at].row || "";
    children(tr, rows[at].length, () => element("td")).forEach((td, column) => {
      let cell = rows[at][column];
      if (cell == null || typeof cell !== "object") cell = { t: cell ?? "" };
      const name = [labels[column].className, cell.c].filter(Boolean).join(" ");
      if (td.className !== name) td.className = name;
      attr(td, "data-label", cell.label || labels[column].textContent);
      attr(td, "colspan", cell.span > 1 ? cell.span : null);
      attr(td, "title", cell.title);
      if (cell.draw) {
        if (td.dataset.drawn !== "1") td.replaceChildren();
        td.dataset.drawn = "1";
        cell.draw(td);
      } else {
        delete td.dataset.drawn;
        if (td.firstElementChild) td.replaceChildren();
        text(td, cell.t);
      }
    });
  });
}

// The first few rows, and a button for the others.
function few(id, rows, empty) {
  const host = $(id), shown = state.more[id] ? rows : rows.slice(0, FEW);
  table(host.tBodies[0], shown, empty);
  let button = host.parentElement.querySelector(`#${id} + .more`);
  if (rows.length <= FEW) return void button?.remove();
  if (!button) {
    button = element("button", "more");
    button.type = "button";
    button.addEventListener("click", () => { state.more[id] = !state.more[id]; draw(); });
    host.after(button);
  }
  text(button, state.more[id] ? "Fewer" : `All ${rows.length}`);
}

const BUSY = ["dialing", "checking", "resetting", "closing"];
function bar(host, states, max, severity) {
  let box = host.firstElementChild;
  if (!box) host.append(box = element("span", "bar"));
  box.className = "bar " + (severity || "");
  const parts = [["used", states.used], ["busy", BUSY.reduce((n, s) => n + states[s], 0)], ["idle", states.idle]];
  children(box, 3, at => element("i", parts[at][0])).forEach((i, at) => {
    i.style.width = 100 * parts[at][1] / Math.max(max, 1, sum(states)) + "%";
  });
}
const pressed = pool => metric(pool, "connection.pending_requests") > 0 || pool.states.used >= metric(pool, "connection.max") ? pool.severity : "";

// --- what is said first ---

function say(said) {
  const shown = said.slice(0, 5);
  children($("said"), shown.length + (said.length > 5 ? 1 : 0), () => element("a", "said")).forEach((a, at) => {
    const one = shown[at] || { severity: "odd", text: `and ${said.length - 5} more pools`, pool: null };
    a.className = `said ${one.severity} ${at ? "" : "first"}`;
    attr(a, "href", one.pool == null ? null : "#" + encodeURIComponent(one.pool));
    children(a, 2, at => element("span", at ? "" : "mark")).forEach((span, at) => {
      if (at) text(span, one.text);
      else span.className = "mark " + one.severity;
    });
  });
  const worst = said[0].severity;
  document.title = { well: "● ", odd: "▲ ", bad: "■ " }[worst] + said[0].text + " – Clearpool";
  // Read out when it gets better or worse, and not every two seconds.
  if (state.severity !== worst) text($("announce"), said[0].text);
  state.severity = worst;
}

function drawPools(pools) {
  $("pools").hidden = pools.length < 2;
  table($("pool-rows"), pools.map(pool => {
    const pending = metric(pool, "connection.pending_requests"), refused = sum(pool.minute.refusals);
    return [
      { draw: td => {
        const [a] = children(td, 1, () => element("a"));
        attr(a, "href", "#" + encodeURIComponent(pool.name));
        attr(a, "class", "mark " + pool.severity);
        text(a, pool.name);
      } },
      { draw: td => bar(td, pool.states, metric(pool, "connection.max"), pressed(pool)) },
      int(pool.states.used), int(metric(pool, "connection.max")),
      { t: int(pending), c: pending ? "is-" + pool.severity : "" },
      pending ? time(metric(pool, "wait.oldest")) : NONE,
      rate(pool.minute.rate), time(pool.minute.wait.p99), time(pool.minute.use.p99),
      { t: int(refused), c: refused ? "is-bad" : "" },
    ];
  }), "No pool is watched yet.", at => pools[at] && state.pool && pools[at].name === state.pool.name);
}

// --- one pool ---

function drawTiles(pool) {
  const max = metric(pool, "connection.max"), pending = metric(pool, "connection.pending_requests");
  const minute = pool.minute, refused = sum(minute.refusals), oldest = metric(pool, "lease.oldest");
  text($("t-used"), int(pool.states.used));
  text($("t-max"), `used of ${int(max)}`);
  bar($("t-bar"), pool.states, max, pressed(pool));
  const other = BUSY.filter(s => pool.states[s]).map(s => `${pool.states[s]} ${s}`);
  text($("t-states"), [`${pool.states.idle} idle (${metric(pool, "connection.idle.min")} to ${int(metric(pool, "connection.idle.max"))})`, ...other].join(", "));
  text($("t-pending"), int(pending));
  $("t-pending").className = pending ? "is-" + pool.severity : "";
  const allowed = pool.wait_timeout == null ? "no limit" : `allowed: ${limit(pool.wait_timeout)}`;
  text($("t-longest"), pending ? `longest: ${time(metric(pool, "wait.oldest"))}` : allowed);
  text($("t-refused"), int(refused));
  $("t-refused").className = refused ? "is-bad" : "";
  text($("t-refusals"), `${int(sum(metric(pool, "refusals")))} in all`);
  text($("t-rate"), rate(minute.rate));
  const waited = pool.endpoints.reduce((n, e) => n + metric(e, "acquires").waited, 0);
  const all = pool.endpoints.reduce((n, e) => n + sum(metric(e, "acquires")), 0);
  text($("t-fast"), all ? `${percent(1 - waited / all)} at once` : "none yet");
  text($("t-wait"), time(minute.wait.p99));
  text($("t-wait50"), `p50 ${time(minute.wait.p50)}`);
  text($("t-use"), time(minute.use.p99));
  text($("t-use50"), `p50 ${time(minute.use.p50)}`);
  text($("t-oldest"), oldest ? time(oldest) : NONE);
  $("t-oldest").className = pool.overdue_after != null && oldest > pool.overdue_after ? "is-odd" : "";
  const overdue = metric(pool, "overdue_leases");
  text($("t-overdue"), pool.overdue_after == null ? "no limit" : `${int(overdue)} overdue, after ${limit(pool.overdue_after)}`);
}

function drawEndpoints(pool) {
  const weights = pool.endpoints.reduce((n, e) => n + metric(e, "endpoint.weight"), 0);
  table($("endpoints").tBodies[0], pool.endpoints.map(e => {
    const status = Object.entries(metric(e, "endpoint.status")).find(([, on]) => on)[0];
    const severity = status === "healthy" ? "well" : "odd", count = metric(e, "connection.count");
    const due = weights ? metric(e, "endpoint.weight") / weights : null, m = e.minute;
    return [
      { t: e.name, title: e.address },
      { draw: td => {
        const [span] = children(td, 1, () => element("span"));
        span.className = "mark " + severity;
        text(span, e.active ? status + (e.failures ? ` (${e.failures} failed)` : "") : "left");
      } },
      int(metric(e, "endpoint.weight")),
      { title: `${percent(m.share)} of the leases, ${percent(due)} of the weight`, draw: td => share(td, m.share, due) },
      int(count.used), int(count.idle), int(BUSY.reduce((n, s) => n + count[s], 0)),
      int(metric(e, "dials")),
      { t: int(metric(e, "dial.failures")), c: m.dial_failures ? "is-odd" : "", title: `${m.dial_failures} in the last minute` },
      { t: time(m.wait.p50), label: "Wait p50" }, { t: time(m.wait.p99), label: "Wait p99" },
      { t: time(m.use.p50), label: "Use p50" }, { t: time(m.use.p99), label: "Use p99" },
    ];
  }), "There is no endpoint.");
}

// How much it got, with a tick at what its weight would give it.
function share(td, got, due) {
  const [box] = children(td, 1, () => element("span", "share"));
  const [label, line] = children(box, 2, at => element("span", at ? "bar" : ""));
  text(label, percent(got));
  const [full, tick] = children(line, 2, at => element("i", at ? "due" : "busy"));
  full.style.width = 100 * (got || 0) + "%";
  tick.hidden = due == null;
  tick.style.left = `calc(${100 * (due || 0)}% - 1px)`;
}

const traced = id => ({ t: id ? id.slice(0, 8) + "…" : NONE, c: "mono nowrap", title: id || "no trace" });
const site = at => ({ t: at || NONE, c: "mono long" });

function drawLists(pool) {
  few("leases", pool.leases.map(l => [
    { t: l.connection, c: "mono" }, l.endpoint,
    { t: time(l.held_for), c: pool.overdue_after != null && l.held_for > pool.overdue_after ? "is-odd" : "" },
    time(l.age), { t: int(l.uses), title: l.shares > 1 ? `${l.shares} share it` : null }, site(l.site), traced(l.trace_id),
  ]), "Nobody holds a connection.");
  const leases = pool.endpoints.reduce((n, e) => n + metric(e, "lease.count"), 0);
  text($("n-leases"), leases ? int(leases) : "");
  const pending = metric(pool, "connection.pending_requests");
  text($("n-waiting"), pending ? int(pending) : "");
  few("waiting", pool.waiting.map(w => [
    { t: time(w.waited), c: pool.wait_timeout != null && w.waited > pool.wait_timeout / 2 ? "is-bad" : "" },
    w.endpoint || "any", site(w.site), traced(w.trace_id),
  ]), "Nobody waits.");
  few("closes", pool.closes.map(c => [
    clock(c.at), { t: c.connection, c: "mono" }, c.endpoint, c.policy, c.reason, time(c.age), time(c.idle_for), int(c.uses),
  ]), "No connection was closed yet.");
  few("reasons", [...(metric(pool, "closes") || [])].sort((a, b) => b.count - a.count).map(c => [c.policy, c.reason, int(c.count)]), "None.");
  table($("refusals").tBodies[0], Object.entries(metric(pool, "refusals")).map(([reason, count]) => {
    const now = pool.minute.refusals[reason];
    return [reason, { t: int(now), c: now ? "is-bad" : "" }, int(count)];
  }), "None.");
  few("events", pool.events.map(e => [
    clock(e.at),
    { draw: td => {
      const [span] = children(td, 1, () => element("span"));
      span.className = "mark " + e.severity;
      text(span, e.what);
    } },
    e.times > 1 ? "×" + int(e.times) : "", e.endpoint || "", { t: e.text, c: "long" },
  ]), "Nothing notable happened yet.");
}

function drawConfig(pool) {
  $("config").hidden = !pool.config.length;
  const known = pool.config.filter(line => line.origin), set = known.filter(line => line.origin !== "default");
  text($("n-config"), `${set.length} of ${known.length} values are set, the others are defaults`);
  const all = $("defaults").checked;
  // A header stands only above what is shown.
  const is_head = line => line?.toml[0] === "[";
  const rows = pool.config.filter(line => line.toml && (all || is_head(line) || line.origin && line.origin !== "default"))
    .filter((line, at, kept) => !is_head(line) || kept[at + 1] && !is_head(kept[at + 1]));
  table($("config").querySelector("tbody"), rows.map(line => Object.assign([line.toml, line.origin],
    { row: is_head(line) ? "head" : line.origin === "default" || !line.origin ? "default" : "" })), "It is not known.");
}

// --- charts ---

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
const when = step => `${clock(state.pools.now - step.ago)}: `;

function drawLoad(pool) {
  const { svg, width, bottom, x, nodes } = sheet("c-load");
  const strip = 30, floor = bottom - strip - 8, all = steps(pool);
  const most = Math.max(1, ...all.map(s => Math.max(s.max, sum(s.states))));
  const y = n => floor * (1 - n / most) + 4 * n / most;
  const worst = Math.max(1, ...all.map(s => s.pending));
  for (const step of all) {
    const from = x(step.ago + step.seconds), wide = Math.max(x(step.ago) - from - .8, .8);
    const [dialing, idle, used, checking, resetting, closing] = step.states;
    let below = 0;
    const said = `${when(step)}${used} used, ${dialing + checking + resetting + closing} dialing, closing …, ${idle} idle, ${step.pending} waiting`;
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

function drawHeat(pool, id, of, allowed) {
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
      nodes.push(shape("rect", { x: from, y: y(row + 1) + .4, width: wide, height: tall - .8, "fill-opacity": strength }, "heat", `${when(step)}${int(n)} of ${range}`));
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

// --- all of it ---

function draw() {
  const { pools, pool } = state;
  if (!pools) return;
  text($("service"), pools.service);
  text($("version"), pools.version);
  say(pools.said);
  drawPools(pools.pools);
  $("pool").hidden = !pool;
  if (!pool) return;
  text($("name"), pool.name + (pool.status === "open" ? "" : `, ${pool.status}`));
  const p = pool.policies;
  text($("policies"), [`acquire ${p.acquire}`, `release ${p.release}`, `evict ${p.evict.join(" + ") || "nothing"}`, `balance ${p.balance}`, `up for ${time(metric(pool, "pool.uptime"))}`].join(" · "));
  drawTiles(pool);
  drawLoad(pool);
  drawHeat(pool, "c-wait", "wait", pool.wait_timeout);
  drawHeat(pool, "c-use", "use", null);
  drawEndpoints(pool);
  drawLists(pool);
  drawConfig(pool);
}

function explain() {
  for (const node of document.querySelectorAll("[data-metric]")) {
    const told = state.catalog[node.dataset.metric];
    if (told) node.title = `${told.meaning}\n${node.dataset.metric} (Prometheus: ${told.prometheus})`;
  }
}

async function get(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

const chosen = pools => {
  let name = null;
  try { name = decodeURIComponent(location.hash.slice(1)); } catch { /* no name at all */ }
  return pools.find(pool => pool.name === name) || pools[0];
};

async function ask() {
  let heard;
  try {
    const pools = await get("/api/pools.json"), one = chosen(pools.pools);
    // The pool may be gone by now; the next answer will not have it.
    heard = { pools, pool: one ? await get(one.href).catch(() => null) : null };
  } catch {
    document.body.classList.add("stale");
    const since = state.pools ? ` since ${clock(state.pools.now)}. What is below is what it said last` : "";
    return say([{ severity: "bad", pool: null, text: `The application does not answer${since}.` }]);
  }
  Object.assign(state, heard);
  document.body.classList.remove("stale");
  text($("clock"), clock(state.pools.now));
  draw();
}

async function live() {
  if (!state.paused && !document.hidden) await ask();
  setTimeout(live, EVERY);
}

// A phone draws its own frame in the page's colour.
const dark = matchMedia("(prefers-color-scheme: dark)");
function frame() {
  document.querySelector("meta[name=theme-color]").content = getComputedStyle(document.body).backgroundColor;
}
dark.addEventListener("change", frame);
frame();

$("pause").addEventListener("click", () => {
  state.paused = !state.paused;
  text($("pause"), state.paused ? "Go on" : "Pause");
  attr($("pause"), "aria-pressed", state.paused);
});
$("defaults").addEventListener("change", draw);
addEventListener("hashchange", ask);
addEventListener("resize", draw);
get("/api/catalog.json").then(catalog => { state.catalog = catalog; explain(); }, () => {});
live();
