// Pooling of x (N, H, W, C): a thread computes one number of the result.

// y and which pixel won (N, OH, OW, C): the first of the largest, the first NaN before all
template <class Place>
__device__ inline void largest(
    const float* x, i64 at, int h, int w, int c, int oh, int ow, int kh, int kw, int sh, int sw,
    int top, int left, float* y, Place* argmax
) {
    int k = (int)(at % c), j = (int)(at / c % ow), i = (int)(at / c / ow % oh);
    i64 image = at / c / ow / oh;
    float best = 0.0f;
    int won = 0;
    for (int tap = 0; tap < kh * kw; tap++) {
        int row = i * sh - top + tap / kw, column = j * sw - left + tap % kw;
        bool inside = 0 <= row && row < h && 0 <= column && column < w;
        float v = inside ? x[((image * h + row) * w + column) * c + k]
                         : __uint_as_float(0xff800000u);
        if (!tap || (!(v <= best) && best == best)) best = v, won = tap;
    }
    y[at] = best;
    argmax[at] = (Place)won;
}

KERNEL max_pool(
    const float* x, i64 size, int h, int w, int c, int oh, int ow, int kh, int kw, int sh, int sw,
    int top, int left, float* y, u8* argmax
) {
    i64 i = element();
    if (i < size) largest(x, i, h, w, c, oh, ow, kh, kw, sh, sw, top, left, y, argmax);
}

// for kernels of more than 256 pixels
KERNEL max_pool_large(
    const float* x, i64 size, int h, int w, int c, int oh, int ow, int kh, int kw, int sh, int sw,
    int top, int left, float* y, u32* argmax
) {
    i64 i = element();
    if (i < size) largest(x, i, h, w, c, oh, ow, kh, kw, sh, sw, top, left, y, argmax);
}

// dx (N, H, W, C): the sum over the windows that this pixel won
template <class Place>
__device__ inline float won(
    const float* dy, const Place* argmax, i64 at, int h, int w, int c, int oh, int ow, int kh,
    int kw, int sh, int sw, int top, int left
) {
    int k = (int)(at % c), q = (int)(at / c % w), p = (int)(at / c / w % h);
    i64 image = at / c / w / h;
    float sum = 0.0f;
    for (int tap = 0; tap < kh * kw; tap++) {
        int row = p + top - tap / kw, column = q + left - tap % kw;
        if (row < 0 || column < 0 || row % sh || column % sw) continue;
        row /= sh;
        column /= sw;
        if (row >= oh || column >= ow) continue;
        i64 window = ((image * oh + row) * ow + column) * c + k;
        if (argmax[window] == (Place)tap) sum += dy[window];
    }
    return sum;
}

KERNEL max_pool_backward(
    const float* dy, const u8* argmax, i64 size, int h, int w, int c, int oh, int ow, int kh,
    int kw, int sh, int sw, int top, int left, float* dx
) {
    i64 i = element();
    if (i < size) dx[i] = won(dy, argmax, i, h, w, c, oh, ow, kh, kw, sh, sw, top, left);
}

KERNEL max_pool_backward_large(
    const float* dy, const u32* argmax, i64 size, int h, int w, int c, int oh, int ow, int kh,
    int kw, int sh, int sw, int top, int left, float* dx
) {
    i64 i = element();
    if (i < size) dx[i] = won(dy, argmax, i, h, w, c, oh, ow, kh, kw, sh, sw, top, left);
}

// y (N, OH, OW, C): spans (start, stop, count) of rows and of columns
KERNEL average_pool(
    const float* x, i64 size, int h, int w, int c, int oh, int ow, const int* rows,
    const int* columns, float* y
) {
    i64 at = element();
    if (at >= size) return;
    int k = (int)(at % c), j = (int)(at / c % ow), i = (int)(at / c / ow % oh);
    i64 image = at / c / ow / oh;
    const int *down = rows + 3 * i, *across = columns + 3 * j;
    double sum = 0.0;
    for (int p = down[0]; p < down[1]; p++)
        for (int q = across[0]; q < across[1]; q++)
            sum += (double)x[((image * h + p) * w + q) * c + k];
    y[at] = (float)(sum / down[2] / across[2]);
}

// dx (N, H, W, C): each window's equal share
KERNEL average_pool_backward(
    const float* dy, i64 size, int h, int w, int c, int oh, int ow, const int* rows,
    const int* columns, float* dx
) {
    i64 at = element();
    if (at >= size) return;
    int k = (int)(at % c), q = (int)(at / c % w), p = (int)(at / c / w % h);
    i64 image = at / c / w / h;
    float sum = 0.0f;
    for (int i = 0; i < oh; i++) {
        const int* down = rows + 3 * i;
        if (p < down[0] || p >= down[1]) continue;
        float line = 0.0f;
        for (int j = 0; j < ow; j++) {
            const int* across = columns + 3 * j;
            if (across[0] <= q && q < across[1])
                line += dy[((image * oh + i) * ow + j) * c + k] / across[2];
        }
        sum += line / down[2];
    }
    dx[at] = sum;
}
