// Where an image comes from: the pad, a file, or the test images of the run.
import { centered, drawOn } from "/static/shared/drawing.js";

const MOST_BYTES = 16 * 2 ** 20;

/**
 * A card to give an image by. `model` is what the server says of it, `memory` what outlives a
 * language; given(pixels, source, more) is told of an image, and nothing() that there is none.
 */
export function imageCard(page, model, memory, { given, nothing }) {
  const { el, t } = page, side = model.shape[0], parts = [];
  const live = el("p", { class: "ask-live", "aria-hidden": "true" });  // the answer, where it is not in sight
  let pad = null, erasing = false;
  const forget = () => {
    erasing = true;
    pad?.clear();
    erasing = false;
  };

  if (model.drawable) {
    const canvas = el("canvas", {
      class: "ask-pad", width: 280, height: 280, tabindex: 0, role: "application", "aria-label": t("ask.pad"),
    });
    memory.strokes ??= [];
    pad = drawOn(canvas, {
      delay: 8, live: true, strokes: memory.strokes,
      drawn(ink, size) {
        const pixels = centered(ink, size, side);
        if (pixels) given(pixels, t("ask.drawing"), { kind: "drawing" });
        else nothing();
      },
      cleared: () => erasing || nothing(),
    });
    parts.push(canvas, live, el("div", { class: "row" },
      el("p", { class: "muted small ask-grow" }, t("ask.padHint")),
      el("button", { type: "button", class: "ask-clear", onclick: () => pad.clear() }, t("ask.clear"))));
  } else {
    parts.push(el("p", { class: "note" }, t("ask.noPad", { size: model.shape.join("×") })));
  }

  const file = el("input", { type: "file", accept: "image/*", class: "ask-file", onchange: () => {
    if (file.files[0]) take(file.files[0]);
    file.value = "";
  } });
  const drop = el("label", { class: "ask-drop" }, el("span", { class: "button" }, t("ask.choose")), file,
    el("span", { class: "muted small" }, t("ask.drop")));
  parts.push(drop);

  async function take(chosen) {
    if (chosen.size > MOST_BYTES) throw new Error(t("ask.tooLarge", { name: chosen.name, size: MOST_BYTES / 2 ** 20 }));
    const answer = await page.postBytes("/api/ask/image", chosen, { model: memory.model, name: chosen.name });
    forget();
    given(page.bytesOf(answer.pixels), chosen.name, { kind: "file", note: answer.note });
  }

  const over = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  const left = (event) => event.relatedTarget || drop.classList.remove("over");
  const dropped = (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const found = event.dataTransfer.files[0];
    if (found) return take(found).catch(page.failed);
  };
  const pasted = (event) => {
    const found = event.clipboardData?.files[0];
    if (found) {
      event.preventDefault();
      take(found).catch(page.failed);
    }
  };
  const heard = [["dragenter", over], ["dragover", over], ["dragleave", left], ["drop", dropped], ["paste", pasted]];
  for (const [kind, listener] of heard) document.addEventListener(kind, listener);

  if (model.has_data) parts.push(examples());
  function examples() {
    const index = el("input", { type: "number", min: 0, step: 1, value: memory.index ?? 0, inputmode: "numeric", "aria-label": t("ask.testNumber"),
      onchange: () => show(Number(index.value)) });
    let count = memory.count ?? null;
    async function show(place) {
      const wanted = count === null ? Math.max(0, Math.round(place) || 0) : (((Math.round(place) || 0) % count) + count) % count;
      const answer = await page.getJson("/api/ask/example", { model: memory.model, index: wanted });
      [count, memory.count, memory.index] = [answer.count, answer.count, answer.index];
      index.value = answer.index;
      index.max = count - 1;
      forget();
      given(page.bytesOf(answer.pixels), t("ask.testImage", { n: answer.index }), { kind: "test", label: answer.label });
    }
    const step = (by) => show((memory.index ?? (by > 0 ? -1 : 1)) + by);
    return el("fieldset", { class: "ask-examples" }, el("legend", { class: "muted small" }, t("ask.tests")),
      el("div", { class: "row ask-steps" },
        el("button", { type: "button", "aria-label": t("ask.previous"), onclick: () => step(-1) }, "←"),
        index,
        el("button", { type: "button", "aria-label": t("ask.next"), onclick: () => step(1) }, "→"),
        el("button", { type: "button", class: "ask-random", onclick: () => show(Math.floor(Math.random() * (count ?? 100))) }, t("ask.random"))));
  }

  const card = el("section", { class: "card stack" }, el("header", {}, el("h2", {}, t("ask.image"))), parts);
  return { card, live, end: () => heard.forEach(([kind, listener]) => document.removeEventListener(kind, listener)) };
}
