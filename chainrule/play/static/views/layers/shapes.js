// How an array lies on a page: blocks of rows of places in its flat list of values.

/** "[0, 2, 1]" of a place in the flat list. */
export function indexOf(shape, flat) {
  const index = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${index.join(", ")}]`;
}

/**
 * [{title, rows}]: images (N, H, W, C) have a block for each [n, :, :, c], with `weight` kernels
 * (kh, kw, in, out) one for each [:, :, i, o]; others one for each of their leading indices.
 */
export function blocks(shape, weight) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const count = (n) => Array.from({ length: n }, (_, i) => i);
  const cut = (base, [rows, down], [columns, right]) => count(rows).map((i) => count(columns).map((j) => base + i * down + j * right));
  const axis = (k) => [shape[k], strides[k]];
  if (shape.length === 1) return [{ title: "", rows: [count(shape[0])] }];
  if (shape.length === 2) return [{ title: "", rows: cut(0, axis(0), axis(1)) }];
  const [outer, inner] = shape.length !== 4 ? [null, null] : weight ? [[2, 3], [0, 1]] : [[0, 3], [1, 2]];
  if (outer) {
    const [a, b] = outer;
    return count(shape[a]).flatMap((i) => count(shape[b]).map((j) => ({
      title: weight ? `[:, :, ${i}, ${j}]` : `[${i}, :, :, ${j}]`,
      rows: cut(i * strides[a] + j * strides[b], axis(inner[0]), axis(inner[1])),
    })));
  }
  const last = shape.length - 1, size = shape[last - 1] * shape[last];
  const leading = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return count(leading).map((k) => ({
    title: `${indexOf(shape.slice(0, -2), k).slice(0, -1)}, :, :]`,
    rows: cut(k * size, axis(last - 1), axis(last)),
  }));
}
