"use strict";
const MODEL = JSON.parse(document.getElementById("model").textContent);
const WEIGHTS = (() => {  // little-endian float32, as base64
  const text = document.getElementById("weights").textContent, binary = atob(text);
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) view.setUint8(i, binary.charCodeAt(i));
  const numbers = new Float32Array(binary.length / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
  return numbers;
})();
const OPS = {};

// --- numbers ---

function each(x, f) {
  return {shape: x.shape, data: x.data.map(v => f(v))};
}

function byChannel(x, channels, f) {
  return {shape: x.shape, data: x.data.map((v, i) => f(v, i % channels))};
}

function product(x, weight, bias, outputs) {
  const sum = new Float64Array(outputs);
  if (bias) sum.set(bias);
  x.forEach((v, i) => {
    if (v !== 0) for (let o = 0; o < outputs; o++) sum[o] += v * weight[i * outputs + o];
  });
  return Float32Array.from(sum);
}

function moments(data, groupOf, groups) {
  const mean = new Float64Array(groups), variance = new Float64Array(groups), count = data.length / groups;
  data.forEach((v, i) => { mean[groupOf(i)] += v / count; });
  data.forEach((v, i) => { variance[groupOf(i)] += (v - mean[groupOf(i)]) ** 2 / count; });
  return [mean, variance];
}

function standardized(x, groupOf, groups, scaleOf, gamma, beta, eps) {
  const [mean, variance] = moments(x.data, groupOf, groups);
  const root = variance.map(v => Math.sqrt(v + eps));
  return {shape: x.shape, data: x.data.map((v, i) => {
    const z = (v - mean[groupOf(i)]) / root[groupOf(i)];
    return gamma ? z * gamma[scaleOf(i)] + beta[scaleOf(i)] : z;
  })};
}

function softplus(v) {
  return Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
}

function softmax(logits) {
  const most = Math.max(...logits), e = Array.from(logits, v => Math.exp(v - most));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map(v => v / sum);
}

// --- the model ---

const STEPS = MODEL.steps.map(step => {
  const weights = Object.fromEntries(Object.entries(step.weights).map(
    ([name, [start, end]]) => [name, WEIGHTS.subarray(start, end)]));
  return {...step, options: {...step.options, ...weights, shape: step.shape}};
});

/** The logits of pixels 0..255, a Uint8Array (H, W, C). The page may draw in between. */
async function logits(pixels) {
  const values = {input: {shape: MODEL.image_shape, data: Float32Array.from(pixels)}};
  const last = {};
  STEPS.forEach((step, i) => step.inputs.forEach(name => { last[name] = i; }));
  let since = performance.now();
  for (const [i, step] of STEPS.entries()) {
    values[step.output] = OPS[step.op](step.inputs.map(name => values[name]), step.options);
    step.inputs.forEach(name => { if (last[name] === i && name !== MODEL.output) delete values[name]; });
    if (performance.now() - since > 40) {
      await new Promise(done => setTimeout(done));
      since = performance.now();
    }
  }
  return values[MODEL.output].data;
}

// --- images: as chainrule reads them ---

/** Python's round: halves to the even neighbor. */
function round(v) {
  const below = Math.floor(v);
  return v - below === 0.5 ? below + below % 2 : Math.round(v);
}

/** Pixels (h, w, c) of any size as the model's (H, W, C). */
function fitted(pixels, h, w, c) {
  const [H, W] = MODEL.image_shape;
  if (h === H && w === W) return pixels;
  if (MODEL.resize === "crop") {
    const scale = Math.min(w / W, h / H), x = (w - W * scale) / 2, y = (h - H * scale) / 2;
    return resize(pixels, h, w, c, H, W, [x, y, x + W * scale, y + H * scale]);
  }
  if (MODEL.resize !== "pad") return resize(pixels, h, w, c, H, W);
  const scale = Math.min(W / w, H / h);
  const width = Math.max(1, round(w * scale)), height = Math.max(1, round(h * scale));
  const inner = resize(pixels, h, w, c, height, width), made = new Uint8Array(H * W * c).fill(255);
  const left = Math.floor((W - width) / 2), top = Math.floor((H - height) / 2);
  for (let i = 0; i < height; i++)
    made.set(inner.subarray(i * width * c, (i + 1) * width * c), ((top + i) * W + left) * c);
  return made;
}

/** RGBA of a canvas as pixels (h, w, C) of the model's colors. */
function colored(rgba) {
  const c = MODEL.image_shape[2], pixels = new Uint8Array(rgba.length / 4 * c);
  for (let i = 0; i < rgba.length / 4; i++) {
    const [r, g, b] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]];
    if (c === 1) pixels[i] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;
    else pixels.set([r, g, b], 3 * i);
  }
  return pixels;
}

