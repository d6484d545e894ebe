// Ask a model: draw a digit or drop an image, and see what the model says, where it looks, what
// each layer makes of it, and which training images it holds for alike.
import { barsCard } from "./ask/bars.js";
import { heatCard, nearestCard } from "./ask/heat.js";
import { imageCard } from "./ask/input.js";
import { layersCard } from "./ask/layers.js";

const SLOW = 400;  // milliseconds after which a card says that it is being computed
const CALM = 220;  // milliseconds without a stroke, after which more than probabilities is asked for

/** `work`, never twice at a time: calls that come meanwhile are one more at the end. */
function latest(work) {
  let running = false, again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}

export async function mount(root, page) {
  const { el, t, memory, shared } = page;
  let open = null, mounted = true;
  const place = el("div", { class: "stack" });
  const head = el("header", { class: "ask-head" }, el("div", {}, el("h1", {}, t("ask.title")), el("p", { class: "lead" }, t("ask.lead"))));
  root.append(head, place);

  async function models(wanted) {
    const found = await page.getJson("/api/ask/models");
    if (!mounted) return;
    const names = [...found.runs, ...found.files];
    if (!names.length) return welcome();
    const chosen = [wanted, shared.model, memory.model].find((name) => names.includes(name)) ?? names[0];
    const select = el("select", { class: "ask-model", onchange: () => choose(select.value) },
      [["runs", found.runs], ["files", found.files]].filter(([, list]) => list.length).map(([key, list]) =>
        el("optgroup", { label: t(`ask.${key}`) }, list.map((name) => el("option", { value: name }, name)))));
    select.value = chosen;
    head.replaceChildren(head.firstChild, page.labeled(t("ask.model"), select));
    await choose(chosen);
  }

  function small() {
    const button = el("button", { type: "button", class: "primary ask-small", onclick: async () => {
      button.disabled = true;
      button.textContent = t("ask.training");
      page.announce(t("ask.training"));
      try {
        const made = await page.postJson("/api/ask/small");
        page.announce(t("ask.trainedSmall", { name: made.model, share: page.percent(made.accuracy) }));
        if (mounted) await models(made.model);
      } finally {
        button.disabled = false;
        button.textContent = t("ask.small");
      }
    } }, t("ask.small"));
    return button;
  }

  function welcome() {
    place.replaceChildren(el("section", { class: "card stack ask-welcome" }, el("h2", {}, t("ask.none")),
      el("p", {}, t("ask.noneHint")), el("p", {}, small()),
      el("p", { class: "muted" }, t("ask.orRun"), " ", el("code", {}, "chainrule train mnist"))));
  }

  async function choose(name) {
    open?.end();
    open = null;
    if (memory.model !== name) Object.assign(memory, { pixels: null, strokes: [], index: null, count: null, selected: null });
    memory.model = name;
    let model;
    const slow = setTimeout(() => place.replaceChildren(el("p", { class: "empty" }, t("shell.loading"))), SLOW);
    try {
      model = await page.getJson("/api/ask/model", { model: name });
    } catch (error) {
      if (mounted && memory.model === name) place.replaceChildren(el("p", { class: "note bad", role: "alert" }, error.message));
      return;
    } finally {
      clearTimeout(slow);
    }
    if (!mounted || memory.model !== name) return;
    shared.model = name;
    open = session(model, name);
  }

  /** The cards of one model. */
  function session(model, name) {
    let calm = 0, alive = true;
    const query = { model: name };
    const send = (what, more = {}) => page.postBytes(`/api/ask/${what}`, memory.pixels, { ...query, ...more });
    const bars = barsCard(page, model), layers = layersCard(page, model, memory, send);
    const guarded = (card, work) => latest(async () => {
      if (!memory.pixels || !alive) return;
      const header = card().card.firstChild, slow = setTimeout(() => {
        header.dataset.busy = t("ask.computing");
        if (card().empty()) card().clear("");
      }, SLOW);
      try {
        await work();
      } catch (error) {
        if (alive) card().clear(error.message);
      } finally {
        clearTimeout(slow);
        delete header.dataset.busy;
      }
    });
    const predict = latest(async () => {
      const { pixels, source, more } = memory;
      if (!pixels || !alive) return;
      const { probabilities } = await send("predict");
      if (!alive || !memory.pixels) return;
      bars.show(pixels, probabilities, source, more);
      input.live.textContent = bars.text();
    });
    const explain = guarded(() => heat, async () => {
      const pixels = memory.pixels;
      const found = await send("heat", { method: memory.method, target: memory.target || undefined });
      if (alive && memory.pixels) heat.show(pixels, found);
    });
    let searching = model.nearest;
    const search = guarded(() => near, async () => {
      searching = true;
      const found = await send("nearest");
      if (alive && memory.pixels) near.show(found);
    });
    const look = guarded(() => layers, async () => {
      const found = await send("layers");
      if (alive && memory.pixels) await layers.show(found.layers);
    });
    const heat = heatCard(page, model, memory, explain), near = nearestCard(page, model, search);

    const rest = () => {
      look();
      if (heat.quick()) explain();
      if (model.has_data && searching) search();
    };
    const given = (pixels, source, more) => {
      if (!alive) return;
      Object.assign(memory, { pixels, source, more });
      predict();
      clearTimeout(calm);
      calm = setTimeout(rest, CALM);
    };
    const nothing = () => {
      if (!alive) return;
      memory.pixels = null;
      clearTimeout(calm);
      for (const card of [bars, heat, near, layers]) card.clear();
      input.live.textContent = "";
    };
    const input = imageCard(page, model, memory, { given, nothing });
    const about = el("p", { class: "muted small" }, t("ask.about", {
      size: model.shape.join("×"), classes: model.classes.length, parameters: model.parameters.toLocaleString(page.language()),
    }));
    place.replaceChildren(
      about,
      el("div", { class: "ask-top" }, input.card, bars.card, el("div", { class: "stack" }, heat.card, near.card)),
      layers.card,
      ...(model.drawable ? [] : [el("p", { class: "row" }, small())]));
    if (memory.pixels) given(memory.pixels, memory.source, memory.more);
    else if (model.nearest && model.has_data) page.getJson("/api/ask/prepare", query).catch(() => {});  // a search says it
    return { end() {
      alive = false;
      clearTimeout(calm);
      input.end();
    } };
  }

  await models();
  return () => {
    mounted = false;
    open?.end();
  };
}
