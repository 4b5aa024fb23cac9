// Numbers and times as people say them, and where they stand in the documents.

const NBSP = "\u00a0";
export const NONE = "–";
const digits = v => v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2);
export const int = n => n == null ? NONE : String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
export const rate = v => v >= 100 ? int(v) : v.toFixed(1);
export const percent = v => v == null ? NONE : (v * 100).toFixed(1) + NBSP + "%";
export function time(s) {
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
export const limit = s => time(s).replace(/\.?0+(?=\s)/, match => match[0] === "." ? "" : match);
export const clock = unix => {
  const d = new Date(unix * 1000), two = n => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
};
export const metric = (of, name) => of.metrics["clearpool." + name];
export const sum = all => Object.values(all || {}).reduce((a, b) => a + b, 0);

// What a connection can do besides being used and being idle.
export const BUSY = ["dialing", "checking", "resetting", "closing"];
export const busy = states => BUSY.reduce((n, state) => n + states[state], 0);
