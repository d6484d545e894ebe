// Products of three bfloat16 numbers are plain products where a factor is not finite, or rounds to
// infinity: infinity times a low part of 0 would be NaN. There the result is not finite either. So
// each result that is not finite is computed again, in float32; where all are, y is only read.

// The factor that is meant: float32 itself, or rounded where the products are in bfloat16.
__device__ inline float factor(float x, int round) { return round ? widened(rounded(x)) : x; }

// y (m, n) = a b, a[i, k] at i ai + k ak, b[k, j] at k bk + j bj
KERNEL repair_product(
    const float* a, const float* b, float* y, int m, int n, int depth, i64 ai, i64 ak, i64 bk,
    i64 bj
) {
    i64 at = element();
    if (at >= (i64)m * n || finite(y[at])) return;
    i64 i = at / n, j = at % n;
    float sum = 0.0f;
    for (int k = 0; k < depth; k++) sum += a[i * ai + k * ak] * b[k * bk + j * bj];
    y[at] = sum;
}

// y (N, OH, OW, O) = x (N, H, W, C) convolved with w (kh, kw, C, O)
KERNEL repair_forward(
    const float* x, const float* w, float* y, i64 size, int h, int width, int c, int oh, int ow,
    int outputs, int kh, int kw, int sh, int sw, int top, int left, int dh, int dw
) {
    i64 at = element();
    if (at >= size || finite(y[at])) return;
    int o = (int)(at % outputs), j = (int)(at / outputs % ow), i = (int)(at / outputs / ow % oh);
    i64 image = at / outputs / ow / oh;
    float sum = 0.0f;
    for (int a = 0; a < kh; a++)
        for (int b = 0; b < kw; b++) {
            int row = i * sh - top + a * dh, column = j * sw - left + b * dw;
            bool inside = 0 <= row && row < h && 0 <= column && column < width;
            const float* from = x + ((image * h + row) * width + column) * c;
            const float* weights = w + ((i64)a * kw + b) * c * outputs + o;
            for (int k = 0; k < c; k++)
                sum += (inside ? from[k] : 0.0f) * weights[(i64)k * outputs];
        }
    y[at] = sum;
}

// dx (N, H, W, C) from dy (N, OH, OW, O)
KERNEL repair_input(
    const float* dy, const float* w, float* dx, i64 size, int h, int width, int c, int oh, int ow,
    int outputs, int kh, int kw, int sh, int sw, int top, int left, int dh, int dw
) {
    i64 at = element();
    if (at >= size || finite(dx[at])) return;
    int k = (int)(at % c), q = (int)(at / c % width), p = (int)(at / c / width % h);
    i64 image = at / c / width / h;
    float sum = 0.0f;
    for (int a = 0; a < kh; a++)
        for (int b = 0; b < kw; b++) {
            int row = p + top - a * dh, column = q + left - b * dw;
            if (row < 0 || column < 0 || row % sh || column % sw) continue;
            row /= sh;
            column /= sw;
            if (row >= oh || column >= ow) continue;
            const float* from = dy + ((image * oh + row) * ow + column) * outputs;
            const float* weights = w + (((i64)a * kw + b) * c + k) * outputs;
            for (int o = 0; o < outputs; o++) sum += from[o] * weights[o];
        }
    dx[at] = sum;
}

// dw (kh, kw, C, O), whose result may also be spoilt by a pixel that no window sees
KERNEL repair_weights(
    const float* x, const float* dy, float* dw, i64 size, int n, int h, int width, int c, int oh,
    int ow, int outputs, int kw, int sh, int sw, int top, int left, int dh, int dw_, int round
) {
    i64 at = element();
    if (at >= size || finite(dw[at])) return;
    int o = (int)(at % outputs), k = (int)(at / outputs % c);
    int b = (int)(at / outputs / c % kw), a = (int)(at / outputs / c / kw);
    float sum = 0.0f;
    for (i64 image = 0; image < n; image++)
        for (int i = 0; i < oh; i++)
            for (int j = 0; j < ow; j++) {
                int row = i * sh - top + a * dh, column = j * sw - left + b * dw_;
                bool inside = 0 <= row && row < h && 0 <= column && column < width;
                i64 pixel = (image * h + row) * width + column;
                float value = inside ? factor(x[pixel * c + k], round) : 0.0f;
                sum += value * factor(dy[((image * oh + i) * ow + j) * outputs + o], round);
            }
    dw[at] = sum;
}
