// What is read rather than edited: the gradient check as a table, and source code.
import { indexOf } from "./shapes.js";

/** Every gradient: how many entries were compared, and the one that agrees least. */
export function checkTable({ el, t, number }, gradients) {
  const row = ({ name, shape, worst, checked, entries, ok, problem }) => {
    const kinks = entries.filter(({ verdict }) => verdict === "kink").length;
    const kind = ok === null ? "warn" : ok ? "good" : "bad";
    const verdict = ok === null ? t("layers.notFinite") : !checked && kinks ? t("layers.onlyKinks") : t(ok ? "layers.ok" : "layers.wrong");
    const numbers = worst ? [number(worst.analytic, 6), number(worst.numeric, 6), number(worst.error, 2)] : ["–", "–", "–"];
    const count = t(kinks ? "layers.comparedKinks" : "layers.compared", { checked, of: shape.reduce((a, b) => a * b, 1), kinks });
    return el("tr", { title: problem || null },
      el("th", { scope: "row", class: "mono" }, name, worst && el("span", { class: "muted under" }, indexOf(shape, worst.at))),
      el("td", {}, el("span", { class: `chip ${kind}` }, verdict), el("span", { class: "muted under" }, count)),
      numbers.map((text) => el("td", { class: "number" }, text)));
  };
  const head = ["gradient", "verdict", "backwardSays", "numericSays", "relative"].map((key, i) =>
    el("th", { scope: "col", class: i > 1 ? "number" : null }, t(`layers.${key}`)));
  return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": t("layers.check") },
    el("table", { class: "check-table" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, gradients.map(row))));
}

/** Source code of the library: where it stands, and its words in the colors of their kinds. */
export function source({ el, t }, { file, line, words }, label) {
  if (!words.length) return el("p", { class: "muted" }, t("layers.noSource"));
  const lines = words.map(([kind, text]) => (kind ? el("span", { class: kind }, text) : text));
  return el("div", {}, el("p", { class: "muted small mono" }, `${file}:${line}`),
    el("pre", { class: "source", tabindex: 0, role: "region", "aria-label": label }, el("code", {}, lines)));
}