async function decoded(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, {colorSpaceConversion: "none"});
  } catch {
    throw new Error("This is no image that the browser can read.");
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", {willReadFrequently: true, colorSpace: "srgb"});
  if (!context) throw new Error("This image is too large for the browser.");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  return fitted(colored(data), canvas.height, canvas.width, MODEL.image_shape[2]);
}

// --- the page ---

const element = id => document.getElementById(id);
const percent = p => `${(100 * p).toFixed(1)} %`;
let turn = 0;

/** Classify pixels and show it. The last call wins. */
async function classify(pixels, name) {
  const mine = ++turn;
  show(pixels);
  element("answer").textContent = "Computing …";
  document.body.classList.remove("failed");
  const p = softmax(await logits(pixels));
  if (mine !== turn) return;
  const order = p.map((_, k) => k).sort((a, b) => p[b] - p[a]);
  const shown = p.length <= 12 ? p.map((_, k) => k) : order.slice(0, 10);
  element("bars").replaceChildren(...shown.map(k => bar(MODEL.classes[k], p[k], k === order[0])));
  const said = Number.isNaN(p[order[0]]) ? "The model gives no numbers for this." :
    `${MODEL.classes[order[0]]}, ${percent(p[order[0]])}`;
  element("answer").textContent = said;
  element("source").textContent = name;
  globalThis.predictor.last = {pixels, probabilities: p};
}

function bar(name, p, best) {
  const row = document.createElement("li"), label = document.createElement("span");
  const track = document.createElement("span"), fill = document.createElement("span");
  const number = document.createElement("span");
  [row.className, label.className, track.className, number.className] =
    [best ? "best" : "", "name", "track", "number"];
  [label.textContent, label.title, number.textContent] = [name, name, percent(p)];
  fill.style.width = `${100 * p}%`;
  track.append(fill);
  row.append(label, track, number);
  return row;
}

function show(pixels) {
  const [h, w, c] = MODEL.image_shape, canvas = element("seen");
  [canvas.height, canvas.width] = [h, w];
  const context = canvas.getContext("2d"), image = context.createImageData(w, h);
  for (let i = 0; i < h * w; i++)
    for (let k = 0; k < 4; k++) image.data[4 * i + k] = k === 3 ? 255 : pixels[i * c + (c === 1 ? 0 : k)];
  context.putImageData(image, 0, 0);
}

async function take(blob, name) {
  try {
    await classify(await decoded(blob), name);
  } catch (error) {
    turn++;
    document.body.classList.add("failed");
    element("answer").textContent = error.message;
    element("bars").replaceChildren();
    element("source").textContent = name;
  }
}

function takeFrom(transfer) {
  const file = [...transfer.files].find(f => f.type.startsWith("image/")) || transfer.files[0];
  if (file) take(file, file.name);
  return Boolean(file);
}

function listen() {
  const drop = element("drop"), input = element("file");
  input.addEventListener("change", () => { if (input.files[0]) take(input.files[0], input.files[0].name); input.value = ""; });
  for (const kind of ["dragenter", "dragover"])
    document.addEventListener(kind, event => { event.preventDefault(); drop.classList.add("over"); });
  document.addEventListener("dragleave", event => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", event => {
    event.preventDefault();
    drop.classList.remove("over");
    takeFrom(event.dataTransfer);
  });
  document.addEventListener("paste", event => takeFrom(event.clipboardData) && event.preventDefault());
  if (element("pad")) listenToPad();
}

function listenToPad() {
  const [side] = MODEL.image_shape;
  const pad = drawOn(element("pad"), {
    delay: 60,
    drawn(ink, size) {
      const pixels = centered(ink, size, side);
      if (pixels) classify(pixels, "your drawing"); else pad.clear();
    },
    cleared() {
      turn++;
      element("answer").textContent = element("answer").dataset.first;
      element("bars").replaceChildren();
      element("source").textContent = "";
      element("seen").width = element("seen").width;
    },
  });
  element("clear").addEventListener("click", pad.clear);
}

globalThis.predictor = {
  classes: MODEL.classes,
  logits: pixels => logits(Uint8Array.from(pixels)),
  predict: async pixels => softmax(await logits(Uint8Array.from(pixels))),
  centered: (ink, size) => centered(Uint8Array.from(ink), size, MODEL.image_shape[0]),
  decoded,
  last: null,
};
