// The drawing: the server says where everything is, the steps say which numbers are known.
import { show } from "./progress.js";

const BELOW = 21; // from the middle of a value to that of the gradient below its wire

/**
 * The <svg> of `data` after the steps that `known` sums up. `selected` and `failed` are nodes,
 * `scale` pixels are a unit of the drawing.
 * `on.select(node)` is called for a click or Enter, `on.drag(node, by, first)` with the pixels that
 * an input was dragged to the right.
 */
export function graph(page, data, known, { selected, failed, scale }, on) {
  const { svg, t } = page, { drawing: place, nodes } = data;
  const text = (x, y, content, kind) => svg("text", { x, y, class: kind }, content);
  const current = known.current === null ? null : nodes[known.current];
  const isNow = (node) => node === known.current || (current?.inputs.includes(node) && data.nodes.filter((gate) => gate.inputs.includes(node)).length === 1);
  const valueOf = (node) => (known.values.has(node) ? show(nodes[node].value) : "?");
  const gradientOf = (node) => (known.gradients.has(node) ? show(known.gradients.get(node).gradient) : "?");
  const kind = (base, shown) => (shown === "?" ? `${base} unknown` : base);

  const wires = place.wires.map(({ node, d }) => svg("path", { d, class: isNow(node) ? "wire now" : "wire" }));
  const [x, y] = place.arrow;
  const dots = [
    ...place.forks.map(([cx, cy]) => svg("circle", { cx, cy, r: 3.5, class: "dot" })),
    svg("path", { d: `M${x + 6} ${y}l-10 -5v10z`, class: "dot" }),
  ];
  const numbers = place.values.flatMap(({ node, x, y }) => [
    text(x, y, valueOf(node), kind("value", valueOf(node))),
    text(x, y + BELOW, gradientOf(node), kind("gradient", gradientOf(node))),
  ]);
  const parts = place.parts.map(({ node, port, x, y }) => {
    const sent = known.sent.get(`${node}:${port}`);
    const shown = sent === undefined ? "?" : show(sent);
    return text(x, y, shown, kind("gradient", shown));
  });

  const says = (node) => t("gates.nodeSays", {
    what: nodes[node].kind === "gate" ? `${nodes[node].name} = ${nodes[node].written}` : nodes[node].name,
    value: valueOf(node), gradient: gradientOf(node),
  });
  const button = (node, classes, ...children) => svg("g", {
    class: ["node", ...classes, node === selected && "selected", node === known.current && "now", node === failed && "failed"].filter(Boolean).join(" "),
    "data-node": node, tabindex: 0, role: "button", "aria-label": says(node), "aria-pressed": String(node === selected),
    onclick: () => on.select(node),
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      on.select(node);
    },
  }, ...children);

  const gates = place.gates.map(({ node, x, y, width, height }) => button(node, [known.done.has(node) && "done"],
    svg("rect", { x, y, width, height, rx: Math.min(width, height) / 2, class: "face" }),
    text(x + width / 2, y + height / 2 + 5, nodes[node].symbol, "symbol")));
  const named = place.names.filter(({ node }) => nodes[node].kind === "gate").map((label) => text(label.x, label.y, written(svg, label), "name"));
  const inputs = place.names.filter(({ node }) => nodes[node].kind !== "gate").map((label) => {
    const value = place.values.find(({ node }) => node === label.node);
    const left = Math.min(label.x - 16, value.x - 30), right = value.x + 36;
    const shape = svg("rect", { x: left, y: label.y - 24, width: right - left, height: 40, rx: 9, class: "hit" });
    const content = text(label.x, label.y, written(svg, label), nodes[label.node].kind === "input" ? "name" : "symbol");
    if (nodes[label.node].kind !== "input") return content;
    const group = button(label.node, ["input"], shape, content);
    group.addEventListener("pointerdown", (event) => drag(event, label.node, on));
    return group;
  });
  return svg("svg", {
    viewBox: `0 0 ${place.width} ${place.height}`, style: { width: `${scale * place.width}px`, height: `${scale * place.height}px` },
    role: "group", "aria-label": t("gates.graphOf", { expression: data.expression }),
  }, ...inputs, ...wires, ...dots, ...gates, ...named, ...numbers.map(passive), ...parts);
}

const passive = (node) => {
  node.style.pointerEvents = "none";
  return node;
};

function written(svg, { text, subscript }) {
  if (!subscript) return text;
  const base = text.slice(0, text.length - subscript.length).replace(/_$/, "");
  return [base, svg("tspan", { dy: 3, "font-size": 11 }, subscript)];
}

/** An input follows the pointer from side to side; the graph is drawn anew meanwhile. */
function drag(event, node, on) {
  if (event.button !== 0) return;
  const begin = event.clientX, place = event.currentTarget.ownerSVGElement.parentElement;
  let moved = false;
  const move = (next) => {
    const by = next.clientX - begin;
    if (!moved && Math.abs(by) < 4) return;
    if (!moved) place.setPointerCapture(next.pointerId); // the drawing does not outlive the first step
    on.drag(node, by, !moved);
    moved = true;
  };
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}
