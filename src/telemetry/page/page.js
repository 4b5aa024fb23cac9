// The live page: asks for JSON every two seconds and writes it into the page.
import { $, attr, bar, children, element, table, text } from "/cells.js";
import { drawHeat, drawLoad } from "/charts.js";
import { BUSY, NONE, busy, clock, int, limit, metric, percent, rate, sum, time } from "/words.js";

const EVERY = 2000, PATIENCE = 8000, FEW = 8;
const state = { paused: false, catalog: {}, pools: null, pool: null, more: {}, severity: null };

// The first few rows, and a button for the others. Of many more than are told, the first are: see `total`.
function few(id, rows, empty, total = rows.length) {
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
  const all = total > rows.length ? `The first ${rows.length} of ${int(total)}` : `All ${rows.length}`;
  text(button, state.more[id] ? "Fewer" : all);
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
      int(count.used), int(count.idle), int(busy(count)),
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
  const leases = pool.endpoints.reduce((n, e) => n + metric(e, "lease.count"), 0);
  const pending = metric(pool, "connection.pending_requests");
  few("leases", pool.leases.map(l => [
    { t: l.connection, c: "mono" }, l.endpoint,
    { t: time(l.held_for), c: pool.overdue_after != null && l.held_for > pool.overdue_after ? "is-odd" : "" },
    time(l.age), { t: int(l.uses), title: l.shares > 1 ? `${l.shares} share it` : null }, site(l.site), traced(l.trace_id),
  ]), "Nobody holds a connection.", leases);
  text($("n-leases"), leases ? int(leases) : "");
  text($("n-waiting"), pending ? int(pending) : "");
  few("waiting", pool.waiting.map(w => [
    { t: time(w.waited), c: pool.wait_timeout != null && w.waited > pool.wait_timeout / 2 ? "is-bad" : "" },
    w.endpoint || "any", site(w.site), traced(w.trace_id),
  ]), "Nobody waits.", pending);
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
  text($("policies"), [`acquire ${p.acquire}`, `release ${p.release}`, `evict ${p.evict.join(" + ") || "nothing"}`, `balance ${p.balance}`, ...(p.health ? [`health ${p.health}`] : []), ...(p.queue ? [`queue ${p.queue}`] : []), `up for ${time(metric(pool, "pool.uptime"))}`].join(" · "));
  drawTiles(pool);
  drawLoad(pool, pools.now);
  drawHeat(pool, pools.now, "c-wait", "wait", pool.wait_timeout);
  drawHeat(pool, pools.now, "c-use", "use", null);
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

// The pool that the address names; without one, the application says which is the worst.
function chosen() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

async function ask() {
  const name = chosen();
  let pools;
  try {
    pools = await get("/api/pools.json" + (name && "?name=" + encodeURIComponent(name)));
  } catch {
    document.body.classList.add("stale");
    const since = state.pools ? ` since ${clock(state.pools.now)}. What is below is what it said last` : "";
    return say([{ severity: "bad", pool: null, text: `The application does not answer${since}.` }]);
  }
  // Another pool was chosen meanwhile, and is asked for.
  if (name !== chosen()) return;
  Object.assign(state, { pools, pool: pools.pool });
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
