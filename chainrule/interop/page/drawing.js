// A drawn digit as the pixels that a model of digits was trained on. An exported page holds this
// file as text, and the playground loads it as a module: it knows no model and no page.

/** For each output pixel: the first input pixel and its weights, with 22 bits after the point. */
function taps(size, from, to, outputs) {
  const scale = (to - from) / outputs, filter = Math.max(scale, 1);
  return Array.from({length: outputs}, (_, i) => {
    const center = from + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - filter + 0.5));
    const end = Math.min(size, Math.trunc(center + filter + 0.5));
    const weights = [];
    for (let j = first; j < end; j++)
      weights.push(Math.max(0, 1 - Math.abs((j - center + 0.5) / filter)));
    const sum = weights.reduce((a, b) => a + b, 0);
    return [first, weights.map(v => Math.trunc(0.5 + v / sum * 2 ** 22))];
  });
}

/** Pixels (h, w, c) as (height, width, c), of the part box = [left, top, right, bottom], by
 * Pillow's way to shrink. */
export function resize(pixels, h, w, c, height, width, box = [0, 0, w, h]) {
  const rounded = sum => Math.min(255, Math.max(0, Math.floor((sum + 2 ** 21) / 2 ** 22)));
  let middle = pixels;
  if (width !== w || box[0] !== 0 || box[2] !== w) {
    middle = new Uint8Array(h * width * c);
    const columns = taps(w, box[0], box[2], width);
    for (let i = 0; i < h; i++) columns.forEach(([first, weights], j) => {
      for (let k = 0; k < c; k++)
        middle[(i * width + j) * c + k] = rounded(weights.reduce(
          (sum, v, n) => sum + v * pixels[(i * w + first + n) * c + k], 0));
    });
  }
  if (height === h && box[1] === 0 && box[3] === h) return middle;
  const made = new Uint8Array(height * width * c);
  taps(h, box[1], box[3], height).forEach(([first, weights], i) => {
    for (let j = 0; j < width * c; j++)
      made[i * width * c + j] = rounded(weights.reduce(
        (sum, v, n) => sum + v * middle[(first + n) * width * c + j], 0));
  });
  return made;
}

/** Ink (size, size) 0..255, white on black, as the (side, side) pixels of a model, scaled and
 * centered as those of the data; null where nothing is drawn. */
export function centered(ink, size, side) {
  let [top, left, bottom, right] = [size, size, -1, -1];
  ink.forEach((v, i) => {
    if (v < 32) return;
    const row = Math.floor(i / size), column = i % size;
    top = Math.min(top, row); bottom = Math.max(bottom, row);
    left = Math.min(left, column); right = Math.max(right, column);
  });
  if (bottom < 0) return null;
  const high = bottom - top + 1, wide = right - left + 1, longest = Math.max(high, wide);
  const counts = side === 8;
  const field = counts ? 32 : side, reach = counts ? 32 : Math.max(1, Math.round(side * 20 / 28));
  const height = Math.max(1, Math.round(high * reach / longest));
  const width = Math.max(1, Math.round(wide * reach / longest));
  const inner = resize(ink, size, size, 1, height, width, [left, top, right + 1, bottom + 1]);
  let [x, y] = [(field - width) / 2, (field - height) / 2];
  if (!counts) {  // MNIST: the center of mass in the middle
    let [sum, across, down] = [0, 0, 0];
    inner.forEach((v, i) => { sum += v; across += v * (i % width + 0.5); down += v * (Math.floor(i / width) + 0.5); });
    [x, y] = [field / 2 - across / sum, field / 2 - down / sum];
  }
  [x, y] = [Math.round(x), Math.round(y)];
  const made = new Uint8Array(field * field);
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++)
    if (y + i >= 0 && y + i < field && x + j >= 0 && x + j < field)
      made[(y + i) * field + x + j] = inner[i * width + j];
  if (!counts) return made;
  const blocks = new Uint8Array(64);  // UCI's digits: how many of 4 x 4 pixels are inked
  made.forEach((v, i) => { blocks[(i >> 7) * 8 + ((i % 32) >> 2)] += v >= 128; });
  return blocks.map(v => (255 * v + 8) >> 4);
}

/** A canvas to draw on by mouse, pen or finger; by keys, arrows move and Space lifts the pen.
 *
 * drawn(ink, size) is told of the ink, `delay` ms after the last change; with `live`, every `delay`
 * ms while it changes. cleared() is told when nothing is left. `strokes`, lists of points, are those
 * to begin with, and are kept up to date. Returns {clear}. */
export function drawOn(pad, {drawn, cleared, delay, live = false, strokes = []}) {
  const context = pad.getContext("2d", {willReadFrequently: true}), size = pad.width;
  const cursor = {x: size / 2, y: size / 2, down: false, shown: false};
  let stroke = null, waiting = 0;
  const place = event => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * size / box.width, (event.clientY - box.top) * size / box.height];
  };
  const paint = () => {
    context.clearRect(0, 0, size, size);
    [context.lineWidth, context.lineCap, context.lineJoin, context.strokeStyle] = [size / 10, "round", "round", "white"];
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(...points[0]);
      for (const [x, y] of points) context.lineTo(x + 0.01, y);  // a line of no length is not drawn
      context.stroke();
    }
  };
  const mark = () => {
    context.beginPath();
    context.arc(cursor.x, cursor.y, size / 24, 0, 7);
    [context.lineWidth, context.strokeStyle] = [size / 70, cursor.down ? "#4f86f7" : "#9aa4b2"];
    context.stroke();
  };
  const read = () => {
    waiting = 0;
    paint();
    const {data} = context.getImageData(0, 0, size, size), ink = new Uint8Array(size * size);
    for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3];
    if (cursor.shown) mark();
    drawn(ink, size);
  };
  const later = () => {
    if (live && waiting) return;
    clearTimeout(waiting);
    waiting = setTimeout(read, delay);
  };
  const erase = () => {
    [strokes.length, stroke, cursor.down] = [0, null, false];
    clearTimeout(waiting);
    waiting = 0;
    paint();
    cleared();
  };
  pad.addEventListener("pointerdown", event => {
    event.preventDefault();
    pad.focus({preventScroll: true});
    pad.setPointerCapture(event.pointerId);
    [cursor.shown, cursor.down] = [false, false];
    strokes.push(stroke = [place(event)]);
    later();
    paint();
  });
  pad.addEventListener("pointermove", event => {
    if (!stroke || cursor.down) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.push(place(each));
    stroke.push(place(event));
    paint();
    later();
  });
  for (const kind of ["pointerup", "pointercancel"])
    pad.addEventListener(kind, () => { if (stroke) later(); stroke = null; });
  pad.addEventListener("keydown", event => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (event.key === " ") {
      cursor.down = !cursor.down;
      stroke = cursor.down ? [[cursor.x, cursor.y]] : null;
      if (stroke) strokes.push(stroke);
    } else if (step) {
      cursor.x = Math.min(size, Math.max(0, cursor.x + step[0] * size / 20));
      cursor.y = Math.min(size, Math.max(0, cursor.y + step[1] * size / 20));
      if (cursor.down) stroke.push([cursor.x, cursor.y]);
    } else if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
      erase();
      return;
    } else return;
    event.preventDefault();
    cursor.shown = true;
    paint();
    mark();
    if (cursor.down) later();
  });
  pad.addEventListener("focus", () => { if (pad.matches(":focus-visible")) { cursor.shown = true; paint(); mark(); } });
  pad.addEventListener("blur", () => { cursor.shown = false; paint(); });
  const clear = () => {
    cursor.shown = false;
    erase();
  };
  paint();
  return {clear};
}
