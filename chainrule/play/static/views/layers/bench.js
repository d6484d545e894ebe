// The arrays of both passes: cells to type into, cells to read, and what is said of a chosen one.
import { cells } from "./cells.js";
import { checkTable } from "./reading.js";
import { indexOf } from "./shapes.js";

/**
 * Fills the elements for forward, backward and the check. `memory` has look, edits and picked
 * of the view; `change(options)` asks the server after an edit, `pick(name, at)` is called when a
 * cell is chosen. Returns the function that shows `look`.
 */
export function bench(page, memory, { forward, backward, checks }, change, pick) {
  const { el, t, number } = page, facts = el("div", {});
  let arrays = new Map();

  const copy = ({ shape, values }) => ({ shape, values: [...values] });
  const tool = (key, act) => el("button", { type: "button", class: "quiet", onclick: act }, t(`layers.${key}`));

  /** One array of the page, made once for its name. */
  function array(name, label, make) {
    if (!arrays.has(name)) {
      const parts = make();
      const shape = el("span", { class: "muted small mono" });
      const note = el("div", {});
      const place = el("div", { class: "array", dataset: { array: name } },
        el("div", { class: "head" }, el("span", { class: "title" }, label), shape, parts.tools ?? []), parts.cells.place, note);
      arrays.set(name, { place, shape, note, cells: parts.cells });
    }
    return arrays.get(name);
  }

  function filled(name, label, value, make, marks, note = null) {
    const one = array(name, label, make);
    one.shape.textContent = `(${value.shape.join(", ")})`;
    one.cells.update(value, marks);
    one.note.replaceChildren(...(note ? [note] : []));
    return one.place;
  }

  function numbers(look) {
    const names = [look.layer, ...look.inputs.map(({ name }) => name), ...look.parameters.map(({ name }) => name)].join();
    if (arrays.names !== names) {
      arrays = new Map();
      arrays.names = names;
    }
    const edited = (given, current) => given?.values ? { ...current, values: given.values } : current;
    const picked = memory.picked;
    const marks = (name) => (picked?.name === name ? new Map([[picked.at, ["picked"]]]) : new Map());

    const above = look.inputs.map((x, i) => filled(`input ${x.name}`, x.name, edited(memory.edits.inputs?.[i], x), () => ({
      cells: cells(page, { name: x.name, onedit: (at, value) => {
        memory.edits.inputs = (memory.edits.inputs?.every((one) => one.values) ? memory.edits.inputs : memory.look.inputs).map(copy);
        memory.edits.inputs[i].values[at] = value;
        change();
      } }),
      tools: tool("reset", () => {
        memory.edits.inputs = null;
        change({ wait: 0 });
      }),
    })));
    const weights = look.parameters.map((parameter) => {
      const path = parameter.name;
      return filled(`parameter ${path}`, path, edited(memory.edits.parameters[path], parameter), () => ({
        cells: cells(page, { name: path, weight: true, onedit: (at, value) => {
          const now = memory.look.parameters.find(({ name }) => name === path);
          memory.edits.parameters[path] = copy(memory.edits.parameters[path] ?? now);
          memory.edits.parameters[path].values[at] = value;
          change();
        } }),
        tools: tool("reset", () => {
          delete memory.edits.parameters[path];
          change({ wait: 0 });
        }),
      }));
    });
    const y = filled("y", "y", look.y, () => ({ cells: cells(page, { name: "y", onpick: (at) => pick("y", at) }) }), marks("y"), picked?.name === "y" ? output(look) : null);
    const more = [facts];
    const fact = (key, text) => el("p", { class: "small" }, el("span", { class: "muted" }, `${t(`layers.${key}`)} `), text);
    facts.replaceChildren(fact("cache", look.cache), typeof look.predicted === "string" ? fact("predicted", look.predicted) : "");
    if (typeof look.predicted === "object" && look.predicted) more.push(filled("predicted", t("layers.predictedTitle"), look.predicted, () => ({ cells: cells(page, { name: "predicted" }) })));
    for (const { name, before, after } of look.buffers) {
      more.push(filled(`was ${name}`, t("layers.was", { name }), before, () => ({ cells: cells(page, { name }) })));
      more.push(filled(`is ${name}`, t("layers.is", { name }), after, () => ({ cells: cells(page, { name }) })));
    }
    place(forward, [...above, ...weights, y, ...more]);

    const upstream = filled("dy", "dy", edited(memory.edits.dy, look.dy), () => ({
      cells: cells(page, { name: "dy", onedit: (at, value) => {
        memory.edits.dy = copy(memory.edits.dy ?? memory.look.dy);
        memory.edits.dy.values[at] = value;
        change();
      } }),
      tools: [tool("ones", () => fillDy(() => 1)), tool("reset", () => {
        memory.edits.dy = null;
        change({ wait: 0 });
      })],
    }));
    const gradients = look.gradients.map((gradient) => {
      const bad = gradient.entries.filter(({ verdict }) => verdict !== "ok").map(({ at, verdict }) => [at, [verdict === "kink" ? "kink" : "wrong"]]);
      const shown = new Map(bad);
      if (picked?.name === gradient.name) shown.set(picked.at, [...(shown.get(picked.at) ?? []), "picked"]);
      const weight = gradient.name.endsWith(".grad");
      return filled(`gradient ${gradient.name}`, gradient.name, gradient, () => ({ cells: cells(page, { name: gradient.name, weight, onpick: (at) => pick(gradient.name, at) }) }),
        shown, picked?.name === gradient.name ? entry(gradient) : null);
    });
    place(backward, [upstream, ...gradients]);
    checks.replaceChildren(checkTable(page, look.gradients));
  }

  /** The children of a node, moved only where they differ: a field that is moved loses its caret. */
  function place(node, children) {
    if (node.childNodes.length !== children.length || children.some((child, i) => node.childNodes[i] !== child)) {
      const focused = document.activeElement;
      node.replaceChildren(...children);
      if (node.contains(focused)) focused.focus({ preventScroll: true });
    }
  }

  function fillDy(value) {
    const { shape, values } = memory.look.dy;
    memory.edits.dy = { shape, values: values.map((_, at) => value(at)) };
    change({ wait: 0 });
  }

  /** A chosen output: its value, and a way to see by what it is changed. */
  function output(look) {
    const { at } = memory.picked;
    return el("div", { class: "readout row" }, el("span", { class: "mono" }, `y${indexOf(look.y.shape, at)} = ${number(look.y.values[at], 7)}`),
      el("button", { type: "button", title: t("layers.onlyHint"), onclick: () => fillDy((place) => Number(place === at)) }, t("layers.only")));
  }

  /** A chosen entry of a gradient beside its central difference. */
  function entry(gradient) {
    const { at } = memory.picked, found = gradient.entries.find((one) => one.at === at);
    const name = `${gradient.name}${indexOf(gradient.shape, at)}`;
    const text = found
      ? t(`layers.entry_${found.verdict}`, { name, analytic: number(found.analytic, 9), numeric: number(found.numeric, 9), error: number(found.error, 2) })
      : t("layers.entryUnchecked", { name, analytic: number(gradient.values[at], 9), why: gradient.problem });
    return el("p", { class: "readout" }, text);
  }
  return numbers;
}
