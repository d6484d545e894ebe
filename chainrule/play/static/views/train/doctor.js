// What the doctor says: before the training, while it goes on, and what to try next.
import { el } from "../../dom.js";
import { has, t } from "../../words.js";

const SIGN = { ok: "✓", warning: "!", failed: "✗", skipped: "–" };
const TONE = { ok: "good", warning: "warn", failed: "bad", skipped: "" };

export function doctor() {
  const summary = el("span", { class: "chip" });
  const now = el("ul", { class: "verdicts meanwhile", "aria-label": t("train.meanwhile") }), before = el("ul", { class: "verdicts" });
  const advice = el("ol", { class: "advice" });
  const beforeTitle = el("summary", {}), adviceTitle = el("h3", {}, t("train.next"));
  const beforePlace = el("details", { open: true }, beforeTitle, before);
  const none = el("p", { class: "muted small" }, t("train.noVerdicts"));
  const node = el("section", { class: "card doctor stack", "aria-label": t("train.doctor") },
    el("header", {}, el("h2", {}, t("train.doctor")), summary), none, adviceTitle, advice, beforePlace);
  let seen = "";

  function draw(run) {
    const verdicts = run.verdicts ?? [], checks = run.checks ?? [], next = run.advice;
    const text = JSON.stringify([verdicts, checks, next]);
    if (text === seen) return;
    seen = text;
    const all = [...verdicts, ...checks], bad = all.filter((c) => c.verdict === "failed").length, odd = all.filter((c) => c.verdict === "warning").length;
    summary.hidden = !all.length;
    summary.className = `chip ${bad ? "bad" : odd ? "warn" : "good"}`;
    summary.textContent = bad || odd ? t("train.findings", { n: bad + odd }) : t("train.healthy");
    none.hidden = all.length > 0 || Boolean(next?.length);
    now.hidden = !verdicts.length;
    now.replaceChildren(...verdicts.map(row));
    beforePlace.hidden = !checks.length;
    beforeTitle.textContent = t("train.before", { n: checks.length });
    const order = ["failed", "warning", "ok", "skipped"];
    before.replaceChildren(...[...checks].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict)).map(row));
    if (checks.length && !bad && !odd && beforePlace.dataset.closed === undefined) {
      beforePlace.dataset.closed = "once";
      beforePlace.open = false;
    }
    adviceTitle.hidden = advice.hidden = !next?.length;
    advice.replaceChildren(...(next ?? []).map((each) => el("li", {}, el("b", {}, each.finding), el("p", {}, each.todo))));
  }
  return { node, now, draw };
}

export function row(check) {
  const name = `train.check.${check.name}`;
  return el("li", { class: TONE[check.verdict] },
    el("span", { class: "sign", "aria-label": t(`train.verdict.${check.verdict}`), role: "img" }, SIGN[check.verdict]),
    el("div", {}, el("b", {}, has(name) ? t(name) : check.name), " ",
      el("span", { class: "muted small" }, check.verdict === "skipped" ? check.cause : `${check.shown}${check.rule ? ` (${check.rule})` : ""}`),
      check.verdict === "warning" || check.verdict === "failed" ? el("p", { class: "small" }, check.cause, check.fix ? el("span", {}, " → ", el("b", {}, check.fix)) : null) : null));
}
