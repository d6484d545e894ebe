// The settings of the next training: what chainrule train has, with its defaults for the data.
import { getJson, postJson } from "../../api.js";
import { choice, el, labeled } from "../../dom.js";
import { has, t } from "../../words.js";

const FIRST = ["epochs", "batch_size", "seed", "augment.preset", "precision"];
const label = (name) => (has(`train.field.${name}`) ? t(`train.field.${name}`) : name.replaceAll("_", " "));

/**
 * `memory` keeps what was chosen; `start(paused)` and `examine()` are told when they are asked for.
 */
export async function settingsForm(memory, { start, examine, failed }) {
  memory.data ??= "digits";
  memory.values ??= {};
  const sets = await getJson("/api/train/data");
  const fields = el("div", { class: "stack" });
  const startButton = el("button", { type: "submit", class: "primary" }, t("train.start"));
  const pausedButton = el("button", { type: "button", class: "small", title: t("train.startPausedHint"), onclick: () => begin(true) }, t("train.startPaused"));
  const examineButton = el("button", { type: "button", class: "small", title: t("train.examineHint"), onclick: ask }, t("train.examine"));
  const note = el("p", { class: "small note", hidden: true });
  const place = el("div", {});
  const fold = el("button", { type: "button", class: "quiet fold", onclick: () => {
    memory.unfolded = node.classList.contains("folded");
    unfold(memory.unfolded);
  } });
  const node = el("form", { class: "card settings stack", novalidate: true, "aria-label": t("train.settings"), onsubmit: (event) => {
    event.preventDefault();
    begin(false);
  } }, el("header", { class: "row" }, el("h2", {}, t("train.settings")), fold), el("div", { class: "body stack" }, place, fields, note),
    el("div", { class: "row actions" }, startButton, pausedButton, examineButton));
  let turn = 0;
  unfold(memory.unfolded ?? true);

  function unfold(is) {
    node.classList.toggle("folded", !is);
    fold.setAttribute("aria-expanded", String(is));
    fold.textContent = t(is ? "train.fold" : "train.unfold");
  }

  async function begin(paused) {
    await start({ data: memory.data, values: memory.values, paused });
  }

  async function ask() {
    examineButton.disabled = true;
    examineButton.textContent = t("train.examining");
    try {
      await examine({ data: memory.data, values: memory.values });
    } finally {
      examineButton.disabled = false;
      examineButton.textContent = t("train.examine");
    }
  }

  function dataChoice() {
    const named = sets.filter((set) => !set.name && set.here), absent = sets.filter((set) => !set.name && !set.here), folders = sets.filter((set) => set.name);
    const select = el("select", { id: "data", onchange: async () => {
      if (select.value === "…") {
        typed.hidden = false;
        typed.querySelector("input").focus();
        return;
      }
      await use(select.value, {});
    } },
    named.map((set) => el("option", { value: set.value }, `${set.value} · ${set.shape[0]}×${set.shape[1]}${set.shape[2] === 3 ? ` ${t("train.color")}` : ""}`)),
    folders.length ? el("optgroup", { label: t("train.folders") }, folders.map((set) => el("option", { value: set.value }, set.name))) : null,
    absent.length ? el("optgroup", { label: t("train.notHere") }, absent.map((set) => el("option", { value: set.value, disabled: true }, set.value))) : null,
    el("option", { value: "…" }, t("train.otherFolder")));
    const known = sets.some((set) => set.value === memory.data);
    const input = el("input", { type: "text", value: known ? "" : memory.data, spellcheck: "false", onchange: () => input.value && use(input.value, {}) });
    const typed = labeled(t("train.folderPath"), input);
    typed.hidden = known;
    select.value = known ? memory.data : "…";
    place.className = "stack";
    place.replaceChildren(labeled(t("train.data"), select), typed);
  }

  async function use(data, values) {
    const before = [memory.data, memory.values];
    [memory.data, memory.values] = [data, values];
    try {
      await refresh();
    } catch (error) {
      [memory.data, memory.values] = before;
      failed(error);
    }
  }

  async function set(path, value, input) {
    const before = { ...memory.values };
    if (path.endsWith(".name")) {
      // the settings of another form of the table are not this one's
      for (const key of Object.keys(memory.values)) if (key.split(".")[0] === path.split(".")[0]) delete memory.values[key];
    }
    memory.values[path] = value;
    if (value === "" && !path.endsWith(".name")) delete memory.values[path];
    try {
      await refresh();
    } catch (error) {
      memory.values = before;
      input.setAttribute("aria-invalid", "true");
      note.hidden = false;
      note.className = "small note bad";
      note.textContent = error.message;
    }
  }

  function control(field) {
    const name = label(field.name);
    const hint = [field.meaning, field.rule && `(${field.rule})`].filter(Boolean).join(" ");
    const input = field.control === "choice"
      ? choice(field.choices.map((word) => [word, word]), field.value, (value) => set(field.path, value, input))
      : el("input", { type: "text", inputmode: field.control === "number" ? "decimal" : null, autocomplete: "off", spellcheck: "false", value: field.value, onchange: () => set(field.path, input.value.trim(), input) });
    input.dataset.path = field.path;
    return labeled(name, input, hint);
  }

  function render(spec) {
    const focus = document.activeElement?.dataset?.path;
    const open = new Set([...fields.querySelectorAll("details[open]")].map((each) => each.dataset.name));
    const [training, ...tables] = spec.groups;
    const first = training.fields.filter((field) => FIRST.includes(field.path));
    const rest = training.fields.filter((field) => !FIRST.includes(field.path));
    const lr = tables.find((table) => table.name === "optimizer").fields.find((field) => field.name === "lr");
    const chooser = (table) => {
      const input = choice(table.choices.map((word) => [word, word]), table.value, (value) => set(table.path, value, input));
      input.dataset.path = table.path;
      return labeled(t(table.name === "loss" ? "train.lossFunction" : `train.${table.name}`), input);
    };
    const more = (name, title, own) => own.length ? el("details", { dataset: { name }, open: open.has(name) }, el("summary", {}, title), el("div", { class: "fields" }, own.map(control))) : null;
    fields.replaceChildren(
      ...tables.filter((table) => table.name !== "loss").flatMap((table) => [chooser(table),
        more(table.name, t(`train.more.${table.name}`), table.fields.filter((field) => field !== lr)),
        table.name === "optimizer" ? control(lr) : null]).filter(Boolean),
      el("div", { class: "fields" }, first.map(control)),
      el("details", { dataset: { name: "rest" }, open: open.has("rest") }, el("summary", {}, t("train.more.rest")),
        el("div", { class: "fields" }, chooser(tables.find((table) => table.name === "loss")), tables.find((table) => table.name === "loss").fields.map(control), rest.map(control))));
    if (focus) fields.querySelector(`[data-path="${CSS.escape(focus)}"]`)?.focus();
  }

  async function refresh() {
    const mine = ++turn;
    const spec = await postJson("/api/train/form", { data: memory.data, values: memory.values });
    if (mine !== turn) return;
    memory.data = spec.data;
    note.hidden = true;
    dataChoice();
    render(spec);
  }

  /** Take over the settings of a run, as its configuration has them. */
  async function adopt(config) {
    const values = {};
    const put = (path, value) => (values[path] = typeof value === "string" ? value : JSON.stringify(value));
    for (const name of ["epochs", "batch_size", "seed", "precision", "validation", "max_train_images", "max_norm"]) if (name in config) put(name, config[name]);
    if (config.augment?.preset) put("augment.preset", config.augment.preset);
    for (const table of ["model", "optimizer", "schedule", "loss"]) {
      const own = config[table] ?? {};
      if ("name" in own) put(`${table}.name`, own.name);
      for (const [key, value] of Object.entries(own)) if (key !== "name" && (typeof value !== "object" || Array.isArray(value))) put(`${table}.${key}`, value);
    }
    await use(config.data, values);
  }

  try {
    await refresh();
  } catch (error) {
    failed(error);
    [memory.data, memory.values] = ["digits", {}];
    await refresh();
  }
  return {
    node,
    adopt,
    /** On a narrow page the settings give way to results; whoever has folded them has the say. */
    fold: () => memory.unfolded === undefined && unfold(false),
    busy: (is) => {
      startButton.disabled = pausedButton.disabled = is;
    },
  };
}
