// Maps and vectors of numbers as pictures: above 0 in one color, below in another, 0 as the page.

/** [r, g, b] of a CSS color written #rrggbb. */
const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));

/** The three colors of the theme. */
export const palette = (page) => ({
  zero: rgb(page.color("--well")), positive: rgb(page.color("--positive")), negative: rgb(page.color("--negative")),
});

/** {shape, scale, data} of the server with its bytes, -127 to 127. */
export function unpacked(page, packed) {
  return { ...packed, bytes: new Int8Array(page.bytesOf(packed.data).buffer) };
}

/** Color of -1..1, as r, g, b into `out` at `at`. */
function mix(colors, v, out, at) {
  const full = v < 0 ? colors.negative : colors.positive, share = Math.min(1, Math.abs(v));
  for (let c = 0; c < 3; c++) out[at + c] = colors.zero[c] + share * (full[c] - colors.zero[c]);
  out[at + 3] = 255;
}

/** Bytes -127..127 (height, width) on a canvas, one pixel each. */
export function paint(canvas, bytes, width, height, colors) {
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) mix(colors, (bytes[i] ?? 0) / 127, image.data, 4 * i);
  canvas.classList.add("pixels");
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The same, each value a square of so many pixels, with one place framed: [top, left, high, wide]. */
export function paintLarge(page, canvas, bytes, width, height, colors, frame, most = 208) {
  const scale = Math.max(1, Math.floor(most / Math.max(width, height)));
  const small = paint(document.createElement("canvas"), bytes, width, height, colors);
  [canvas.width, canvas.height] = [width * scale, height * scale];
  canvas.classList.add("pixels");
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (frame) {
    const [top, left, high, wide] = frame.map((v) => v * scale), line = Math.max(2, Math.min(3, scale / 5));
    for (const [color, grow] of [[page.color("--card"), line], [page.color("--ink"), 0]]) {
      [context.strokeStyle, context.lineWidth] = [color, line];
      context.strokeRect(left - line / 2 - grow + 0.5, top - line / 2 - grow + 0.5, wide + line + 2 * grow - 1, high + line + 2 * grow - 1);
    }
  }
  return canvas;
}

/** A heat map (h, w) over an image of it: the image in gray, dark, and the map in color on it. */
export function paintHeat(canvas, heat, image, channels, colors) {
  const [height, width] = heat.shape, made = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const v = heat.bytes[i] / 127, full = v < 0 ? colors.negative : colors.positive;
    let gray = 0;
    for (let c = 0; c < channels; c++) gray += image[i * channels + c] / channels;
    for (let c = 0; c < 3; c++) {
      const dim = 18 + gray * 0.42;
      made.data[4 * i + c] = dim + Math.abs(v) * (full[c] - dim);
    }
    made.data[4 * i + 3] = 255;
  }
  [canvas.width, canvas.height] = [width, height];
  canvas.classList.add("pixels");
  canvas.getContext("2d").putImageData(made, 0, 0);
  return canvas;
}

/** How a vector of n numbers is laid out: rows of equal length. */
export function grid(n) {
  const width = Math.min(n, n <= 40 ? 20 : n <= 320 ? 32 : 64);
  return { width, height: Math.ceil(n / width), cell: n <= 320 ? 18 : 9 };
}
