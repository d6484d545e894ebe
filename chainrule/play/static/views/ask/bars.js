// Probabilities of the classes as bars, which move at each stroke.

const MOST = 12;

export function barsCard(page, model) {
  const { el, t, percent } = page;
  const seen = el("canvas", { class: "pixels ask-seen", width: 1, height: 1, role: "img", "aria-label": t("ask.seen") });
  const answer = el("p", { class: "ask-answer", role: "status", "aria-live": "polite" });
  const source = el("p", { class: "muted small" }), note = el("p", { class: "note warn small", hidden: true });
  const list = el("ol", { class: "ask-bars", "aria-label": t("ask.probabilities") });
  const card = el("section", { class: "card" }, el("header", {}, el("h2", {}, t("ask.says"))),
    el("div", { class: "ask-result" }, seen, el("div", {}, answer, source, note)), list);
  const rows = model.classes.length <= MOST ? model.classes.map((_, k) => k) : null;
  let bars = [];

  const bar = (k) => {
    const fill = el("span"), amount = el("span", { class: "ask-amount" });
    const row = el("li", { dataset: { k } }, el("span", { class: "ask-name", title: model.classes[k] }, model.classes[k]),
      el("span", { class: "ask-track" }, fill), amount);
    return { k, row, fill, amount };
  };
  const place = (order) => {
    bars = order.map(bar);
    list.replaceChildren(...bars.map((b) => b.row));
  };

  function clear() {
    if (rows) place(rows);
    else list.replaceChildren();
    for (const b of bars) [b.fill.style.width, b.amount.textContent] = ["0%", "–"];
    [seen.width, seen.height] = [1, 1];
    answer.textContent = t("ask.nothing");
    source.textContent = "";
    note.hidden = true;
  }

  function show(pixels, probabilities, from, more) {
    const [h, w, c] = model.shape, p = probabilities.map(Number);
    page.pixels(pixels, w, h, c, seen);
    const order = p.map((_, k) => k).sort((a, b) => p[b] - p[a]);
    if (!rows) place(order.slice(0, MOST));
    for (const b of bars) {
      b.fill.style.width = `${100 * (p[b.k] || 0)}%`;
      b.amount.textContent = percent(p[b.k]);
      b.row.classList.toggle("best", b.k === order[0]);
    }
    const name = model.classes[order[0]];
    answer.textContent = Number.isFinite(p[order[0]]) ? t("ask.best", { name, share: percent(p[order[0]]) }) : t("ask.noNumbers");
    const truth = more.label === undefined ? "" : t(more.label === name ? "ask.right" : "ask.wrong", { label: more.label });
    source.textContent = truth ? `${from} · ${truth}` : from;
    note.hidden = !more.note;
    note.textContent = more.note ? t("ask.ignored", { what: more.note }) : "";
  }

  clear();
  return { card, clear, show, text: () => answer.textContent };
}
