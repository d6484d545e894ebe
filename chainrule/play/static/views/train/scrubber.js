// Back in time: a slider over the checkpoints that a run keeps. Its last place is now.
import { el } from "../../dom.js";
import { t } from "../../words.js";

/** `choose(step)` is told the step that is looked at, null for now. */
export function scrubber(choose) {
  const slider = el("input", { type: "range", min: 0, max: 0, step: 1, id: "scrubber", oninput: () => pick(Number(slider.value)) });
  const label = el("output", { for: "scrubber", class: "small" });
  const now = el("button", { type: "button", class: "quiet", onclick: () => pick(steps.length) }, t("train.now"));
  const node = el("section", { class: "card scrubber", "aria-label": t("train.time") },
    el("label", { for: "scrubber" }, el("b", {}, t("train.time"))), slider, label, now);
  let steps = [], step = null, batches = 0;

  function pick(place) {
    step = place >= steps.length ? null : steps[place];
    say();
    choose(step);
  }

  function say() {
    const text = step === null ? t("train.isNow") : t("train.then", { step: step.toLocaleString("en"), epoch: batches ? (step / batches).toFixed(1) : "–" });
    label.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    now.hidden = step === null;
  }

  function draw(run) {
    batches = run.setup?.batches ?? (run.epoch[0] ? run.epoch[0].step / run.epoch[0].epoch : 0);
    const kept = run.kept ?? [];
    if (kept.join() !== steps.join()) {
      steps = kept;
      slider.max = steps.length;
      slider.value = step === null || !steps.includes(step) ? steps.length : steps.indexOf(step);
      if (step !== null && !steps.includes(step)) pick(steps.length);
    }
    node.hidden = !run.name || steps.length < 1;
    say();
  }

  /** Another run is shown: from now on. */
  function reset() {
    steps = [];
    step = null;
    slider.max = slider.value = 0;
  }
  return { node, draw, reset, get step() { return step; } };
}
