// The page as it stands, changed only where it differs, so that a selection and the focus stay. No
// markup is ever made from text: a name is a name whatever it looks like.
import { busy, sum } from "/words.js";

export const $ = id => document.getElementById(id);

export function text(node, value) {
  value = String(value);
  if (node.textContent !== value) node.textContent = value;
}
export function attr(node, name, value) {
  if (value == null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
export function children(node, count, make) {
  while (node.children.length > count) node.lastElementChild.remove();
  while (node.children.length < count) node.append(make(node.children.length));
  return [...node.children];
}
export const element = (tag, className) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  return node;
};

// A cell is a text, or { t: text, c: class, title, draw: function of the cell }.
export function table(body, rows, empty, current) {
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

export function bar(host, states, max, severity) {
  let box = host.firstElementChild;
  if (!box) host.append(box = element("span", "bar"));
  box.className = "bar " + (severity || "");
  const parts = [["used", states.used], ["busy", busy(states)], ["idle", states.idle]];
  children(box, 3, at => element("i", parts[at][0])).forEach((i, at) => {
    i.style.width = 100 * parts[at][1] / Math.max(max, 1, sum(states)) + "%";
  });
}
