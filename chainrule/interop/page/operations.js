// Layers when they predict, for one image. A value is {shape, data}: [H, W, C] or [features], and a
// Float32Array in that order. Each operation takes values, then the options and weights of its step.
// A page holds those of its model.

// op: normalize
// Pixels to numbers of mean 0 and standard deviation 1.
OPS.normalize = ([x], {unit, mean, std}) =>
  byChannel(x, mean.length, (v, c) => v / (std[c] * unit) - mean[c] / std[c]);

// op: batch_norm
// With the statistics of the training.
OPS.batch_norm = ([x], {gamma, beta, mean, var: variance, eps}) => {
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + eps));
  return byChannel(x, gamma.length, (v, c) => (v - mean[c]) * scale[c] + beta[c]);
};

// op: conv2d
// Every tap of the kernel (kh, kw, in / groups, out) meets the pixels that it falls on.
OPS.conv2d = ([x], {weight, bias, stride, padding, dilation, groups, mode, kernel, shape}) => {
  const [h, w, channels] = x.shape, [oh, ow, outputs] = shape, [kh, kw] = kernel;
  const each = channels / groups, made = outputs / groups;
  const y = new Float32Array(oh * ow * outputs), sum = new Float64Array(outputs);
  const inside = (i, size) => (i >= 0 && i < size) ? i
    : mode !== "reflect" ? -1 : i < 0 ? -i : 2 * size - 2 - i;
  for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    if (bias) sum.set(bias); else sum.fill(0);
    for (let a = 0; a < kh; a++) {
      const row = inside(i * stride[0] + a * dilation[0] - padding[0][0], h);
      if (row < 0) continue;
      for (let b = 0; b < kw; b++) {
        const column = inside(j * stride[1] + b * dilation[1] - padding[1][0], w);
        if (column < 0) continue;
        const pixel = (row * w + column) * channels, tap = (a * kw + b) * each * outputs;
        for (let g = 0; g < groups; g++) {
          const first = g * made, end = first + made;
          for (let c = 0; c < each; c++) {
            const v = x.data[pixel + g * each + c], at = tap + c * outputs;
            if (v !== 0) for (let o = first; o < end; o++) sum[o] += v * weight[at + o];
          }
        }
      }
    }
    y.set(sum, (i * ow + j) * outputs);
  }
  return {shape, data: y};
};

// op: conv_transpose2d
// Every pixel paints the kernel (kh, kw, in / groups, out), stride pixels apart.
OPS.conv_transpose2d = ([x], {weight, bias, stride, padding, dilation, groups, kernel, shape}) => {
  const [h, w, channels] = x.shape, [oh, ow, outputs] = shape, [kh, kw] = kernel;
  const each = channels / groups, made = outputs / groups;
  const sum = new Float64Array(oh * ow * outputs);
  for (let i = 0; i < h; i++) for (let j = 0; j < w; j++)
    for (let a = 0; a < kh; a++) for (let b = 0; b < kw; b++) {
      const row = i * stride[0] + a * dilation[0] - padding[0][0];
      const column = j * stride[1] + b * dilation[1] - padding[1][0];
      if (row < 0 || row >= oh || column < 0 || column >= ow) continue;
      const to = (row * ow + column) * outputs, tap = (a * kw + b) * each * outputs;
      for (let g = 0; g < groups; g++) for (let c = 0; c < each; c++) {
        const v = x.data[(i * w + j) * channels + g * each + c], at = tap + c * outputs;
        for (let o = g * made; o < (g + 1) * made; o++) sum[to + o] += v * weight[at + o];
      }
    }
  return {shape, data: Float32Array.from(sum, (v, i) => v + (bias ? bias[i % outputs] : 0))};
};

// op: linear
OPS.linear = ([x], {weight, bias, shape}) => ({shape, data: product(x.data, weight, bias, shape[0])});

// op: maxout
// The greatest of several linear functions.
OPS.maxout = ([x], {weight, bias, pieces, shape}) => {
  const z = product(x.data, weight, bias, pieces * shape[0]), y = new Float32Array(shape[0]).fill(-Infinity);
  z.forEach((v, i) => { y[i % shape[0]] = Math.max(y[i % shape[0]], v); });
  return {shape, data: y};
};

// op: max_pool
OPS.max_pool = ([x], {kernel, stride, padding, shape}) => {
  const [h, w, channels] = x.shape, [oh, ow] = shape;
  const y = new Float32Array(oh * ow * channels).fill(-Infinity);
  for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++)
    for (let a = 0; a < kernel[0]; a++) for (let b = 0; b < kernel[1]; b++) {
      const row = i * stride[0] + a - padding[0][0], column = j * stride[1] + b - padding[1][0];
      if (row < 0 || row >= h || column < 0 || column >= w) continue;
      const from = (row * w + column) * channels, to = (i * ow + j) * channels;
      for (let c = 0; c < channels; c++) y[to + c] = Math.max(y[to + c], x.data[from + c]);
    }
  return {shape, data: y};
};

