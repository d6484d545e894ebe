// Elements by calls. Text is always text: nothing here parses HTML.

/** el("p", {class: "note", onclick: f, "aria-label": "…"}, "text", child, [more], null) */
export function el(name, options = {}, ...children) {
  return fill(document.createElement(name), options, children);
}

export function fill(node, options, children) {
  for (const [key, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(node.style, value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key in node && !(node instanceof SVGElement) && ["value", "checked", "disabled", "selected", "htmlFor", "hidden"].includes(key)) node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A label, its control below it, and what the setting means as a tooltip. */
export function labeled(text, control, hint = "") {
  if (hint) control.title = hint;
  return el("label", { class: "field" }, el("span", { class: "name" }, text), control);
}

/** A <select> of [value, text] pairs. */
export function choice(pairs, value, onchange) {
  const node = el("select", { onchange: () => onchange?.(node.value) },
    pairs.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  node.value = value;
  return node;
}

/**
 * Pixels on a canvas, which CSS may scale: `bytes` has height x width x channels (1 or 3) values
 * from 0 to 255.
 */
export function pixels(bytes, width, height, channels = 1, canvas = document.createElement("canvas")) {
  canvas.width = width;
  canvas.height = height;
  canvas.classList.add("pixels");
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[channels === 1 ? i : 3 * i + c];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The bytes of a base64 string. */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** A number for people: four significant digits, and no more zeros than needed. */
export function number(value, digits = 4) {
  const x = Number(value);
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4) return x.toExponential(Math.max(0, Math.min(2, digits - 1))).replace(/\.?0*e\+?/, "e").replaceAll("-", "−");
  const text = x.toPrecision(digits);
  return (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace("-", "−");
}

export const percent = (share, digits = 1) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)}%`;
