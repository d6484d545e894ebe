// The first layer's filters, and a row of test images with what the model says of them.
import { bytesOf, el, number, percent } from "../../dom.js";
import { t } from "../../words.js";

const rgb = (text) => {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = text;
  const hex = probe.fillStyle;
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
};

/** A card of filters, drawn on one canvas: negative in one color, positive in the other. */
export function filterGrid() {
  const canvas = el("canvas", { class: "pixels filters", role: "img" });
  const caption = el("p", { class: "muted small" });
  const node = el("div", { class: "stack" }, canvas, caption);
  let seen = null;

  function draw(filters) {
    if (!filters) {
      canvas.hidden = true;
      caption.textContent = t("train.noFilters");
      return;
    }
    const theme = getComputedStyle(canvas).getPropertyValue("--positive");
    if (seen === filters.pixels + theme) return;
    seen = filters.pixels + theme;
    canvas.hidden = false;
    const [height, width, channels] = filters.shape, bytes = bytesOf(filters.pixels), gap = Math.max(1, Math.round(width / 12));
    const columns = Math.min(filters.shown, Math.max(4, Math.ceil(Math.sqrt(filters.shown * 2)))), rows = Math.ceil(filters.shown / columns);
    canvas.width = columns * (width + gap) - gap;
    canvas.height = rows * (height + gap) - gap;
    canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
    const style = getComputedStyle(canvas), color = (name) => rgb(style.getPropertyValue(name).trim());
    const zero = color("--zero"), plus = color("--positive"), minus = color("--negative");
    const image = new ImageData(canvas.width, canvas.height);
    for (let f = 0; f < filters.shown; f++) {
      const left = (f % columns) * (width + gap), top = Math.floor(f / columns) * (height + gap);
      for (let i = 0; i < height * width; i++) {
        const at = 4 * ((top + Math.floor(i / width)) * canvas.width + left + (i % width));
        const from = (f * height * width + i) * channels;
        for (let c = 0; c < 3; c++) {
          if (channels === 3) image.data[at + c] = bytes[from + c];
          else {
            const value = (bytes[from] - 128) / 127, end = value < 0 ? minus : plus, share = Math.min(1, Math.abs(value) * 1.25);
            image.data[at + c] = zero[c] + share * (end[c] - zero[c]);
          }
        }
        image.data[at + 3] = 255;
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.setAttribute("aria-label", t("train.filtersLabel", { n: filters.shown, h: height, w: width }));
    caption.textContent = t(channels === 3 ? "train.filtersInColor" : "train.filtersCaption", { n: filters.shown, all: filters.count, h: height, w: width, largest: number(filters.largest, 3) });
  }
  return { node, draw };
}

/** The test images; each with its class, and the classes that the model thinks most likely. */
export function testRow() {
  const node = el("ul", { class: "tests" });
  let setup = null, cells = [];

  function draw(now, guesses) {
    if (!now) return node.replaceChildren();
    if (setup !== now) {
      setup = now;
      cells = now.images.map((src, i) => {
        const verdict = el("span", { class: "verdict" }), bars = el("span", { class: "bars" });
        const item = el("li", {}, el("img", { src, alt: t("train.testImage", { name: now.classes[now.labels[i]] }), class: "pixels" }),
          el("span", { class: "true" }, now.classes[now.labels[i]]), verdict, bars);
        return { item, verdict, bars, rows: [] };
      });
      node.replaceChildren(...cells.map((cell) => cell.item));
    }
    cells.forEach((cell, i) => {
      const top = guesses?.[i];
      if (!top) return;
      const right = top[0][0] === setup.labels[i], known = Number.isFinite(Number(top[0][1]));
      cell.item.classList.toggle("right", right);
      cell.verdict.textContent = right ? "✓" : "✗";
      cell.verdict.setAttribute("aria-label", t(right ? "train.right" : "train.wrong"));
      while (cell.rows.length < top.length) {
        const name = el("span", { class: "guess" }), fill = el("i", {}), share = el("span", { class: "share" });
        cell.rows.push({ name, fill, share });
        cell.bars.append(el("span", { class: "chance" }, fill, name, share));
      }
      top.forEach(([k, p], j) => {
        const row = cell.rows[j];
        row.name.textContent = setup.classes[k];
        row.share.textContent = known ? percent(p, 0) : "NaN";
        row.fill.style.width = known ? `${100 * p}%` : "0";
        row.fill.classList.toggle("own", k === setup.labels[i]);
      });
    });
  }
  return { node, draw };
}
