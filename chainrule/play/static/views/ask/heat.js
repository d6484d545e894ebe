// Where the model looks, beside the same with random weights; and the nearest training images.
import { paintHeat, palette, unpacked } from "./maps.js";

export function heatCard(page, model, memory, ask) {
  const { el, t } = page, colors = palette(page), [h, w, c] = model.shape;
  memory.method = model.methods.some((m) => m.name === memory.method) ? memory.method : model.methods[0].name;
  const quick = () => model.methods.find((m) => m.name === memory.method).quick;
  const figure = (text) => {
    const canvas = el("canvas", { class: "pixels ask-heat", width: w, height: h, role: "img" });
    const caption = el("figcaption", { class: "small muted" }, text);
    return { canvas, caption, node: el("figure", {}, canvas, caption) };
  };
  const plain = figure(t("ask.image")), trained = figure(t("ask.trained")), random = figure(t("ask.randomized"));
  const said = el("p", { class: "small" }), go = el("button", { type: "button", onclick: () => ask() }, t("ask.compute"));
  const method = page.choice(model.methods.map((m) => [m.name, t(`ask.${m.name}`)]), memory.method, (name) => {
    memory.method = name;
    go.hidden = quick();
    refresh();
  });
  const target = page.choice([["", t("ask.predicted")], ...model.classes.map((name, k) => [String(k), name])], memory.target ?? "", (k) => {
    memory.target = k;
    refresh();
  });
  go.hidden = quick();
  const figures = el("div", { class: "ask-figures" }, plain.node, trained.node, random.node);
  const card = el("section", { class: "card" }, el("header", {}, el("h2", {}, t("ask.where"))),
    el("div", { class: "row ask-choices" }, page.labeled(t("ask.method"), method), page.labeled(t("ask.class"), target), go),
    figures, said, el("p", { class: "muted small ask-legend" }, t("ask.checkHint")));
  const refresh = () => (quick() ? ask() : undefined);

  function clear(text = t("ask.nothing")) {
    figures.hidden = true;
    said.className = "small muted";
    said.textContent = text;
  }

  function show(pixels, found) {
    figures.hidden = false;
    page.pixels(pixels, w, h, c, plain.canvas);
    plain.canvas.classList.add("ask-heat");
    paintHeat(trained.canvas, unpacked(page, found.map), pixels, c, colors);
    paintHeat(random.canvas, unpacked(page, found.random), pixels, c, colors);
    const name = model.classes[found.target];
    trained.caption.textContent = t("ask.trainedFor", { name });
    trained.canvas.setAttribute("aria-label", t("ask.trainedFor", { name }));
    random.canvas.setAttribute("aria-label", t("ask.randomized"));
    plain.canvas.setAttribute("aria-label", t("ask.image"));
    const known = Number.isFinite(Number(found.correlation));
    said.className = `small ${!known || found.flat ? "muted" : found.passed ? "good" : "warn"}`;
    const key = found.flat ? "flat" : !known ? "unknown" : found.passed ? "passed" : found.by_architecture ? "byArchitecture" : "failed";
    said.textContent = t(`ask.${key}`, { r: Number(found.correlation).toFixed(2) });
  }

  clear();
  return { card, clear, show, quick, empty: () => figures.hidden };
}

export function nearestCard(page, model, ask) {
  const { el, t } = page, [h, w, c] = model.shape;
  const said = el("p", { class: "muted small" }), list = el("ul", { class: "ask-nearest" });
  const go = el("button", { type: "button", onclick: () => ask(), hidden: model.nearest || !model.has_data }, t("ask.compute"));
  const card = el("section", { class: "card" }, el("header", {}, el("h2", {}, t("ask.nearest"))), go, list, said);

  function clear(text = t(model.has_data ? "ask.nothing" : "ask.noRun")) {
    list.replaceChildren();
    said.textContent = text;
  }

  function show(found) {
    list.replaceChildren(...found.images.map((image) => {
      const canvas = page.pixels(page.bytesOf(image.pixels), w, h, c);
      return el("li", {}, canvas, el("span", {}, image.label), el("span", { class: "muted" }, page.number(image.distance, 2)));
    }));
    said.textContent = t("ask.nearestHint", { n: found.searched.toLocaleString(page.language()), of: found.of.toLocaleString(page.language()) });
  }

  clear();
  return { card, clear, show, empty: () => !list.childElementCount };
}
