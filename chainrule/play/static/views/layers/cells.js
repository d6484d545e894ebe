// An array as cells: numbers to read, or fields to type into. One stop of the Tab key for each
// block; the arrow keys go from cell to cell.
import { blocks, indexOf } from "./shapes.js";

/** Four digits, and no more than four after the point: as much as a cell holds. */
const rounded = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  const digits = Number(value.toPrecision(4)), size = Math.abs(value);
  return size === 0 || (size >= 1e-3 && size < 1e5) ? String(Number(digits.toFixed(4))) : digits.toExponential(2).replace("e+", "e");
};
const typed = (text) => {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" || Number.isNaN(Number(plain)) ? text : Number(plain);
};

/**
 * `onedit(place, value)` makes the cells fields, a value that is no number being the text that was
 * typed; `onpick(place)` is called when a cell is chosen. Returns {place, update(array, marks)},
 * where marks has the class of some places ("wrong", "kink", "picked").
 */
export function cells(page, { name, weight = false, onedit, onpick }) {
  const { el, number } = page;
  const place = el("div", { class: "blocks" });
  let shape = "", fields = new Map();

  function build(sizes) {
    fields = new Map();
    const all = blocks(sizes, weight);
    place.replaceChildren(...all.map(({ title, rows }) => {
      const table = el("table", { class: "cells", role: "grid", "aria-label": `${name}${title && ` ${title}`}` },
        el("tbody", {}, rows.map((row, i) => el("tr", {}, row.map((flat, j) => cell(sizes, flat, i === 0 && j === 0))))));
      table.addEventListener("keydown", move);
      table.addEventListener("focusin", ({ target }) => {
        if (!target.classList.contains("cell")) return;
        for (const other of table.querySelectorAll('.cell[tabindex="0"]')) other.tabIndex = -1;
        target.tabIndex = 0;
      });
      return el("div", { class: "block" }, all.length > 1 ? el("p", { "aria-hidden": "true" }, title) : null, table);
    }));
  }

  function cell(sizes, flat, first) {
    const label = `${name}${indexOf(sizes, flat)}`;
    const common = { tabindex: first ? 0 : -1, title: label, "data-at": flat };
    let node;
    if (onedit) {
      node = el("input", { class: "cell", type: "text", autocomplete: "off", "aria-label": label, ...common,
        oninput: () => onedit(flat, typed(node.value)), onfocus: () => node.select() });
    } else {
      node = el("span", { class: onpick ? "cell pickable" : "cell", role: onpick ? "button" : null, ...common,
        onclick: onpick ? () => onpick(flat) : null,
        onkeydown: onpick && ((event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            onpick(flat);
          }
        }) });
    }
    fields.set(flat, node);
    return el("td", { role: "gridcell" }, node);
  }

  function update(array, marks = new Map()) {
    if (array.shape.join() !== shape) {
      shape = array.shape.join();
      build(array.shape);
    }
    const sizes = array.values.map((value) => Math.abs(Number(value))).filter(Number.isFinite);
    const largest = Math.max(...sizes, 0);
    for (const [flat, node] of fields) {
      const value = array.values[flat], x = Number(value);
      if (onedit) {
        if (typed(node.value) !== value && rounded(typed(node.value)) !== rounded(value)) node.value = rounded(value);
        node.setAttribute("aria-invalid", String(typeof value !== "number"));
      } else {
        const label = `${name}${indexOf(array.shape, flat)}`;
        node.textContent = Number.isFinite(x) ? rounded(x).replace("-", "−") : number(x);
        node.title = `${label} = ${number(x, 7)}`;
        if (onpick) node.setAttribute("aria-label", `${label} ${number(x)}`);
      }
      node.classList.toggle("positive", x > 0);
      node.classList.toggle("negative", x < 0);
      node.style.setProperty("--share", `${largest > 0 && Number.isFinite(x) ? Math.round((34 * Math.abs(x)) / largest) : 0}%`);
      for (const mark of ["wrong", "kink", "picked"]) node.classList.toggle(mark, Boolean(marks.get(flat)?.includes(mark)));
    }
  }
  return { place, update };
}

/** Up and down always; left and right where the caret cannot go further, or all is selected. */
function move(event) {
  const { target, key } = event;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  if (!steps || !target.classList.contains("cell") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (target.tagName === "INPUT" && steps[1]) {
    const { selectionStart: from, selectionEnd: to, value } = target;
    const all = from === 0 && to === value.length;
    if (!all && !(from === to && from === (steps[1] < 0 ? 0 : value.length))) return;
  }
  event.preventDefault();
  event.stopPropagation();
  const cell = target.closest("td"), row = cell.parentElement;
  const next = row.parentElement.rows[row.rowIndex + steps[0]]?.cells[cell.cellIndex + steps[1]];
  next?.querySelector(".cell").focus();
}
