// A layer with a tiny input: formula, both passes and the gradient check with actual numbers.
import { oneAtATime } from "../api.js";
import { bench } from "./layers/bench.js";
import { options } from "./layers/options.js";
import { source } from "./layers/reading.js";

const PAUSE = 150; // milliseconds after a key before the server is asked
const GROUPS = ["linear", "convolution", "pooling", "activations", "normalization", "dropout", "merging", "composed"];

export async function mount(root, page) {
  const { el, t, labeled, memory, getJson, postJson } = page;
  memory.catalogue ??= await getJson("/api/layers/catalogue");
  const known = new Set(memory.catalogue.map(({ name }) => name)), linked = location.hash.split("/")[1];
  if (known.has(linked) && linked !== memory.layer) Object.assign(memory, { layer: linked, edits: fresh(), picked: null, look: null, about: null, error: null });
  memory.layer ??= "Conv2d";
  memory.edits ??= fresh();
  let ended = false, timer;

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
  const numbers = bench(page, memory, { forward, backward, checks }, change, pick);
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

  const ask = oneAtATime(async () => {
    clearTimeout(timer);
    const { layer, edits } = memory, fit = Boolean(memory.fit);
    memory.fit = false;
    if (memory.about?.layer !== layer) {
      const about = await getJson("/api/layers/about", { layer });
      if (ended) return;
      memory.about = about;
    }
    const look = await postJson("/api/layers/look", { layer, ...edits, fit });
    if (!ended && memory.layer === layer) take(look, edits);
  }, () => ended, page.failed);

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

  function pick(name, at) {
    memory.picked = { name, at };
    render();
    page.announce(root.querySelector(".readout")?.textContent ?? "");
  }

  if (memory.look) render();
  await ask();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
