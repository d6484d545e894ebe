// Loss, accuracy, learning rate, update ratio and dead units of one run, or of two.
import { chart, smoothed } from "../../chart.js";
import { el, number, percent } from "../../dom.js";
import { t } from "../../words.js";
import { lines } from "./data.js";

export function curves() {
  const share = (v, digits) => percent(v, digits === 2 ? 0 : 1);
  const charts = {
    loss: chart({ title: t("train.loss"), floor: 0 }),
    accuracy: chart({ title: t("train.accuracy"), floor: 0, ceiling: 1, format: share }),
    lr: chart({ title: t("train.lr"), floor: 0, format: (v, digits = 3) => number(v, digits) }),
    ratio: chart({ title: t("train.ratio"), hint: t("train.ratioHint"), log: true, format: (v) => number(v, 2) }),
    dead: chart({ title: t("train.dead"), hint: t("train.deadHint"), floor: 0, ceiling: 1, format: share }),
  };
  const legend = el("p", { class: "legend" });
  const node = el("div", {}, legend, el("div", { class: "charts" }, Object.values(charts).map((each) => each.node)));
  let known = new WeakMap();

  const ready = (run) => {
    const before = known.get(run);
    const stamp = `${run.points.length} ${run.probes.length} ${run.epoch.length} ${run.points.at(-1)?.[0]}`;
    if (before?.stamp === stamp) return before.lines;
    const made = lines(run);
    known.set(run, { stamp, lines: made });
    return made;
  };

  function draw(run, other, until) {
    const one = ready(run), two = other && ready(other);
    const end = Math.max(1, ...[one, two].map((own) => own?.loss.at(-1)?.[0] ?? 0));
    const named = (own) => (other ? own.name ?? t("train.thisRun") : "");
    const every = [[one, "--run-1", named(run)], ...(two ? [[two, "--run-2", named(other)]] : [])].reverse();
    const trend = (key, judged, what) => every.flatMap(([own, color, name]) => [
      { points: own[key], color, faint: "noise" },
      { points: own[judged], color, dots: true, name: `${name} ${t("train.validation")}`.trim(), faint: false },
      { points: smoothed(own[key]), color, name: `${name} ${t("train.training")}`.trim() },
    ]).sort((a, b) => (a.color === b.color ? Boolean(a.dots) - Boolean(b.dots) : 0));
    const plain = (key) => every.map(([own, color, name]) => ({ points: own[key], color, name: name || t(`train.${key}`) }));
    const ordered = (all) => all.filter((line) => line.color === "--run-2").concat(all.filter((line) => line.color === "--run-1"));
    const front = (all) => [...ordered(all)];
    charts.loss.draw(mainFirst(front(trend("loss", "validationLoss"))), until, end);
    charts.accuracy.draw(mainFirst(front(trend("accuracy", "validationAccuracy"))), until, end);
    for (const key of ["lr", "ratio", "dead"]) charts[key].draw(mainFirst(plain(key)), until, end);
    const names = [el("span", { class: "key", style: { color: "var(--run-1)" } }, el("i", { class: "line" }), other ? run.name ?? t("train.thisRun") : t("train.training"))];
    if (other) names.push(el("span", { class: "key", style: { color: "var(--run-2)" } }, el("i", { class: "line" }), other.name));
    names.push(el("span", { class: "key muted" }, el("i", { class: "dot" }), t("train.validation")));
    const text = names.map((each) => each.textContent).join();
    if (legend.dataset.text !== text) {
      legend.dataset.text = text;
      legend.replaceChildren(...names);
    }
  }
  return { node, draw, end: () => Object.values(charts).forEach((each) => each.end()) };
}

/** The value beside a title is that of the first line: the trend of the run that is shown. */
const mainFirst = (all) => {
  const main = all.findLast?.((line) => line.color === "--run-1" && !line.dots && !line.faint) ?? all[all.length - 1];
  return [...all.filter((line) => line !== main && line.faint), main, ...all.filter((line) => line !== main && !line.faint)];
};
