// An expression as a graph of gates: both passes step by step, with the numbers at each gate.
import { oneAtATime } from "../api.js";
import { graph } from "./gates/graph.js";
import { knobs } from "./gates/knobs.js";
import { panel } from "./gates/panel.js";
import { allSteps, forwardSteps, progress, show, term, usesOf } from "./gates/progress.js";

const PAUSE = 120; // milliseconds after a key before the server is asked

/** The expression of an address such as #gates/x*y + x, which the page has from then on. */
function linked() {
  try {
    return decodeURIComponent(location.hash.split("/").slice(1).join("/")) || null;
  } catch {
    return null;
  }
}

export async function mount(root, page) {
  const { el, t, memory, getJson, postJson } = page;
  const examples = memory.examples ?? (memory.examples = await getJson("/api/gates/examples"));
  memory.values ??= new Map(Object.entries(examples[0].values));
  memory.expression = linked() ?? memory.expression ?? examples[0].expression;
  let ended = false, timer, origin = 0;

  const field = el("input", {
    type: "text", class: "expression", id: "gates-expression", value: memory.expression, spellcheck: "false",
    autocapitalize: "off", autocomplete: "off", "aria-describedby": "gates-problem",
    oninput: () => {
      memory.expression = field.value;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    },
  });
  const problem = el("div", { id: "gates-problem", "aria-live": "polite" });
  const count = el("p", { class: "muted" });
  const track = el("input", { type: "range", min: 0, step: 1, "aria-label": t("gates.track"), oninput: () => go(Number(track.value)) });
  const button = (key, sign, act) => el("button", { type: "button", title: t(`gates.${key}`), dataset: { act: key }, onclick: act }, sign);
  const buttons = {
    start: button("start", t("gates.startShort"), () => go(0)),
    previous: button("previous", `◀ ${t("gates.undo")}`, () => go(memory.position - 1)),
    next: el("button", { type: "button", class: "primary", dataset: { act: "next" }, onclick: () => go(memory.position + 1) }),
    forward: button("allForward", t("gates.allForwardShort"), () => go(forwardSteps(memory.data))),
    end: button("allBackward", t("gates.allBackwardShort"), () => go(allSteps(memory.data))),
  };
  const scene = el("div", { class: "graph", tabindex: 0, role: "region", "aria-label": t("gates.graph") });
  const said = el("p", {});
  const stale = el("p", { class: "note warn", hidden: true }, t("gates.stale"));
  const details = el("div", {});
  const inputs = knobs(page, (name, value) => set(name, value));

  const title = (key, ...more) => el("header", {}, el("h2", {}, t(key)), ...more);
  root.append(
    el("h1", {}, t("gates.title")),
    el("p", { class: "lead" }, t("gates.lead")),
    el("div", { class: "grid" },
      el("section", { class: "card" },
        el("label", { class: "field", for: "gates-expression" }, el("span", { class: "name" }, t("gates.expression")), field),
        problem,
        el("div", { class: "row examples", role: "group", "aria-label": t("gates.examples") },
          el("span", { class: "muted small" }, t("gates.examples")),
          examples.map((example) => el("button", { type: "button", title: t(`gates.example_${example.name}`), onclick: () => choose(example) }, example.expression))),
        el("p", { class: "muted small" }, t("gates.grammar"))),
      el("section", { class: "card" }, title("gates.graph", count),
        el("div", { class: "steps" }, el("div", { class: "row" }, Object.values(buttons)), track, said),
        stale,
        scene,
        el("p", { class: "legend small" }, el("span", { class: "v" }, t("gates.legendValue")), el("span", { class: "g" }, t("gates.legendGradient")), el("span", { class: "q" }, t("gates.legendUnknown")))),
      el("div", { class: "columns" },
        el("section", { class: "card details" }, title("gates.details"), details),
        el("section", { class: "card" }, title("gates.inputs"), inputs.place, el("p", { class: "muted small" }, t("gates.dragHint"))))));

  function choose(example) {
    memory.expression = field.value = example.expression;
    memory.values = new Map(Object.entries(example.values));
    memory.selected = null;
    ask();
  }

  function set(name, value) {
    memory.values.set(name, value);
    memory.changed = name;
    ask();
  }

  const ask = oneAtATime(async (changed) => {
    clearTimeout(timer);
    const expression = memory.expression, values = Object.fromEntries(memory.values);
    const data = await postJson("/api/gates/evaluate", { expression, values });
    if (!ended && !(changed() && data.error)) take(data, expression);
  }, () => ended, page.failed);

  function take(data, expression) {
    if (data.error) {
      memory.error = { ...data.error, expression, inputs: data.inputs };
    } else {
      const before = memory.data;
      const same = before?.expression === data.expression;
      const atEnd = before && memory.position === allSteps(before);
      if (!before || (!same && !atEnd)) memory.position = forwardSteps(data);
      else if (atEnd) memory.position = allSteps(data);
      else memory.position = Math.min(memory.position, allSteps(data));
      if (!same) memory.selected = null;
      memory.data = data;
      memory.error = null;
      history.replaceState(null, "", `#gates/${encodeURIComponent(data.expression)}`);
      for (const { name, value } of data.inputs) if (!memory.values.has(name)) memory.values.set(name, value);
    }
    render();
  }

  function go(position) {
    if (!memory.data) return;
    const bounded = Math.max(0, Math.min(position, allSteps(memory.data)));
    if (bounded === memory.position) return;
    memory.position = bounded;
    memory.selected = null;
    render();
    page.announce(said.textContent);
  }

  function render() {
    wrong();
    const { data } = memory;
    const known = data ? progress(data, memory.position) : null;
    // What was typed since the server was asked stays as it is.
    const list = (memory.error?.inputs ?? data.inputs).map((one) => ({ ...one, value: memory.values.get(one.name) ?? one.value }));
    if (list.length) inputs.update(list, (node) => known?.gradients.get(node)?.gradient);
    inputs.invalid(memory.error && memory.error.start === null ? memory.changed : null);
    stale.hidden = !memory.error || !data || memory.error.expression === data.expression;
    if (!data) return;
    const failed = failing(data, known);
    const focused = document.activeElement?.getAttribute?.("data-node");
    const left = scene.scrollLeft;
    const scale = Math.max(1, Math.min(1.3, (scene.clientWidth - 40) / data.drawing.width));
    scene.replaceChildren(graph(page, data, known, { selected: memory.selected, failed, scale }, {
      select: (node) => {
        memory.selected = node;
        render();
      },
      drag: (node, by, first) => {
        const { name, value } = data.inputs.find((input) => input.node === node);
        if (first) origin = value;
        set(name, Number((origin + by * 0.02 * Math.max(1, Math.abs(origin) / 5)).toFixed(2)));
      },
    }));
    scene.classList.toggle("stale", Boolean(memory.error));
    scene.scrollLeft = left;
    if (focused) scene.querySelector(`[data-node="${focused}"]`)?.focus({ preventScroll: true });
    follow(memory.selected ?? known.current);
    controls(data, known);
    const shown = memory.selected ?? known.current;
    details.replaceChildren(shown === null ? el("p", { class: "muted" }, t("gates.nothingYet")) : panel(page, data, known, shown));
  }

  function controls(data, known) {
    const all = allSteps(data), forward = forwardSteps(data), { position } = memory;
    track.max = all;
    track.value = position;
    buttons.start.disabled = buttons.previous.disabled = position === 0;
    buttons.next.disabled = buttons.end.disabled = position === all;
    buttons.forward.disabled = position === forward;
    buttons.next.textContent = `${t(position < forward ? "gates.nextForward" : "gates.nextBackward")} ▶`;
    count.textContent = t("gates.count", { position, all });
    said.replaceChildren(sentence(data, known));
    track.setAttribute("aria-valuetext", said.textContent);
  }

  /** What the last step did, in one line. */
  function sentence(data, known) {
    const it = known.current === null ? null : data.nodes[known.current];
    if (known.phase === "start") return t("gates.saidStart");
    if (known.stopped) return el("span", { class: "bad" }, t("gates.saidStopped", { sentence: data.stopped.sentence }));
    if (known.phase === "forward") return t("gates.saidForward", { name: it.name, written: it.written, numbers: it.numbers.replaceAll("-", "−"), value: show(it.value) });
    const step = data.backward[memory.position - forwardSteps(data) - 1];
    if (step.node === null) return t("gates.saidSeed", { name: it.name });
    const sends = step.flows.map((flow) => `${data.nodes[flow.input].name}: ${show(flow.local)} × ${term(show(flow.upstream))} = ${show(flow.downstream)}`);
    const sums = step.known.filter(({ node }) => usesOf(data, node) > 1)
      .map(({ node, parts, gradient }) => `${data.nodes[node].name}: ${parts.map(({ value }, i) => (i ? term(show(value)) : show(value))).join(" + ")} = ${show(gradient)}`);
    return t("gates.saidBackward", { name: it.name, sends: sends.join("; ") }) + (sums.length ? ` ${t("gates.saidSum", { sums: sums.join("; ") })}` : "");
  }

  /** The sentence of an error, under the text with its place marked. */
  function wrong() {
    const { error } = memory;
    field.setAttribute("aria-invalid", String(Boolean(error)));
    if (!error) {
      problem.replaceChildren();
      return;
    }
    const letters = [...error.expression];
    const cut = (from, to) => letters.slice(from, to).join("");
    const missing = error.start === error.end;
    const where = error.start === null ? null : el("p", { class: "where" }, cut(0, error.start),
      el("mark", { class: missing ? "missing" : null }, missing ? "…" : cut(error.start, error.end)), cut(error.end));
    problem.replaceChildren(...[where, el("p", { class: "bad" }, error.sentence)].filter(Boolean));
  }

  /** The gate that cannot be computed, or has no slope: where the error's place is its own. */
  function failing(data, known) {
    if (known.stopped) return data.stopped.node;
    const { error } = memory;
    if (!error || error.expression !== data.expression) return null;
    const found = data.nodes.findIndex(({ kind, place }) => kind === "gate" && place[0] === error.start && place[1] === error.end);
    return found < 0 ? null : found;
  }

  /** A wide graph is scrolled, and nothing else, to the gate that is looked at. */
  function follow(node) {
    const place = node === null ? null : memory.data.drawing.gates.find((gate) => gate.node === node);
    if (!place || scene.scrollWidth <= scene.clientWidth) return;
    const from = place.x - 120, to = place.x + place.width + 120;
    if (from < scene.scrollLeft) scene.scrollLeft = from;
    else if (to > scene.scrollLeft + scene.clientWidth) scene.scrollLeft = to - scene.clientWidth;
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest?.("input, select, textarea, a, summary")) return;
    const to = { ArrowRight: memory.position + 1, ArrowLeft: memory.position - 1, Home: 0, End: memory.data && allSteps(memory.data) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  }
  addEventListener("keydown", key);
  await ask();
  return () => {
    ended = true;
    clearTimeout(timer);
    removeEventListener("keydown", key);
  };
}
