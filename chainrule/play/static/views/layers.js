// A layer with a tiny input: formula, both passes and the gradient check with actual numbers.
import { cells } from "./layers/cells.js";
import { options } from "./layers/options.js";
import { checkTable, source } from "./layers/reading.js";
import { indexOf } from "./layers/shapes.js";

const PAUSE = 150; // milliseconds after a key before the server is asked
const GROUPS = ["linear", "convolution", "pooling", "activations", "normalization", "dropout", "merging", "composed"];

export async function mount(root, page) {
  const { el, t, labeled, memory, number, getJson, postJson } = page;
  memory.catalogue ??= await getJson("/api/layers/catalogue");
  const known = new Set(memory.catalogue.map(({ name }) => name)), linked = location.hash.split("/")[1];
  if (known.has(linked) && linked !== memory.layer) Object.assign(memory, { layer: linked, edits: fresh(), picked: null, look: null, about: null, error: null });
  memory.layer ??= "Conv2d";
  memory.edits ??= fresh();
  let ended = false, busy = false, again = false, timer;
  let arrays = new Map();

  const list = el("select", { onchange: () => open(list.value) }, GROUPS.map((group) => el("optgroup", { label: t(`layers.group_${group}`) },
    memory.catalogue.filter((one) => one.group === group).map(({ name }) => el("option", { value: name, selected: name === memory.layer }, name)))));
  const form = options(page, (name, value) => {
    memory.edits.options[name] = value;
    change({ fit: true });
  });
  const shapes = el("div", { class: "options" });
  const seed = el("input", { type: "text", inputmode: "numeric", value: String(memory.edits.seed), autocomplete: "off", oninput: () => {
    memory.edits.seed = /^\d+$/.test(seed.value.trim()) ? Number(seed.value) : seed.value;
    memory.edits.parameters = {};
    change();
  } });
  const problem = el("p", { class: "note bad problem", role: "alert", hidden: true });
  const head = el("div", {}), results = el("div", { class: "grid" });
  const forward = el("div", {}), backward = el("div", {}), checks = el("div", {}), code = el("div", {});
  const card = (title, lead, content) => el("section", { class: "card" }, el("header", {}, el("h2", {}, title), lead && el("p", { class: "muted small" }, lead)), content);
  results.append(problem, el("section", { class: "card" }, head), card(t("layers.forward"), t("layers.forwardLead"), forward),
    card(t("layers.backward"), t("layers.backwardLead"), backward), card(t("layers.check"), t("layers.checkLead"), checks));
  const seedField = labeled(t("layers.seed"), seed, t("layers.seedHint"));
  root.append(
    el("h1", {}, t("layers.title")),
    el("p", { class: "lead" }, t("layers.lead")),
    el("div", { class: "bench" },
      el("section", { class: "card stack" }, labeled(t("layers.layer"), list), el("h2", {}, t("layers.options")), form.place, el("h2", {}, t("layers.input")), shapes, seedField),
      results,
      el("section", { class: "card code" }, el("header", {}, el("h2", {}, t("layers.source"))), code)));

  function fresh() {
    return { options: {}, seed: 0, inputs: null, dy: null, parameters: {} };
  }

  async function open(name) {
    Object.assign(memory, { layer: name, edits: fresh(), picked: null, look: null, about: null, error: null });
    history.replaceState(null, "", `#layers/${name}`);
    seed.value = "0";
    form.clear();
    shapes.replaceChildren();
    await ask();
  }

  function change({ fit = false, wait = PAUSE } = {}) {
    memory.fit = memory.fit || fit;
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  /** One question at a time; what changes meanwhile is asked next. */
  async function ask() {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      const { layer, edits } = memory, fit = Boolean(memory.fit);
      memory.fit = false;
      try {
        if (memory.about?.layer !== layer) {
          const about = await getJson("/api/layers/about", { layer });
          if (ended) return;
          memory.about = about;
        }
        const look = await postJson("/api/layers/look", { layer, ...edits, fit });
        if (ended) return;
        if (memory.layer !== layer) again = true;
        else take(look, edits);
      } catch (error) {
        if (!ended) page.failed(error);
      }
    } while (again && !ended);
    busy = false;
  }

  function take(look, edits) {
    memory.error = look.error ?? null;
    if (!look.error) {
      const same = (a, b) => a.shape.join() === b.shape.join();
      // What was made anew by the server is no edit of the page any more.
      if (edits.inputs && !edits.inputs.every((one, i) => look.inputs[i] && same(one, look.inputs[i]))) edits.inputs = null;
      if (edits.dy && !same(edits.dy, look.dy)) edits.dy = null;
      edits.parameters = Object.fromEntries(Object.entries(edits.parameters).filter(([path]) => look.edited.includes(path)));
      memory.look = look;
      if (memory.picked && !stillThere(look)) memory.picked = null;
    }
    render();
  }

  function stillThere(look) {
    const array = memory.picked.name === "y" ? look.y : look.gradients.find(({ name }) => name === memory.picked.name);
    return array && memory.picked.at < array.values.length;
  }

  function render() {
    const { look, about, error } = memory;
    problem.hidden = !error;
    problem.textContent = error?.sentence ?? "";
    results.classList.toggle("failed", Boolean(error));
    seed.setAttribute("aria-invalid", String(error?.field === "seed"));
    for (const node of [forward, backward, checks]) node.classList.toggle("stale", Boolean(error));
    if (!about) return;
    head.replaceChildren(el("p", { class: "repr" }, look?.shown ?? about.layer),
      el("pre", { class: "formula" }, about.formula), flow(look),
      about.text ? el("details", {}, el("summary", {}, t("layers.more")), el("p", { class: "about small" }, about.text)) : "");
    if (code.dataset.layer !== about.layer) {
      code.dataset.layer = about.layer;
      code.replaceChildren(source(page, about.source, t("layers.source")), ...about.kernels.map((kernel) =>
        el("details", {}, el("summary", {}, t("layers.kernel", { name: kernel.name })), source(page, kernel, kernel.name))));
      toForward();
    }
    if (!look) return;
    form.update(look.options, error?.field);
    seedField.hidden = !look.seeded;
    shapesOf(look, error);
    numbers(look);
  }

  /** The source is scrolled to where forward begins; what is above it stands in the formula. */
  function toForward() {
    const begin = [...code.querySelectorAll(".source .name")].find((node) => node.textContent === "forward");
    if (begin) begin.closest(".source").scrollTop = begin.offsetTop - begin.closest(".source").offsetTop - 40;
  }

  function flow(look) {
    if (!look) return "";
    const shape = ({ shape }) => `(${shape.join(", ")})`;
    const size = look.parameters.reduce((sum, { values }) => sum + values.length, 0);
    return el("p", { class: "mono small" }, `${look.inputs.map((x) => `${x.name} ${shape(x)}`).join(", ")} → y ${shape(look.y)}`, size ? ` · ${t("layers.parameters", { size })}` : "");
  }

  function shapesOf(look, error) {
    if (shapes.childNodes.length !== look.inputs.length) {
      shapes.replaceChildren(...look.inputs.map(({ name }, i) => {
        const field = el("input", { type: "text", autocomplete: "off", dataset: { shape: i }, oninput: () => {
          const sides = field.value.split(/[\s,x×]+/).filter(Boolean).map((side) => (/^\d+$/.test(side) ? Number(side) : side));
          memory.edits.inputs = (memory.edits.inputs ?? memory.look.inputs).map((one, k) => (k === i ? { shape: sides, values: null } : one));
          change();
        } });
        return labeled(t("layers.shapeOf", { name }), field, t("layers.shapeHint"));
      }));
    }
    shapes.querySelectorAll("input").forEach((field, i) => {
      if (field !== document.activeElement && !error) field.value = look.inputs[i].shape.join(", ");
      field.setAttribute("aria-invalid", String(error?.field === `inputs.${i}`));
    });
  }

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
    const { edits } = memory;
    const names = [look.layer, ...look.inputs.map(({ name }) => name), ...look.parameters.map(({ name }) => name)].join();
    if (arrays.names !== names) {
      arrays = new Map();
      arrays.names = names;
    }
    const edited = (given, current) => given?.values ? { ...current, values: given.values } : current;
    const picked = memory.picked;
    const marks = (name) => (picked?.name === name ? new Map([[picked.at, ["picked"]]]) : new Map());

    const above = look.inputs.map((x, i) => filled(`input ${x.name}`, x.name, edited(edits.inputs?.[i], x), () => ({
      cells: cells(page, { name: x.name, onedit: (at, value) => {
        edits.inputs = (edits.inputs?.every((one) => one.values) ? edits.inputs : memory.look.inputs).map(copy);
        edits.inputs[i].values[at] = value;
        change();
      } }),
      tools: tool("reset", () => {
        edits.inputs = null;
        change({ wait: 0 });
      }),
    })));
    const weights = look.parameters.map((parameter) => {
      const path = parameter.name;
      return filled(`parameter ${path}`, path, edited(edits.parameters[path], parameter), () => ({
        cells: cells(page, { name: path, weight: true, onedit: (at, value) => {
          const now = memory.look.parameters.find(({ name }) => name === path);
          edits.parameters[path] = copy(edits.parameters[path] ?? now);
          edits.parameters[path].values[at] = value;
          change();
        } }),
        tools: tool("reset", () => {
          delete edits.parameters[path];
          change({ wait: 0 });
        }),
      }));
    });
    const y = filled("y", "y", look.y, () => ({ cells: cells(page, { name: "y", onpick: (at) => pick("y", at) }) }), marks("y"), picked?.name === "y" ? output(look) : null);
    const more = [el("p", { class: "small" }, el("span", { class: "muted" }, `${t("layers.cache")} `), look.cache)];
    if (typeof look.predicted === "string") more.push(el("p", { class: "small" }, el("span", { class: "muted" }, `${t("layers.predicted")} `), look.predicted));
    else if (look.predicted) more.push(filled("predicted", t("layers.predictedTitle"), look.predicted, () => ({ cells: cells(page, { name: "predicted" }) })));
    for (const { name, before, after } of look.buffers) {
      more.push(filled(`was ${name}`, t("layers.was", { name }), before, () => ({ cells: cells(page, { name }) })));
      more.push(filled(`is ${name}`, t("layers.is", { name }), after, () => ({ cells: cells(page, { name }) })));
    }
    place(forward, [...above, ...weights, y, ...more]);

    const upstream = filled("dy", "dy", edited(edits.dy, look.dy), () => ({
      cells: cells(page, { name: "dy", onedit: (at, value) => {
        edits.dy = copy(edits.dy ?? memory.look.dy);
        edits.dy.values[at] = value;
        change();
      } }),
      tools: [tool("ones", () => fillDy(() => 1)), tool("reset", () => {
        edits.dy = null;
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

  /** The children of a node, moved only where they differ, so that the focus stays. */
  function place(node, children) {
    if (node.childNodes.length !== children.length || children.some((child, i) => node.childNodes[i] !== child)) {
      const focused = document.activeElement;
      node.replaceChildren(...children);
      if (node.contains(focused)) focused.focus({ preventScroll: true });
    }
  }

  function pick(name, at) {
    memory.picked = { name, at };
    render();
    page.announce(root.querySelector(".readout")?.textContent ?? "");
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

  if (memory.look) render();
  await ask();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
