// Where the training is, and what to do with it: pause, one step, on, stop, another rate, another speed.
import { choice, el, number, percent } from "../../dom.js";
import { t } from "../../words.js";
import { BUSY, phase } from "./data.js";

const TONE = { finished: "good", failed: "bad", paused: "warn", training: "good" };

export function controls({ say, resume, back }) {
  const title = el("h2", { class: "title" });
  const chip = el("span", { class: "chip", role: "status" });
  const about = el("p", { class: "muted small" });
  const progress = el("progress", { max: 1, value: 0 });
  const where = el("p", { class: "where small" });
  const button = (name, act, options = {}) => el("button", { type: "button", onclick: act, dataset: { act: name }, ...options }, t(`train.${name}`));
  const pause = button("pause", () => say("pause"), { class: "primary" });
  const goOn = button("resume", () => say("resume"), { class: "primary" });
  const step = button("step", () => say("step"), { title: t("train.stepHint") });
  const stop = button("stop", () => say("stop"), { title: t("train.stopHint"), class: "danger" });
  const again = button("resumeRun", () => resume(), { class: "primary", title: t("train.resumeRunHint") });
  const live = button("toLive", () => back());
  const rate = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", id: "rate", size: "9", onkeydown: (event) => event.key === "Enter" && set(rate.value), onfocus: () => (editing = true), onblur: () => (editing = false) });
  const apply = el("button", { type: "button", onclick: () => set(rate.value) }, t("train.apply"));
  const factor = (text, by, name) => el("button", { type: "button", class: "quiet", "aria-label": name, title: name, onclick: () => set(current * by) }, text);
  const speed = choice([["0", t("train.fast")], ["50", "50 / s"], ["10", "10 / s"], ["2", "2 / s"]], "0", (value) => say("speed", Number(value)));
  const rates = el("div", { class: "row rates" },
    el("label", { class: "inline" }, el("span", { class: "muted small" }, t("train.lr")), rate), apply,
    factor("÷10", 0.1, t("train.tenth")), factor("÷2", 0.5, t("train.half")), factor("×2", 2, t("train.twice")),
    el("label", { class: "inline speed" }, el("span", { class: "muted small" }, t("train.speed")), speed));
  const message = el("p", { class: "note bad", hidden: true });
  const node = el("section", { class: "card controls stack", "aria-label": t("train.controls") },
    el("div", { class: "row" }, title, chip, el("span", { class: "buttons row" }, live, again, goOn, pause, step, stop)),
    about, progress, where, rates, message);
  let current = 0, editing = false;

  const set = async (value) => {
    await say("rate", Number(value));
    editing = false;
  };

  function draw(run, isLive, isTraining) {
    const now = phase(run), at = run.at, setup = run.setup, running = isLive && BUSY.includes(now), steers = isLive && ["training", "paused"].includes(now);
    title.textContent = run.name ?? (running ? t("train.newRun") : t("train.noRun"));
    chip.textContent = t(`train.phase.${now}`);
    chip.className = `chip ${TONE[now] ?? ""}`;
    chip.hidden = now === "none";
    const facts = setup?.parameters !== undefined ? [setup.data, setup.model, `${t("train.parameters", { n: setup.parameters.toLocaleString("en") })}`, setup.optimizer, `${t("train.trainImages", { n: setup.train.toLocaleString("en") })}`, `${t("train.field.seed")} ${setup.seed}`]
      : [run.data, run.model, run.seed === undefined ? null : `${t("train.field.seed")} ${run.seed}`];
    about.textContent = facts.filter(Boolean).join(" · ");
    const test = run.state?.accuracy;
    const steps = at ? t("train.at", { step: at.step.toLocaleString("en"), steps: at.steps.toLocaleString("en"), epoch: Math.min(at.epoch + (now === "finished" ? 0 : 1), at.epochs), epochs: at.epochs }) : "";
    where.textContent = [steps, at ? t("train.seconds", { n: at.seconds < 100 ? at.seconds.toFixed(1) : Math.round(at.seconds).toLocaleString("en") }) : "", now === "finished" && test !== null && test !== undefined ? t("train.tested", { accuracy: percent(test, 2) }) : ""].filter(Boolean).join(" · ");
    progress.hidden = !at;
    if (at) progress.value = at.steps ? at.step / at.steps : 0;
    progress.setAttribute("aria-label", where.textContent);
    pause.hidden = !(isLive && now === "training");
    goOn.hidden = !(isLive && now === "paused");
    step.hidden = stop.hidden = !(isLive && (now === "training" || now === "paused"));
    if (isLive && ["starting", "preparing", "testing"].includes(now)) stop.hidden = false;
    again.hidden = isTraining || !run.name || ["finished", ...BUSY].includes(now);
    live.hidden = isLive || !isTraining;
    rates.hidden = !steers;
    if (at) {
      current = at.lr;
      if (!editing) rate.value = number(at.lr, 3).replace("−", "-");
    }
    if (run.state?.speed !== undefined && document.activeElement !== speed) speed.value = String(run.state.speed);
    const refused = now === "failed" ? run.state.message : null;
    message.hidden = !refused;
    message.textContent = refused ?? "";
    for (const text of run.warning.slice(-1)) {
      if (!refused) {
        message.hidden = false;
        message.className = "note warn small";
        message.textContent = text;
      } else message.className = "note bad";
    }
    if (!run.warning.length) message.className = "note bad";
  }
  return { node, draw };
}
