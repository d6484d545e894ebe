// The runs of this folder: look at one, lay another over it, go on with it, or begin anew from it.
import { el, percent } from "../../dom.js";
import { t } from "../../words.js";

export function runList({ show, overlay, adopt }) {
  const body = el("tbody");
  const none = el("p", { class: "muted small" }, t("train.noRuns"));
  const table = el("div", { class: "wide" }, el("table", {}, el("thead", {}, el("tr", {},
    ["run", "data", "model", "testAccuracy", "curves", ""].map((key) => el("th", { scope: "col" }, key ? t(`train.column.${key}`) : el("span", { class: "unseen" }, t("train.column.settings")))))), body));
  const node = el("section", { class: "card runs", "aria-label": t("train.runs") }, el("header", {}, el("h2", {}, t("train.runs")), el("span", { class: "muted small" }, t("train.runsHint"))), none, table);

  function draw(runs, { shown, over, live }) {
    none.hidden = runs.length > 0;
    table.hidden = !runs.length;
    body.replaceChildren(...runs.map((run) => {
      const isShown = run.name === shown, isOver = run.name === over;
      const state = run.finished ? percent(run.accuracy, 2) : run.name === live ? t("train.phase.training") : t("train.unfinished", { step: run.step.toLocaleString("en") });
      return el("tr", { class: isShown ? "shown" : null },
        el("td", {}, el("button", { type: "button", class: "link", "aria-pressed": String(isShown), onclick: () => show(run.name) }, run.name)),
        el("td", {}, run.data), el("td", {}, run.model), el("td", {}, state),
        el("td", {}, el("label", { class: "check" }, el("input", { type: "checkbox", checked: isOver, disabled: isShown, onchange: (event) => overlay(event.target.checked ? run.name : null) }), el("span", { class: "small" }, isShown ? t("train.isShown") : t("train.overlay")))),
        el("td", {}, el("button", { type: "button", class: "quiet small", title: t("train.adoptHint"), onclick: () => adopt(run.settings) }, t("train.adopt"))));
    }));
  }
  return { node, draw };
}
