// Two models side by side: layers aligned, differences marked and named, equal stretches folded.
import { amounts, shapeText, stripe } from "./tree.js";

const AROUND = 1, LONG = 4;  // equal rows shown beside a difference; fewer than so many are not folded

export function comparison(page, { left, right, rows }, memory) {
  const { el, t } = page, { number, size } = amounts(page);
  const kinds = rows.map((row) => (!row.right ? "removed" : !row.left ? "added" : row.differences.length ? "changed" : "equal"));
  const count = (kind) => kinds.filter((k) => k === kind).length;
  const name = (source) => source.slice(source.indexOf(":") + 1);

  const totals = el("table", {},
    el("thead", {}, el("tr", {}, el("td", {}), el("th", { class: "number" }, name(memory.left)), el("th", { class: "number" }, name(memory.right)), el("th", { class: "number" }, t("architecture.ratio")))),
    el("tbody", {}, [["layers", String], ["parameters", (v) => v.toLocaleString(page.language())], ["flops", number], ["weights", size, "memory"], ["activations", size, "activation"]].map(([key, text, field = key]) => {
      const [a, b] = [left[field], right[field]];
      return el("tr", {}, el("th", { scope: "row" }, t(`architecture.${key === "layers" ? "layersCount" : key}`)), el("td", { class: "number" }, a === null ? "–" : text(a)), el("td", { class: "number" }, b === null ? "–" : text(b)),
        el("td", { class: "number" }, a && b ? `× ${page.number(b / a, 3)}` : "–"));
    })));

  const said = (value) => (value === null || value === undefined ? "–" : Array.isArray(value) ? shapeText(value) : typeof value === "number" ? value.toLocaleString(page.language()) : value);
  const difference = ({ what, name: setting, left: a, right: b }) =>
    el("li", {}, el("strong", {}, what === "setting" ? setting : t(`architecture.${what === "parameters" ? "numbers" : what}`)), ` ${said(a)} → ${said(b)}`);

  function side(block, kind) {
    if (!block) return el("div", { class: "arch-side arch-none" });
    const mark = el("span", { class: "arch-mark", "aria-hidden": "true" });
    mark.style.background = stripe(block.kind);
    return el("div", { class: `arch-side arch-${kind}` }, mark, el("div", {},
      el("strong", {}, block.kind), block.detail ? el("span", { class: "arch-detail" }, ` ${block.detail}`) : null,
      el("div", { class: "muted small" }, `${shapeText(block.shape)}${block.parameters ? ` · ${t("architecture.count", { n: number(block.parameters) })}` : ""}`),
      el("code", { class: "arch-path" }, block.path)));
  }

  const SIGN = { equal: "=", changed: "≠", added: "+", removed: "−" };
  const pair = (row, i) => el("li", { class: `arch-pair arch-is-${kinds[i]}` },
    side(row.left, kinds[i]), el("span", { class: "arch-sign", role: "img", "aria-label": t(`architecture.${kinds[i]}`), title: t(`architecture.${kinds[i]}`) }, SIGN[kinds[i]]), side(row.right, kinds[i]),
    row.differences.length ? el("ul", { class: "arch-differences" }, row.differences.map(difference)) : null);

  function folded(from, to) {
    const button = el("button", { type: "button", class: "quiet arch-more", onclick: () => {
      const made = rows.slice(from, to).map((row, k) => pair(row, from + k));
      made[0].tabIndex = -1;
      item.replaceWith(...made);
      made[0].focus();
    } }, t("architecture.equalLayers", { n: to - from }));
    const item = el("li", {}, button);
    return item;
  }

  const list = [];
  for (let i = 0; i < rows.length;) {
    if (kinds[i] !== "equal") {
      list.push(pair(rows[i], i));
      i++;
      continue;
    }
    let end = i;
    while (end < rows.length && kinds[end] === "equal") end++;
    const from = i === 0 ? i : i + AROUND, to = end === rows.length ? end : end - AROUND;
    for (let k = i; k < end; k++) {
      if (k === from && to - from >= LONG) {
        list.push(folded(from, to));
        k = to - 1;
      } else list.push(pair(rows[k], k));
    }
    i = end;
  }

  const summary = count("equal") === rows.length ? t("architecture.same")
    : t("architecture.summary", { equal: count("equal"), changed: count("changed"), removed: count("removed"), added: count("added"), left: name(memory.left), right: name(memory.right) });
  return [
    el("section", { class: "card" }, el("header", {}, el("h2", {}, t("architecture.totals"))), el("div", { class: "wide" }, totals)),
    el("section", { class: "card" }, el("header", {}, el("h2", {}, t("architecture.differences"))),
      el("p", { class: "arch-summary", role: "status" }, summary),
      el("div", { class: "arch-pair arch-names", "aria-hidden": "true" }, el("strong", {}, name(memory.left)), el("span"), el("strong", {}, name(memory.right))),
      el("ol", { class: "arch-pairs" }, list)),
  ];
}
