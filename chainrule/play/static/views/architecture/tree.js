// Blocks in blocks, to be folded; each with its shape and what it costs.

const COLORS = [["Conv", "--run-1"], ["Linear", "--good"], ["Norm", "--warn"], ["Pool", "--edge"]];

/** Counts in thousands and millions, bytes in powers of 1024. "–" for what is not known. */
export function amounts(page) {
  const scaled = (value, units, base) => {
    if (value === null || value === undefined) return "–";
    let power = 0, rest = value;
    while (rest >= base && power < units.length - 1) [rest, power] = [rest / base, power + 1];
    return `${power && rest < 100 ? rest.toPrecision(3) : Math.round(rest)}${units[power]}`;
  };
  return {
    number: (value) => scaled(value, ["", " k", " M", " G", " T"], 1000),
    size: (value) => scaled(value, [" B", " KiB", " MiB", " GiB", " TiB"], 1024),
  };
}

export const stripe = (kind) => `var(${COLORS.find(([part]) => kind.includes(part))?.[1] ?? "--line"})`;

export const shapeText = (shape) => (shape ? shape.join("×") : "–");

/** A card with the tree of a model. */
export function tree(page, whole, name) {
  const { el, t } = page, { number, size } = amounts(page);

  /** A number, and below it which share of the whole it is. */
  function share(value, total, text, label) {
    const part = total && value ? value / total : 0;
    const fill = el("span");
    fill.style.width = `${100 * part}%`;
    return el("span", { class: "arch-cell number", "data-label": label, title: total && value ? page.percent(part) : null },
      text, el("span", { class: "arch-share", "aria-hidden": "true" }, fill));
  }

  function cells(block) {
    const mark = el("span", { class: "arch-mark", "aria-hidden": "true" });
    mark.style.background = block.children.length ? "var(--accent)" : stripe(block.kind);
    return [
      el("span", { class: "arch-name" }, mark, el("span", {}, el("strong", {}, block.kind), block.detail ? el("span", { class: "arch-detail" }, ` ${block.detail}`) : null,
        block.uses > 1 ? el("span", { class: "chip" }, t("architecture.uses", { n: block.uses })) : null,
        block.path ? el("code", { class: "arch-path" }, block.path) : null)),
      el("span", { class: "arch-cell", "data-label": t("architecture.output") }, shapeText(block.shape)),
      share(block.parameters, whole.parameters, block.parameters ? number(block.parameters) : "0", t("architecture.parameters")),
      share(block.flops, whole.flops, number(block.flops), t("architecture.flops")),
      share(block.memory, whole.memory, size(block.memory), t("architecture.weights")),
      share(block.activation, whole.activation, size(block.activation), t("architecture.activations")),
    ];
  }

  function node(block, depth) {
    const settings = Object.entries(block.settings);
    const inner = [
      settings.length ? el("dl", { class: "arch-settings" }, settings.map(([key, value]) => el("div", {}, el("dt", {}, key), el("dd", {}, value)))) : null,
      ...block.children.map((child) => node(child, depth + 1)),
    ];
    if (!settings.length && !block.children.length) return el("div", { class: "arch-row arch-leaf" }, cells(block));
    return el("details", { class: block.children.length ? "arch-block" : "arch-layer", open: depth < 1 },
      el("summary", { class: "arch-row" }, cells(block)), el("div", { class: "arch-inner" }, inner));
  }

  const body = el("div", { class: "arch-tree" }, whole.children.length ? node(whole, 0) : node(whole, 1));
  const all = (open) => body.querySelectorAll("details.arch-block").forEach((each, i) => { each.open = open || i === 0; });
  const head = el("div", { class: "arch-row arch-header", "aria-hidden": "true" },
    ["layer", "output", "parameters", "flops", "weights", "activations"].map((key, i) => el("span", { class: i > 1 ? "number" : null }, t(`architecture.${key}`))));
  return el("section", { class: "card" },
    el("header", {}, el("h2", {}, name), el("span", { class: "row" },
      el("button", { type: "button", class: "quiet arch-unfold", onclick: () => all(true) }, t("architecture.unfold")),
      el("button", { type: "button", class: "quiet arch-fold", onclick: () => all(false) }, t("architecture.fold")))),
    head, body, el("p", { class: "muted small arch-note" }, t("architecture.note")));
}