// op: average_pool
// The mean of each window: [first, last, number to divide by], for rows and for columns.
OPS.average_pool = ([x], {rows, columns, shape}) => {
  const [, w, channels] = x.shape, y = new Float32Array(shape[0] * shape[1] * channels);
  rows.forEach(([top, bottom, high], i) => columns.forEach(([left, right, wide], j) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let a = top; a < bottom; a++)
        for (let b = left; b < right; b++) sum += x.data[(a * w + b) * channels + c];
      y[(i * columns.length + j) * channels + c] = sum / (high * wide);
    }
  }));
  return {shape, data: y};
};

// op: global_average_pool
OPS.global_average_pool = ([x], {shape}) => {
  const sum = new Float64Array(shape[0]);
  x.data.forEach((v, i) => { sum[i % shape[0]] += v; });
  return {shape, data: Float32Array.from(sum, v => v * shape[0] / x.data.length)};
};

// op: group_norm
// Each group of channels of an image by its own mean and variance.
OPS.group_norm = ([x], {gamma, beta, groups, eps}) => {
  const channels = x.shape.at(-1), each = channels / groups;
  return standardized(x, i => Math.floor(i % channels / each), groups, i => i % channels, gamma, beta, eps);
};

// op: layer_norm
// By the mean and variance over the last axes.
OPS.layer_norm = ([x], {gamma, beta, axes, eps}) => {
  const size = x.shape.slice(-axes).reduce((a, b) => a * b, 1);
  return standardized(x, i => Math.floor(i / size), x.data.length / size, i => i % size, gamma, beta, eps);
};

// op: switchable_norm
// By a mixture of the statistics of the channel, of the image, and of the training.
OPS.switchable_norm = ([x], {gamma, beta, mean, var: variance, mean_weights: p, var_weights: q, eps}) => {
  const channels = x.shape.at(-1), [m, v] = moments(x.data, i => i % channels, channels);
  const image = m.reduce((a, b) => a + b, 0) / channels;
  const spread = v.reduce((sum, each, c) => sum + each + (m[c] - image) ** 2, 0) / channels;
  return byChannel(x, channels, (value, c) => {
    const mu = p[0] * m[c] + p[1] * image + p[2] * mean[c];
    const sigma2 = q[0] * v[c] + q[1] * spread + q[2] * variance[c];
    return (value - mu) / Math.sqrt(sigma2 + eps) * gamma[c] + beta[c];
  });
};

// op: scale_channels
OPS.scale_channels = ([x, s]) => byChannel(x, s.data.length, (v, c) => v * s.data[c]);

// op: flatten
OPS.flatten = ([x], {shape}) => ({shape, data: x.data});

// op: add
OPS.add = xs => ({shape: xs[0].shape, data: xs[0].data.map((_, i) => xs.reduce((sum, x) => sum + x.data[i], 0))});

// op: multiply
OPS.multiply = xs => ({shape: xs[0].shape, data: xs[0].data.map((_, i) => xs.reduce((p, x) => p * x.data[i], 1))});

// op: concat
OPS.concat = (xs, {axis, shape}) => {
  const y = new Float32Array(shape.reduce((a, b) => a * b, 1)), place = axis - 1;  // without the batch's
  const rows = shape.slice(0, place).reduce((a, b) => a * b, 1);
  let at = 0;
  for (let row = 0; row < rows; row++) for (const x of xs) {
    const size = x.data.length / rows;
    y.set(x.data.subarray(row * size, (row + 1) * size), at);
    at += size;
  }
  return {shape, data: y};
};

// op: relu
OPS.relu = ([x]) => each(x, v => Math.max(v, 0));

// op: relu6
OPS.relu6 = ([x]) => each(x, v => Math.min(Math.max(v, 0), 6));

// op: leaky_relu
OPS.leaky_relu = ([x], {slope}) => each(x, v => v > 0 ? v : slope * v);

// op: prelu
OPS.prelu = ([x], {slope}) => byChannel(x, slope.length, (v, c) => v > 0 ? v : slope[c] * v);

// op: elu
OPS.elu = ([x], {alpha}) => each(x, v => v > 0 ? v : alpha * Math.expm1(v));

// op: selu
OPS.selu = ([x]) => each(x, v => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v)));

// op: sigmoid
OPS.sigmoid = ([x]) => each(x, v => 1 / (1 + Math.exp(-v)));

// op: tanh
OPS.tanh = ([x]) => each(x, Math.tanh);

// op: softplus
OPS.softplus = ([x], {beta}) => each(x, v => softplus(beta * v) / beta);

// op: silu
OPS.silu = ([x]) => each(x, v => v / (1 + Math.exp(-v)));

// op: hard_swish
OPS.hard_swish = ([x]) => each(x, v => v * Math.min(Math.max(v + 3, 0), 6) / 6);

// op: mish
OPS.mish = ([x]) => each(x, v => v * Math.tanh(softplus(v)));

// op: gelu
// x Φ(x), with Abramowitz and Stegun's 7.1.26 for erf: 1.5e-7 off at most.
OPS.gelu = ([x]) => each(x, v => {
  const z = Math.abs(v) / Math.SQRT2, t = 1 / (1 + 0.3275911 * z);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const below = 0.5 * tail * Math.exp(-z * z);
  return v * (v < 0 ? below : 1 - below);
});

// op: gelu_tanh
OPS.gelu_tanh = ([x]) => each(x, v =>
  0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))));
