// The architecture of a model as foldable blocks, and two models side by side.
import { comparison } from "./architecture/compare.js";
import { amounts, tree } from "./architecture/tree.js";

export async function mount(root, page) {
  const { el, t, memory, shared } = page;
  let mounted = true, turn = 0;
  const place = el("div", { class: "stack arch-place" }), controls = el("div", { class: "arch-controls" });
  root.append(el("h1", {}, t("architecture.title")), el("p", { class: "lead" }, t("architecture.lead")),
    el("section", { class: "card" }, controls), place);

  const found = await page.getJson("/api/architecture/models");
  if (!mounted) return;
  const saved = [...found.runs, ...found.files];
  const sources = [...saved.map((name) => `saved:${name}`), ...found.kinds.map((name) => `kind:${name}`)];
  const usual = saved.includes(shared.model) ? `saved:${shared.model}` : saved.length ? sources[0] : "kind:convnet";
  memory.left = sources.includes(memory.left) ? memory.left : usual;
  memory.right = sources.includes(memory.right) ? memory.right : "";
  memory.size ??= "28x28x1";
  memory.classes ??= "10";

  const options = () => [["runs", found.runs, "saved"], ["files", found.files, "saved"], ["kinds", found.kinds, "kind"]]
    .filter(([, names]) => names.length)
    .map(([key, names, group]) => el("optgroup", { label: t(`architecture.${key}`) },
      names.map((name) => el("option", { value: `${group}:${name}` }, name))));
  const select = (key, ...first) => {
    const node = el("select", { class: `arch-${key}`, onchange: () => {
      memory[key] = node.value;
      if (node.value.startsWith("saved:")) shared.model = node.value.slice(6);
      show();
    } }, first, options());
    node.value = memory[key];
    return node;
  };
  const entry = (key, attributes) => el("input", { ...attributes, class: `arch-${key}`, value: memory[key], onchange: (event) => {
    memory[key] = event.target.value;
    show();
  } });
  const size = page.labeled(t("architecture.size"), entry("size", { type: "text", inputmode: "text", spellcheck: "false", placeholder: "28x28x1" }), t("architecture.sizeHint"));
  const classes = page.labeled(t("architecture.classes"), entry("classes", { type: "number", min: 1, step: 1 }));
  controls.append(
    page.labeled(t("architecture.model"), select("left")),
    page.labeled(t("architecture.with"), select("right", el("option", { value: "" }, t("architecture.nothing")))),
    size, classes);

  async function show() {
    const mine = ++turn, kinds = [memory.left, memory.right].some((source) => source.startsWith("kind:"));
    size.hidden = classes.hidden = !kinds;
    const options = { size: memory.size, classes: memory.classes };
    try {
      const made = memory.right
        ? comparison(page, await page.getJson("/api/architecture/compare", { left: memory.left, right: memory.right, ...options }), memory)
        : one(await page.getJson("/api/architecture/blocks", { source: memory.left, ...options }));
      if (mounted && mine === turn) place.replaceChildren(...made);
    } catch (error) {
      if (!mounted || mine !== turn) return;
      size.hidden = classes.hidden = false;
      place.replaceChildren(el("p", { class: "note bad", role: "alert" }, error.message));
    }
  }

  function one({ image, tree: block }) {
    const { number, size: bytes } = amounts(page);
    const fact = (key, value) => el("div", { class: "arch-fact" }, el("span", { class: "muted small" }, t(`architecture.${key}`)), el("strong", {}, value));
    return [
      el("section", { class: "card arch-facts" },
        fact("image", image.join("×")), fact("output", (block.shape ?? ["?"]).join("×")), fact("parameters", block.parameters.toLocaleString(page.language())),
        fact("flops", number(block.flops)), fact("weights", bytes(block.memory)), fact("activations", bytes(block.activation))),
      tree(page, block, memory.left.split(":")[1]),
    ];
  }

  await show();
  return () => {
    mounted = false;
  };
}
