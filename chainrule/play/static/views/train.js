// Train live: the settings, the curves, what is inside, the doctor, and the way back in time. What is
// shown is a run: the live one of the channel, or one of a folder.
import { follow } from "../stream.js";
import { controls } from "./train/controls.js";
import { curves } from "./train/curves.js";
import { BUSY, empty, fromFolder, phase, take } from "./train/data.js";
import { doctor } from "./train/doctor.js";
import { settingsForm } from "./train/form.js";
import { filterGrid, testRow } from "./train/inside.js";
import { runList } from "./train/runs.js";
import { scrubber } from "./train/scrubber.js";

const PACE = 500; // milliseconds between two paintings while it trains

export async function mount(root, page) {
  const { t, el, getJson, postJson, memory, failed, announce } = page;
  let live = empty(), runs = [], waiting = false, ended = false, looking = false, wanted = null, told = "";
  const folders = new Map(), looks = new Map();
  memory.shown ??= null; // null is live
  memory.asked ??= false; // whether somebody chose that run
  memory.over ??= null;

  const form = await settingsForm(memory, { start, examine, failed });
  const panel = controls({ say, resume, back: () => show(null) });
  const time = scrubber((step) => look(step));
  const charts = curves();
  const filters = filterGrid(), tests = testRow(), verdicts = doctor();
  const list = runList({ show: (name) => show(name, true), overlay, adopt: (config) => form.adopt(config).then(() => form.node.scrollIntoView({ block: "nearest" })) });
  const offline = el("p", { class: "note warn", hidden: true, role: "status" }, t("train.lost"));
  const welcome = el("section", { class: "card welcome" }, el("h1", {}, t("train.welcome")), el("p", { class: "lead" }, t("train.lead")));
  const inside = el("div", { class: "columns inside" },
    el("section", { class: "card" }, el("header", {}, el("h2", {}, t("train.tests"))), tests.node),
    el("section", { class: "card filters-card" }, el("header", {}, el("h2", {}, t("train.filters"))), filters.node));
  const curvesCard = el("section", { class: "card curves-card" }, el("header", {}, el("h2", {}, t("train.curves"))), charts.node, verdicts.now);
  const results = el("div", { class: "grid results" }, panel.node, time.node, curvesCard, inside, verdicts.node);
  root.append(el("h1", { class: "unseen" }, t("shell.train")), el("div", { class: "side" }, form.node, el("div", { class: "grid" }, offline, welcome, results, list.node)));

  const isTraining = () => BUSY.includes(phase(live));
  const shown = () => (memory.shown === null ? live : folders.get(memory.shown) ?? live);
  const nameShown = () => (memory.shown === null ? live.name : memory.shown);

  function draw() {
    waiting = false;
    if (ended) return;
    const run = shown(), isLive = memory.shown === null, over = memory.over && memory.over !== nameShown() ? folders.get(memory.over) : null;
    const nothing = isLive && phase(run) === "none" && !run.points.length;
    welcome.hidden = !nothing;
    results.hidden = nothing;
    form.busy(isTraining());
    if (nothing) return;
    form.fold();
    panel.draw(run, isLive, isTraining());
    time.draw(run);
    const then = time.step === null ? null : looks.get(`${run.name} ${time.step}`);
    const seen = then?.look ?? run.look, setup = run.setup ?? then;
    curvesCard.hidden = !run.points.length && phase(run) !== "training";
    charts.draw(run, over, time.step);
    inside.hidden = !setup && !seen;
    tests.draw(setup, seen?.guesses);
    filters.draw(seen?.filters);
    verdicts.draw(run);
    verdicts.node.hidden = !isLive && !run.checks.length && !run.verdicts;
  }
  const soon = (wait = 0) => {
    if (waiting) return;
    waiting = true;
    // painting has its price on the machine that trains: nothing for a page that nobody sees
    setTimeout(() => requestAnimationFrame(draw), wait);
  };

  async function refresh() {
    runs = await getJson("/api/train/runs");
    if (!ended) list.draw(runs, { shown: nameShown(), over: memory.over, live: isTraining() ? live.name : null });
  }

  async function load(name) {
    const found = fromFolder(await getJson("/api/train/run", { name }));
    folders.set(name, found);
    return found;
  }

  async function show(name, asked = false) {
    memory.asked = asked;
    if (name !== null && name === live.name) name = null;
    if (name !== null) await load(name);
    memory.shown = name;
    if (memory.over === nameShown()) memory.over = null;
    time.reset();
    time.draw(shown());
    soon();
    await refresh();
    // what a folder does not have by itself is what its last checkpoint says
    const kept = shown().kept;
    if (name !== null && kept.length) await look(kept.at(-1), true);
  }

  async function overlay(name) {
    if (name !== null) await load(name);
    memory.over = name;
    soon();
    list.draw(runs, { shown: nameShown(), over: memory.over, live: isTraining() ? live.name : null });
  }

  async function look(step, quiet = false) {
    soon();
    const run = shown(), key = `${run.name} ${step}`;
    if (step === null || !run.name || looks.has(key)) return;
    if (looking) {
      wanted = step; // one at a time; of those that are asked for meanwhile, the last
      return;
    }
    looking = true;
    try {
      const found = await getJson("/api/train/look", { name: run.name, step });
      if (looks.size > 80) looks.delete(looks.keys().next().value);
      looks.set(key, found);
      if (!run.setup || quiet) {
        run.setup ??= found;
        run.look ??= found.look;
      }
    } catch (error) {
      if (!quiet) failed(error);
    } finally {
      looking = false;
      soon();
      const next = wanted;
      wanted = null;
      if (next !== null && !ended) await look(next);
    }
  }

  async function start(job) {
    const before = nameShown();
    await postJson("/api/train/start", job);
    memory.shown = null;
    time.reset();
    announce(t("train.phase.starting"));
    const same = runs.find((run) => run.name === before && run.data === job.data.split(/[\\/]/).pop());
    await overlay(same ? before : null);
  }

  async function resume() {
    const name = nameShown();
    await postJson("/api/train/resume", { run: name });
    memory.shown = null;
    time.reset();
    soon();
  }

  async function say(word, value) {
    await postJson("/api/train/say", { word, value });
  }

  async function examine(job) {
    announce(t("train.examining"));
    const { checks } = await postJson("/api/train/examine", job);
    results.hidden = false;
    const own = { ...empty(), checks };
    verdicts.node.hidden = false;
    verdicts.draw(own);
    verdicts.node.querySelector("details").open = true;
    verdicts.node.scrollIntoView({ block: "start" });
    welcome.hidden = true;
    if (memory.shown === null) live.checks = checks;
  }

  const unfollow = follow("/api/train/events", "/api/train/now", (said) => {
    const before = `${live.name} ${phase(live)}`, name = live.name;
    live = take(live, said);
    const refused = said.events.find(([kind]) => kind === "refused");
    if (refused && said.after !== "") failed(new Error(refused[1]));
    const now = `${live.name} ${phase(live)}`;
    if (now !== before) {
      if (now !== told && said.after !== "") announce(`${live.name ?? ""} ${t(`train.phase.${phase(live)}`)}`);
      told = now;
      if (isTraining() && memory.shown !== null && !memory.asked) show(null).catch(failed); // a new one began
      // another server: the run that was live is one of the folder
      const gone = name && !live.name && phase(live) === "none" && memory.shown === null;
      (gone ? show(name) : refresh()).catch(failed);
      soon();
    } else soon(phase(live) === "paused" ? 0 : PACE);
  }, (away) => (offline.hidden = !away));

  await refresh();
  const { chosen } = await getJson("/api/context");
  if (memory.shown === null && phase(live) === "none") {
    const first = chosen.kind === "run" ? chosen.name : runs[0]?.name;
    if (first) await show(first).catch(failed);
  } else if (memory.shown !== null) await show(memory.shown).catch(failed);
  if (memory.over) await overlay(memory.over).catch(failed);
  if (chosen.kind === "data" && !memory.adopted) {
    memory.adopted = true;
    await form.adopt({ data: chosen.name });
  }
  draw();
  return () => {
    ended = true;
    unfollow();
    charts.end();
  };
}
