// A chart of lines over steps, drawn on a canvas: it is drawn ten times a second while a net learns.
import { el, number } from "./dom.js";
import { ticks } from "./svg.js";

const PAD = { left: 46, right: 10, top: 10, bottom: 22 };

/**
 * chart({title, unit, log, floor, ceiling}) has `.node`, and `.draw(lines, until, colors)`:
 * lines: [{points: [[x, y]…], color: "--run-1", faint, dots, dashed, name}]; `until` is the step up to
 * which they are drawn in full, null for all.
 */
export function chart({ title, hint = "", log = false, floor = null, ceiling = null, format = number }) {
  const canvas = el("canvas", { role: "img", tabindex: "-1" });
  const value = el("span", { class: "now" });
  const tip = el("div", { class: "tip", hidden: true });
  const node = el("figure", { class: "chart" }, el("figcaption", {}, el("span", { title: hint }, title), value), el("div", { class: "plot" }, canvas, tip));
  const context = canvas.getContext("2d");
  let drawn = null, hover = null;

  const scale = (v) => (log ? Math.log10(Math.max(v, 1e-12)) : v);

  function draw(lines, until = null) {
    drawn = { lines, until };
    const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    const box = bounds(lines);
    const x = (v) => PAD.left + ((v - box.x0) / (box.x1 - box.x0)) * (width - PAD.left - PAD.right);
    const y = (v) => height - PAD.bottom - ((scale(v) - box.y0) / (box.y1 - box.y0)) * (height - PAD.top - PAD.bottom);
    axes(box, width, height, x, color);
    context.save();
    context.beginPath();
    context.rect(PAD.left - 3, PAD.top - 6, width - PAD.left - PAD.right + 6, height - PAD.top - PAD.bottom + 9);
    context.clip();
    for (const line of lines) stroke(line, until, x, y, color);
    context.restore();
    for (const at of [until, hover]) if (at !== null) rule(x(at), height, color(at === until ? "--ink" : "--edge"));
    const first = lines.find((line) => !line.faint && line.points.length);
    value.textContent = first ? format(valueAt(first.points, until)) : "–";
    canvas.setAttribute("aria-label", `${title}: ${value.textContent}`);
    canvas.place = { x, box, width };
  }

  function bounds(lines) {
    let x0 = 0, x1 = 1, low = Infinity, high = -Infinity;
    for (const { points, faint } of lines) {
      if (points.length) x1 = Math.max(x1, points[points.length - 1][0]);
      if (faint === "noise") continue;
      for (const [, v] of points) {
        if (v === null || !Number.isFinite(v) || (log && v <= 0)) continue;
        low = Math.min(low, scale(v));
        high = Math.max(high, scale(v));
      }
    }
    if (low > high) [low, high] = log ? [-4, -1] : [0, 1];
    if (floor !== null) low = Math.min(low, scale(floor));
    if (ceiling !== null) high = Math.max(high, ceiling);
    if (log) [low, high] = [Math.floor(low - 0.05), Math.ceil(high + 0.05)];
    if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
    const room = log || ceiling !== null ? 0 : 0.05 * (high - low);
    return { x0, x1, y0: floor !== null && !log ? low : low - room, y1: high + room };
  }

  function axes(box, width, height, x, color) {
    context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
    context.fillStyle = color("--muted");
    context.strokeStyle = color("--line");
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    const marks = log ? decades(box.y0, box.y1) : ticks(box.y0, box.y1, 3);
    for (const mark of marks) {
      const at = height - PAD.bottom - ((mark - box.y0) / (box.y1 - box.y0)) * (height - PAD.top - PAD.bottom);
      context.beginPath();
      context.moveTo(PAD.left, Math.round(at) + 0.5);
      context.lineTo(width - PAD.right, Math.round(at) + 0.5);
      context.stroke();
      context.fillText(log ? `1e${mark}`.replace("-", "−") : format(mark, 2), PAD.left - 7, at);
    }
    context.textBaseline = "top";
    const steps = ticks(box.x0, box.x1, width > 330 ? 4 : 3).filter((s) => Number.isInteger(s));
    for (const mark of steps) {
      const at = x(mark);
      context.textAlign = at > width - 30 ? "right" : "center";
      context.fillText(mark >= 10000 ? `${number(mark / 1000)}k` : String(mark), at > width - 30 ? width - 2 : at, height - PAD.bottom + 7);
    }
  }

  function stroke(line, until, x, y, color) {
    context.strokeStyle = context.fillStyle = color(line.color);
    context.lineWidth = line.faint ? 1 : 2;
    context.lineJoin = "round";
    context.setLineDash(line.dashed ? [5, 4] : []);
    const strength = line.faint ? 0.3 : 1;
    const parts = until === null ? [[line.points, strength]] : [
      [line.points.filter(([s]) => s <= until), strength], [line.points.filter(([s]) => s >= until), strength * 0.25]];
    for (const [points, alpha] of parts) {
      context.globalAlpha = alpha;
      context.beginPath();
      let pen = false, alone = null;
      for (const [step, v] of points) {
        if (v === null || !Number.isFinite(v) || (log && v <= 0)) continue;
        if (line.dots) {
          context.moveTo(x(step) + 3, y(v));
          context.arc(x(step), y(v), points.length > 60 ? 1.5 : 2.6, 0, 7);
        } else if (pen) context.lineTo(x(step), y(v));
        else context.moveTo(x(step), y(v));
        alone = pen ? null : [x(step), y(v)];
        pen = true;
      }
      if (line.dots) context.fill();
      else context.stroke();
      if (alone && !line.dots && !line.faint) {
        context.beginPath();
        context.arc(...alone, 2.6, 0, 7);
        context.fill();
      }
    }
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  function rule(at, height, stroke) {
    context.strokeStyle = stroke;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(at) + 0.5, PAD.top - 4);
    context.lineTo(Math.round(at) + 0.5, height - PAD.bottom);
    context.stroke();
  }

  function point(event) {
    const { x, box, width } = canvas.place ?? {};
    if (!x) return;
    const at = event.clientX - canvas.getBoundingClientRect().left;
    const share = Math.max(0, Math.min(1, (at - PAD.left) / (width - PAD.left - PAD.right)));
    hover = Math.round(box.x0 + share * (box.x1 - box.x0));
    const rows = drawn.lines.filter((line) => line.name && line.points.length);
    tip.replaceChildren(el("b", {}, String(hover)), ...rows.map((line) =>
      el("span", { style: { color: `var(${line.color})` } }, `${line.name} ${format(valueAt(line.points, hover))}`)));
    tip.hidden = false;
    tip.classList.toggle("before", share > 0.55);
    tip.style.left = `${x(hover)}px`;
    draw(drawn.lines, drawn.until);
  }
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", () => {
    hover = null;
    tip.hidden = true;
    if (drawn) draw(drawn.lines, drawn.until);
  });
  const watcher = new ResizeObserver(() => drawn && draw(drawn.lines, drawn.until));
  watcher.observe(canvas);
  return { node, draw, end: () => watcher.disconnect() };
}

function decades(low, high) {
  const every = Math.max(1, Math.ceil((high - low) / 4));
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
}

/** The last value at or before a step; the last of all for null. */
export function valueAt(points, step) {
  if (!points.length) return null;
  if (step === null) return points[points.length - 1][1];
  let low = 0, high = points.length - 1;
  if (points[0][0] > step) return points[0][1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle][0] <= step) low = middle;
    else high = middle - 1;
  }
  return points[low][1];
}

/** An exponential mean over about `span` points: the trend of a noisy line. */
export function smoothed(points, span = Math.min(30, Math.max(2, points.length / 80))) {
  let mean = null;
  const decay = 1 - 1 / span;
  let weight = 0;
  return points.map(([x, y]) => {
    if (y === null || !Number.isFinite(y)) return [x, y];
    mean = (mean ?? 0) * decay + y * (1 - decay);
    weight = weight * decay + (1 - decay);
    return [x, mean / weight];
  });
}
