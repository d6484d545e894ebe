"use strict";
// A page can be read without this. It reads values off the curves, zooms into them, hides some of
// them, and enlarges images. All curves of a page show the same epochs.
(() => {
  const state = { view: null, hidden: new Set(), epoch: null };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const sorted = (...values) => values.sort((a, b) => a - b);
  const html = (name, attributes, text = "") => filled(document.createElement(name), attributes, text);
  function filled(element, attributes, text) {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.textContent = text;
    return element;
  }
  function button(text, label, onclick) {
    return Object.assign(html("button", { type: "button", "aria-label": label, title: label }, text), { onclick });
  }
  // Round values from low to high: about ``count``, no closer than ``least``.
  function ticks(low, high, count, least = 0) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const near = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= rough);
    const step = least ? Math.ceil(Math.max(least, near)) : near, start = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - start + 1 }, (_, i) => (start + i) * step);
  }
  class Plot {
    constructor(svg) {
      Object.assign(this, JSON.parse(svg.dataset.plot), { svg, still: [...svg.children] });
      this.layer = this.draw("g", { class: "layer" }, svg);
      this.marker = this.draw("g", {}, svg);
      this.tip = html("div", { class: "tip", hidden: "" });
      svg.after(this.tip);
      svg.setAttribute("tabindex", "0");
    }
    draw(name, attributes, parent, text = "") {
      const element = document.createElementNS(this.svg.namespaceURI, name);
      return parent.appendChild(filled(element, attributes, text));
    }
    said(y) { return this.percent ? `${+(100 * y).toPrecision(4)}%` : String(+y.toPrecision(4)); }
    scaled(y) { return this.log ? Math.log10(y) : y; }
    shown() { return this.series.filter((s) => !state.hidden.has(s.name)); }
    // The limits of the drawing that the report has; of a changed one, its values at full height.
    show() {
      let [from, to, low, high] = this.limits;
      const changed = state.view !== null || this.shown().length < this.series.length;
      if (changed) {
        [from, to] = state.view || [from, to];
        const seen = ([x], i, line) => (x < from ? line[i + 1]?.[0] >= from : x <= to || line[i - 1]?.[0] <= to);
        const points = this.shown().flatMap((s) => s.points.filter(seen));
        const values = (points.length ? points : [[0, low], [0, high]]).map((p) => this.scaled(p[1]));
        const [least, most] = [Math.min(...values), Math.max(...values)];
        const spare = 0.06 * (most - least) || 0.05 * Math.abs(most) || 1, back = (y) => (this.log ? 10 ** y : y);
        [low, high] = [back(least - spare), back(most + spare)];
      }
      this.now = [from, to, low, high];
      for (const element of this.still) element.toggleAttribute("hidden", changed);
      this.layer.replaceChildren();
      if (changed) this.redraw();
      this.mark();
    }
    place([x, y]) {
      const [left, top, width, height] = this.box, [from, to] = this.now;
      const [low, high] = this.now.slice(2).map((value) => this.scaled(value));
      return [left + width * (x - from) / (to - from), top + height * (high - this.scaled(y)) / (high - low)];
    }
    epochAt(event) {
      const seen = this.svg.getBoundingClientRect(), [left, , width] = this.box, [from, to] = this.now;
      const x = (event.clientX - seen.left) * this.svg.viewBox.baseVal.width / seen.width;
      return from + (to - from) * Math.min(1, Math.max(0, (x - left) / width));
    }
    redraw() {
      const [left, top, width, height] = this.box, [from, to, low, high] = this.now;
      const text = (x, y, anchor, said) => this.draw("text", { x, y, "text-anchor": anchor }, this.layer, said);
      for (const x of ticks(from, to, 6, 1)) text(this.place([x, high])[0], top + height + 14, "middle", x);
      text(left + width / 2, top + height + 26, "middle", "epoch");
      const powers = () => ticks(...[low, high].map(Math.log10), 4).map((e) => +(10 ** e).toPrecision(2));
      for (const y of this.log && high > 20 * low ? powers() : ticks(low, high, 5)) {
        const at = this.place([from, y])[1];
        this.draw("line", { class: "grid", x1: left, x2: left + width, y1: at, y2: at }, this.layer);
        text(left - 4, at + 3, "end", this.said(y));
      }
      const clip = { x: left, y: top, width, height, viewBox: this.box.join(" "), class: "inside" };
      const inside = this.draw("svg", clip, this.layer);
      for (const s of this.shown()) {
        const points = s.points.map((p) => this.place(p).map((v) => v.toFixed(2)).join());
        points.unshift(points[0]); // so that one point is a dot
        this.draw("polyline", { class: s.dashed ? "curve dashed" : "curve", stroke: s.color, points }, inside);
      }
    }
    // The values at the epoch that is pointed at, beside a line through it; also as text.
    mark() {
      this.marker.replaceChildren();
      const found = this.shown().flatMap((s) => s.points.filter((p) => p[0] === state.epoch).map((p) => [s, p]));
      const [from, to] = this.now, [, top, , height] = this.box;
      this.tip.hidden = !found.length || state.epoch < from || state.epoch > to;
      if (this.tip.hidden) return "";
      const x = this.place(found[0][1])[0], share = x / this.svg.viewBox.baseVal.width;
      this.draw("line", { class: "cross", x1: x, x2: x, y1: top, y2: top + height }, this.marker);
      this.tip.replaceChildren(html("b", {}, `epoch ${state.epoch}`), ...found.map(([s, point]) => {
        const [cx, cy] = this.place(point);
        this.draw("circle", { cx, cy, r: 3.5, fill: s.color }, this.marker);
        const row = html("span", {}, `${s.name || this.title.toLowerCase()} ${this.said(point[1])}`);
        row.style.setProperty("--swatch", s.color);
        return row;
      }));
      this.tip.style.left = `${100 * share}%`;
      this.tip.classList.toggle("before", share > 0.5);
      return [...this.tip.children].map((row) => row.textContent).join(", ");
    }
  }

  function curves(legend) {
    const plots = all("svg[data-plot]").map((svg) => new Plot(svg));
    const epochs = sorted(...new Set(plots.flatMap((p) => p.series.flatMap((s) => s.points.map((point) => point[0])))));
    const end = epochs.length - 1, first = epochs[0], last = epochs[end], whole = () => look(first, last);
    const near = (x) => epochs.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a));
    const point = (epoch) => { state.epoch = epoch; return plots.map((p) => p.mark()); };
    const zoom = (factor, [from, to] = state.view || [first, last], at = state.epoch ?? (from + to) / 2) =>
      look(at - (at - from) * factor, at + (to - at) * factor);
    const closer = () => zoom(0.5), farther = () => zoom(2), at = () => epochs.indexOf(state.epoch);
    const step = (i) => point(epochs[Math.min(Math.max(i, 0), end)]);
    const actions = {
      "+": closer, "=": closer, "-": farther, 0: whole, Escape: whole, Home: () => step(0), End: () => step(end),
      ArrowLeft: () => step(at() < 0 ? end : at() - 1), ArrowRight: () => step(at() + 1),
    };
    const out = button("−", "zoom out", farther), reset = button("Reset", "show all epochs", whole);
    const tools = html("span", { class: "tools", role: "group", "aria-label": "zoom" });
    const status = html("p", { class: "unseen", role: "status" });
    function look(from, to) {
      const width = Math.max(to - from, 1), start = Math.max(first, Math.min(from, last - width));
      state.view = width >= last - first ? null : [start, start + width];
      reset.disabled = out.disabled = state.view === null;
      plots.forEach((p) => p.show());
    }
    function listen(plot, i) {
      const on = (name, act) => plot.svg.addEventListener(name, act);
      let from = null, to = null;
      on("pointerdown", (event) => {
        point(near(plot.epochAt(event)));
        if (event.pointerType !== "touch" && event.button === 0) from = plot.epochAt(event);
      });
      on("pointermove", (event) => {
        to = plot.epochAt(event);
        point(near(to));
        if (from === null || !event.buttons) return void (from = null);
        plot.svg.setPointerCapture(event.pointerId);
        const [x, right] = sorted(from, to).map((epoch) => plot.place([epoch, 1])[0]);
        plot.draw("rect", { class: "band", x, y: plot.box[1], width: right - x, height: plot.box[3] }, plot.marker);
      });
      on("pointerup", () => {
        if (from !== null && plot.marker.querySelector(".band")?.getBBox().width > 6) look(...sorted(from, to));
        from = null;
      });
      for (const name of ["pointerleave", "blur"]) on(name, () => point(null));
      on("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in actions)) return;
        event.preventDefault();
        status.textContent = actions[event.key]()?.[i] ?? "";
      });
    }
    for (const item of legend.querySelectorAll("[data-series]")) {
      const toggle = button(item.textContent, "show or hide", () => {
        const { series } = item.dataset, shown = state.hidden.delete(series) || !state.hidden.add(series);
        toggle.setAttribute("aria-pressed", String(shown));
        plots.forEach((p) => p.show());
      });
      for (const { name, value } of item.attributes) toggle.setAttribute(name, value);
      toggle.removeAttribute("aria-label"); // its text says more
      toggle.setAttribute("aria-pressed", "true");
      item.replaceWith(toggle);
    }
    tools.append(html("small", {}, "Drag across to zoom, arrow keys read values"), button("+", "zoom in", closer), out, reset);
    legend.append(tools, status);
    plots.forEach(listen);
    whole();
    addEventListener("beforeprint", () => { point(null); whole(); for (const folded of all("details")) folded.open = true; });
  }

  function images(tiles) {
    const dialog = html("dialog", { class: "large", "aria-label": "image" }), stage = html("div", {});
    let at = 0;
    const before = button("‹", "previous image", () => open(at - 1)), after = button("›", "next image", () => open(at + 1));
    function open(i) {
      at = (i + tiles.length) % tiles.length;
      const figure = tiles[at].cloneNode(true);
      figure.removeAttribute("tabindex");
      figure.append(html("p", {}, figure.querySelector("img").title));
      stage.replaceChildren(figure);
      if (!dialog.open) dialog.showModal();
    }
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    document.body.appendChild(dialog).append(stage, before, after, button("Close", "close", () => dialog.close()));
    tiles.forEach((tile, i) => {
      tile.onclick = () => open(i);
      tile.onkeydown = (event) => event.key === "Enter" && (event.preventDefault(), open(i));
    });
  }
  document.documentElement.classList.add("live");
  if (all("svg[data-plot]").length) all(".legend").forEach(curves);
  images(all("figure.image"));
})();
