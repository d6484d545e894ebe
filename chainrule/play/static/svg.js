// Elements of drawings.
import { fill } from "./dom.js";

const SPACE = "http://www.w3.org/2000/svg";

/** svg("path", {d: "M0 0", class: "curve"}, child …) */
export function svg(name, options = {}, ...children) {
  return fill(document.createElementNS(SPACE, name), options, children);
}

/** An <svg> of these units that scales with its place. `label` is what a screen reader says. */
export function drawing(width, height, label, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);
}

/** "M x y L x y …" of points; a point that is not finite breaks the line. */
export function path(points) {
  let text = "", pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) pen = "M";
    else {
      text += `${pen}${x.toFixed(2)} ${y.toFixed(2)}`;
      pen = "L";
    }
  }
  return text;
}

/** About `count` round numbers between two. */
export function ticks(low, high, count = 4) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}
