// Each layer's output as maps with its shape; a map is opened by a click.
import { grid, paint, palette, unpacked } from "./maps.js";
import { unitPanel } from "./unit.js";

export function layersCard(page, model, memory, send) {
  const { el, t } = page, colors = palette(page);
  const hint = el("p", { class: "muted small" }), list = el("div", { class: "ask-layers" });
  const card = el("section", { class: "card" }, el("header", {}, el("h2", {}, t("ask.layers"))), hint, list);
  let rows = [];

  function clear(text = t("ask.nothing")) {
    rows = [];
    list.replaceChildren();
    hint.textContent = text;
  }

  /** The rows, made anew only where the layers are others than before. */
  async function show(layers) {
    hint.textContent = t("ask.layersHint");
    const same = rows.length === layers.length && rows.every((row, i) => row.path === layers[i].path);
    if (!same) {
      rows = layers.map(layerRow);
      list.replaceChildren(...rows.map((row) => row.node));
    }
    await Promise.all(rows.map((row, i) => row.update(layers[i])));
    const row = rows[memory.selected?.step];
    if (row) await row.open(memory.selected.place, false);
  }

  function layerRow(layer) {
    const facts = el("span", { class: "muted small" }), maps = el("div", { class: "ask-maps", role: "group" });
    const panel = el("div", { class: "ask-panel", hidden: true });
    const spatial = Boolean(layer.maps), total = layer.shape.at(-1);
    let every = false, cells = [], current = layer;
    maps.setAttribute("aria-label", t("ask.mapsOf", { path: layer.path, kind: layer.kind }));
    const more = el("button", { type: "button", class: "quiet", onclick: async () => {
      every = true;
      await update(current);
    } }, t("ask.allMaps", { n: Math.min(total, 256) }));
    more.hidden = !spatial || layer.maps.shape[0] >= Math.min(total, 256);
    const node = el("article", { class: "ask-layer" },
      el("div", { class: "ask-layer-head" }, el("h3", {}, layer.kind), el("code", { class: "muted small" }, layer.path),
        el("span", { class: "chip" }, layer.shape.join("×")), facts),
      maps, more, panel);

    /** Arrow keys go from map to map; Tab leaves them. */
    maps.addEventListener("keydown", (event) => {
      const at = cells.indexOf(document.activeElement), by = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      if (at < 0 || !by) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(cells.length - 1, at + by));
      cells[at].tabIndex = -1;
      cells[next].tabIndex = 0;
      cells[next].focus();
    });

    const button = (label, opened) => {
      const canvas = el("canvas");
      const made = el("button", { type: "button", class: "ask-map", "aria-label": label, title: label, onclick: (event) => {
        const box = canvas.getBoundingClientRect(), pointed = event.detail > 0;
        opened(pointed ? [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width] : null);
      } }, canvas);
      made.canvas = canvas;
      return made;
    };

    async function update(next) {
      current = next;
      facts.textContent = t("ask.facts", { low: page.number(next.least, 3), high: page.number(next.largest, 3), zeros: page.percent(next.zeros, 0) });
      if (spatial) {
        const full = every ? await send("layer", { step: next.step }) : next;
        drawMaps(unpacked(page, full.maps), full.step);
        more.hidden ||= every;
      } else drawVector(unpacked(page, next.vector));
    }

    function drawMaps({ shape: [count, high, wide], bytes }) {
      if (cells.length !== count) {
        cells = Array.from({ length: count }, (_, c) => button(t("ask.map", { n: c }), (at) => open(spot(c, at))));
        cells.forEach((cell, c) => { cell.tabIndex = c ? -1 : 0; });
        maps.replaceChildren(...cells);
      }
      cells.forEach((cell, c) => paint(cell.canvas, bytes.subarray(c * high * wide, (c + 1) * high * wide), wide, high, colors));
      const [h, w] = layer.shape;
      /** Where in the map: where it was pointed at, or where it is strongest. */
      function spot(c, at) {
        if (at) return [Math.min(h - 1, Math.floor(at[0] * h)), Math.min(w - 1, Math.floor(at[1] * w)), c];
        let best = 0;
        for (let i = 0; i < high * wide; i++)
          if (Math.abs(bytes[c * high * wide + i]) > Math.abs(bytes[c * high * wide + best])) best = i;
        return [Math.min(h - 1, Math.floor(((Math.floor(best / wide) + 0.5) * h) / high)), Math.min(w - 1, Math.floor((((best % wide) + 0.5) * w) / wide)), c];
      }
    }

    function drawVector({ shape: [count], bytes }) {
      const { width, height, cell } = grid(count);
      if (!cells.length) {
        cells = [button(t("ask.vector", { n: count }), (at) => open([pick(at)]))];
        cells[0].classList.add("ask-vector");
        cells[0].canvas.style.width = `${width * cell}px`;
        cells[0].canvas.style.aspectRatio = `${width} / ${height}`;
        maps.replaceChildren(...cells);
      }
      paint(cells[0].canvas, bytes, width, height, colors);
      function pick(at) {
        if (at) return Math.min(count - 1, Math.floor(at[0] * height) * width + Math.min(width - 1, Math.floor(at[1] * width)));
        return bytes.reduce((best, v, i) => (Math.abs(v) > Math.abs(bytes[best]) ? i : best), 0);
      }
    }

    const show = unitPanel(page, model, panel, layer, (place) => open(place, false), close);
    async function open(place, focus = true) {
      const step = current.step;
      if (memory.selected && memory.selected.step !== step) rows[memory.selected.step]?.close();
      memory.selected = { step, place };
      const unit = await send("unit", { step, place: place.join(",") });
      if (memory.selected?.step !== step || String(memory.selected.place) !== String(place)) return;
      cells.forEach((cell, c) => cell.classList.toggle("chosen", spatial ? c === place[2] : true));
      panel.hidden = false;
      show(unit, current, focus);
    }
    function close() {
      if (memory.selected?.step === current.step) memory.selected = null;
      panel.hidden = true;
      for (const cell of cells) cell.classList.remove("chosen");
    }
    return { path: layer.path, node, update, open, close };
  }

  clear();
  return { card, clear, show, empty: () => !rows.length };
}
