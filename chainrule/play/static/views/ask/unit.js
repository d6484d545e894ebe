// One number of a layer's output, written out: the patch, the filter, their products, the sum.
import { grid, paintLarge, palette, unpacked } from "./maps.js";

const FIRST = 3;  // input channels whose tables are shown at once

/** Fills `panel`. move(place) is called for another place of the same map. */
export function unitPanel(page, model, panel, layer, move, close) {
  const { el, t } = page, colors = palette(page), number = (v) => page.number(v, 4);
  let picture = null, waiting = null;

  function show(unit, current, focus) {
    const had = panel.contains(document.activeElement) && document.activeElement === picture;
    const name = unit.place.length === 3
      ? t("ask.unitMap", { channel: unit.place[2], row: unit.place[0], column: unit.place[1] })
      : t(isLogits(unit) ? "ask.unitClass" : "ask.unitVector", { index: unit.place[0], name: model.classes[unit.place[0]] });
    picture = large(unit, current);
    const body = (FORMS[unit.form] ?? FORMS.none)(unit);
    panel.replaceChildren(
      el("div", { class: "row" }, el("h4", {}, name), el("button", { type: "button", class: "quiet ask-close", "aria-label": t("ask.close"), onclick: close }, "×")),
      unit.formula ? el("p", { class: "mono small muted ask-formula" }, unit.formula) : null,
      el("div", { class: "ask-unit" }, el("figure", {}, picture, el("figcaption", { class: "muted small" }, t("ask.moveHint"))),
        el("div", { class: "ask-sums stack" }, body, unit.form === "none" ? null : equality(unit))));
    if (focus || had) picture.focus({ preventScroll: !focus });
    page.announce(`${name}: ${number(unit.output)}`);
  }

  function isLogits(unit) {
    return layer.shape.length === 1 && layer.shape[0] === model.classes.length && unit.form === "linear";
  }

  /** The map or vector in which the number lies, to be walked through by arrow keys or pointer. */
  function large(unit, current) {
    const vector = unit.place.length === 1, packed = unpacked(page, vector ? current.vector : unit.map);
    const count = vector ? packed.shape[0] : 0, { width, height } = vector ? grid(count) : { width: packed.shape[1], height: packed.shape[0] };
    const [row, column] = vector ? [Math.floor(unit.place[0] / width), unit.place[0] % width] : unit.place;
    const canvas = el("canvas", { class: "ask-large", tabindex: 0, role: "application", "aria-label": t("ask.walk") });
    paintLarge(page, canvas, packed.bytes, width, height, colors, [row, column, 1, 1]);
    const go = (r, c) => {
      const at = [Math.max(0, Math.min(height - 1, r)), Math.max(0, Math.min(width - 1, c))];
      const place = vector ? [Math.min(count - 1, at[0] * width + at[1])] : [...at, unit.place[2]];
      clearTimeout(waiting);
      waiting = setTimeout(() => move(place), 15);
    };
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.key === "Escape") close();
      else if (!by) return;
      else go(row + by[0], column + by[1]);
      event.preventDefault();
    });
    const pointed = (event) => {
      const box = canvas.getBoundingClientRect();
      go(Math.floor(((event.clientY - box.top) / box.height) * height), Math.floor(((event.clientX - box.left) / box.width) * width));
    };
    canvas.addEventListener("pointerdown", pointed);
    return canvas;
  }

  function equality(unit) {
    const off = Math.abs(Number(unit.result) - Number(unit.output)), size = Math.max(1e-6, Math.abs(Number(unit.output)));
    const same = off <= 1e-3 * Math.max(size, 1);
    return el("p", { class: `chip ${same ? "good" : "warn"} ask-equal` },
      t(same ? "ask.equal" : "ask.unequal", { output: number(unit.output), result: number(unit.result) }));
  }

  /** A small table of numbers, each on the color of its value. */
  function table(values, caption, { outside, winner } = {}) {
    const largest = Math.max(...values.flat().map((v) => Math.abs(Number(v)) || 0)) || 1;
    return el("table", { class: "ask-numbers" }, el("caption", { class: "muted small" }, caption),
      el("tbody", {}, values.map((row, i) => el("tr", {}, row.map((v, j) => {
        const x = Number(v), share = Math.round(36 * Math.min(1, Math.abs(x) / largest)) || 0;
        const won = winner && winner[0] === i && winner[1] === j;
        const cell = el("td", { class: outside?.[i]?.[j] ? "outside" : won ? "winner" : null, title: outside?.[i]?.[j] ? t("ask.padding") : null },
          outside?.[i]?.[j] && !Number.isFinite(x) ? "·" : page.number(v, 3));
        if (share) cell.style.background = `color-mix(in srgb, var(${x < 0 ? "--negative" : "--positive"}) ${share}%, transparent)`;
        return cell;
      })))));
  }

  /** The maps that a window lies on, with it framed. */
  function seen(unit, k) {
    const { shape: [, high, wide], bytes } = unpacked(page, unit.inputs), { top, left, size, dilation } = unit.window;
    const canvas = el("canvas", { role: "img", class: "ask-window", "aria-label": t("ask.patchAt", { row: top, column: left }) });
    const frame = [top, left, (size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1];
    paintLarge(page, canvas, bytes.subarray(k * high * wide, (k + 1) * high * wide), wide, high, colors, frame, 112);
    return el("figure", {}, canvas, el("figcaption", { class: "muted small" }, t("ask.inputMap")));
  }

  const line = (...parts) => el("p", { class: "mono ask-line" }, parts);
  const signed = (v) => (Number(v) < 0 ? ` − ${number(-Number(v))}` : ` + ${number(v)}`);
  const withBias = (sum, unit) => (unit.bias === null ? sum : `${sum}${signed(unit.bias)} (${t("ask.bias")})`);

  const FORMS = {
    convolution(unit) {
      const order = unit.parts.map((_, k) => k).sort((a, b) => Math.abs(unit.parts[b].sum) - Math.abs(unit.parts[a].sum));
      const part = (k) => {
        const p = unit.parts[k];
        return el("div", { class: "ask-part" },
          seen(unit, k),
          table(p.patch, t("ask.patch", { channel: p.channel }), unit), el("span", { class: "ask-sign" }, "×"),
          table(p.filter, t("ask.filter")), el("span", { class: "ask-sign" }, "="),
          table(p.products, t("ask.products")), el("span", { class: "ask-sign" }, `Σ ${number(p.sum)}`));
      };
      const sums = [...unit.parts.map((p) => p.sum), ...(unit.rest.count ? [unit.rest.sum] : [])];
      const total = sums.slice(1).reduce((text, v) => text + signed(v), `${sums.length > 1 ? "" : "Σ "}${number(sums[0])}`);
      return [
        ...order.slice(0, FIRST).map(part),
        order.length > FIRST ? details(t("ask.moreChannels", { n: order.length - FIRST }), () => order.slice(FIRST).map(part)) : null,
        unit.rest.count ? el("p", { class: "muted small" }, t("ask.restChannels", { n: unit.rest.count, sum: number(unit.rest.sum) })) : null,
        line(withBias(total, unit), ` = `, el("strong", {}, number(unit.result))),
      ];
    },
    linear(unit) {
      const row = (p) => el("tr", {}, el("td", {}, `x[${p.index}]`), el("td", { class: "number" }, number(p.input)), el("td", { class: "number" }, number(p.weight)), el("td", { class: "number" }, number(p.product)));
      const sum = unit.terms.reduce((total, p) => total + Number(p.product), Number(unit.rest.sum));
      return [
        el("div", { class: "wide ask-terms", tabindex: 0, role: "region", "aria-label": t("ask.products") }, el("table", {},
          el("thead", {}, el("tr", {}, ["ask.input", "ask.inputValue", "ask.weight", "ask.product"].map((key, i) => el("th", { class: i ? "number" : null }, t(key))))),
          el("tbody", {}, unit.terms.map(row)))),
        unit.rest.count ? el("p", { class: "muted small" }, t("ask.restTerms", { n: unit.rest.count, sum: number(unit.rest.sum) })) : null,
        line(withBias(`Σ ${number(sum)}`, unit), " = ", el("strong", {}, number(unit.result))),
      ];
    },
    maximum: (unit) => [el("div", { class: "ask-part" }, seen(unit, 0), table(unit.patch, t("ask.window"), unit)), line("max = ", el("strong", {}, number(unit.result)))],
    mean: (unit) => [el("div", { class: "ask-part" }, seen(unit, 0), unit.patch.length * unit.patch[0].length <= 100 ? table(unit.patch, t("ask.window"), unit) : null),
      line(`${number(unit.sum)} / ${unit.count} = `, el("strong", {}, number(unit.result)))],
    norm: (unit) => [el("p", { class: "muted small" }, t(unit.statistics === "training" ? "ask.ofTraining" : "ask.ofImage")),
      line(`${number(unit.gamma)} · (${number(unit.input)} − ${bracket(unit.mean)}) / √(${number(unit.var)} + ${number(unit.eps)})${signed(unit.beta)} = `, el("strong", {}, number(unit.result)))],
    normalize: (unit) => [line(`(${number(unit.input)}${unit.unit > 1 ? ` / ${unit.unit}` : ""} − ${bracket(unit.mean)}) / ${number(unit.std)} = `, el("strong", {}, number(unit.result)))],
    function: (unit) => [line(`f(${number(unit.input)}) = `, el("strong", {}, number(unit.result)))],
    copy: (unit) => [line(`y = x[${unit.source.join(", ")}]${unit.from === undefined ? "" : ` (${t("ask.branch", { n: unit.from + 1 })})`} = `, el("strong", {}, number(unit.result)))],
    sum: (unit) => [line(unit.terms.slice(1).reduce((text, v) => text + signed(v), number(unit.terms[0])), " = ", el("strong", {}, number(unit.result)))],
    product: (unit) => [line(unit.terms.map(bracket).join(" · "), " = ", el("strong", {}, number(unit.result)))],
    none: (unit) => [line("y = ", el("strong", {}, number(unit.output))), el("p", { class: "muted small" }, t("ask.notWritten"))],
  };

  function bracket(v) {
    return Number(v) < 0 ? `(${number(v)})` : number(v);
  }

  /** What is made when it is unfolded for the first time. */
  function details(text, make) {
    const node = el("details", { class: "stack", ontoggle: () => node.childElementCount === 1 && node.append(...make()) }, el("summary", {}, text));
    return node;
  }

  return show;
}
