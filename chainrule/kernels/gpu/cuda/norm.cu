// Norms by channel, with what follows them: x is read as (rows, columns), columns the channels.
// A block is 32 channels wide and 8 rows high; a thread walks down its channel, 8 rows at a time.

#define LANES 32
#define LINES 8

// v = scale (x - mean) + beta, rounded alike wherever it is asked for: a ReLU opens in the
// backward pass exactly where it opened in the forward pass.
__device__ inline float affine(float x, float mean, float scale, float beta) {
    return fmaf(x - mean, scale, beta);
}

__device__ inline float scale_of(float gamma, float var, float eps) {
    return gamma / sqrtf(var + eps);
}

__device__ inline float relu(float v) { return v <= 0.0f ? 0.0f : v; }  // NaN stays

// Sums of both numbers down the block's lines, in the threads of line 0.
__device__ inline void reduce(double* one, double* two) {
    __shared__ double ones[32][LANES + 1], twos[32][LANES + 1];
    int lane = threadIdx.x, line = threadIdx.y;
    __syncthreads();
    ones[line][lane] = *one;
    twos[line][lane] = *two;
    __syncthreads();
    for (int half = blockDim.y / 2; half; half /= 2) {
        if (line < half) {
            ones[line][lane] += ones[line + half][lane];
            twos[line][lane] += twos[line + half][lane];
        }
        __syncthreads();
    }
    *one = ones[0][lane];
    *two = twos[0][lane];
}

#define WALK                                                                        \
    int c = blockIdx.x * LANES + threadIdx.x;                                       \
    i64 start = (i64)blockIdx.y * per, stop = start + per < rows ? start + per : rows;

#define DOWN for (i64 r = start + threadIdx.y; r < stop; r += LINES)

// What the squares are taken about: a number of the channel itself, so that little cancels.
__device__ inline float pivot(float first) { return finite(first) ? first : 0.0f; }

// Per block: Σ (x - p) and Σ (x - p)², after x += bias where one is given.
KERNEL moment_sums(
    float* x, const float* bias, i64 rows, int columns, i64 per, double* ones, double* twos
) {
    WALK
    double one = 0.0, two = 0.0;
    if (c < columns) {
        float add = bias ? bias[c] : 0.0f;
        // x[c] may be written to meanwhile: the pivot must not be read from it then
        double p = bias ? (double)pivot(add) : (double)pivot(x[c]);
        DOWN {
            float value = x[r * columns + c];
            if (bias) x[r * columns + c] = value += add;
            double d = (double)value - p;
            one += d;
            two += d * d;
        }
    }
    reduce(&one, &two);
    if (c < columns && !threadIdx.y) {
        ones[(i64)blockIdx.y * columns + c] = one;
        twos[(i64)blockIdx.y * columns + c] = two;
    }
}

__device__ inline void gather(
    const double* ones, const double* twos, int blocks, int columns, int c, double* one,
    double* two
) {
    *one = *two = 0.0;
    if (c < columns)
        for (int b = threadIdx.y; b < blocks; b += blockDim.y) {
            *one += ones[(i64)b * columns + c];
            *two += twos[(i64)b * columns + c];
        }
    reduce(one, two);
}

// mean, var (columns,), and the running ones moved toward them where those are given
KERNEL moments(
    const float* x, const float* bias, const double* ones, const double* twos, int blocks,
    i64 rows, int columns, const float* running_mean, const float* running_var, float kept,
    float share, float* mean, float* var, float* moved_mean, float* moved_var
) {
    int c = blockIdx.x * LANES + threadIdx.x;
    double one, two;
    gather(ones, twos, blocks, columns, c, &one, &two);
    if (c >= columns || threadIdx.y) return;
    double m = one / rows, v = two / rows - m * m;
    mean[c] = (float)((bias ? (double)pivot(bias[c]) : (double)pivot(x[c])) + m);
    var[c] = v < 0.0 ? 0.0f : (float)v;
    if (running_mean) {
        moved_mean[c] = kept * running_mean[c] + share * mean[c];
        moved_var[c] = kept * running_var[c] + share * var[c];
    }
}

// y (columns,) = Σ x
KERNEL column_sums(const float* x, i64 rows, int columns, i64 per, double* ones, double* twos) {
    WALK
    double one = 0.0, two = 0.0;
    if (c < columns) DOWN one += (double)x[r * columns + c];
    reduce(&one, &two);
    if (c < columns && !threadIdx.y) ones[(i64)blockIdx.y * columns + c] = one;
}

KERNEL column_totals(const double* ones, int blocks, int columns, float* y) {
    int c = blockIdx.x * LANES + threadIdx.x;
    double one, two;
    gather(ones, ones, blocks, columns, c, &one, &two);
    if (c < columns && !threadIdx.y) y[c] = (float)one;
}

// What follows the norm, by number: 0 nothing, 1 ReLU, 2 ReLU6, 3 the sum with a shortcut and ReLU,
// 4 ReLU and dropout
KERNEL rescale(
    const float* x, const float* shortcut, const float* gamma, const float* beta,
    const float* mean, const float* var, float eps, int after, u32 low, u32 high, u32 first,
    u32 threshold, float keep, i64 rows, int columns, i64 per, float* y
) {
    WALK
    if (c >= columns) return;
    float m = mean[c], b = beta[c], scale = scale_of(gamma[c], var[c], eps);
    DOWN {
        i64 i = r * columns + c;
        float v = affine(x[i], m, scale, b);
        if (after == 3) v += shortcut[i];
        if (after) v = relu(v);
        if (after == 2 && v > 6.0f) v = 6.0f;
        if (after == 4) v = bits_of((u32)i + first, low, high) >= threshold ? v * keep : 0.0f;
        y[i] = v;
    }
}

// The gradient that reaches the norm's output, by what follows it: 0 dy, 1 where the ReLU was open
// (seen from x), 2 so for ReLU6, 3 where y > 0 (times `keep`), 4 where the window let one through
struct After {
    int kind;
    const float* y;
    const u8* places;
    float keep;
};

__device__ inline float reached(
    After after, float d, i64 i, float x, float m, float scale, float b
) {
    if (after.kind == 1 || after.kind == 2) {
        float v = affine(x, m, scale, b);
        return v > 0.0f && (after.kind == 1 || v < 6.0f) ? d : 0.0f;
    }
    if (after.kind == 3) return after.y[i] > 0.0f ? d * after.keep : 0.0f;
    if (after.kind == 4) return after.places[i] != 4 ? d : 0.0f;
    return d;
}

// Per block: Σ d and Σ d (x - μ), and d itself where `reaching` is given
KERNEL gradient_sums(
    const float* dy, const float* x, int kind, const float* y, const u8* places, float keep,
    const float* gamma, const float* beta, const float* mean, const float* var, float eps,
    i64 rows, int columns, i64 per, float* reaching, double* ones, double* twos
) {
    WALK
    double one = 0.0, two = 0.0;
    After after = {kind, y, places, keep};
    if (c < columns) {
        float m = mean[c], scale = scale_of(gamma[c], var[c], eps), b = beta ? beta[c] : 0.0f;
        DOWN {
            i64 i = r * columns + c;
            float d = reached(after, dy[i], i, x[i], m, scale, b);
            if (reaching) reaching[i] = d;
            one += (double)d;
            two += (double)d * ((double)x[i] - (double)m);
        }
    }
    reduce(&one, &two);
    if (c < columns && !threadIdx.y) {
        ones[(i64)blockIdx.y * columns + c] = one;
        twos[(i64)blockIdx.y * columns + c] = two;
    }
}

// dγ, dβ, and the terms of dx = scale d - terms[0] - terms[1] (x - μ); `count` pixels had the mean
KERNEL gradients(
    const double* ones, const double* twos, int blocks, i64 count, int columns,
    const float* gamma, const float* var, float eps, float* dgamma, float* dbeta, float* terms
) {
    int c = blockIdx.x * LANES + threadIdx.x;
    double one, two;
    gather(ones, twos, blocks, columns, c, &one, &two);
    if (c >= columns || threadIdx.y) return;
    double s = 1.0 / sqrt((double)(var[c] + eps));
    dgamma[c] = (float)(two * s);
    dbeta[c] = (float)one;
    terms[c] = (float)(s * gamma[c] * one / count);
    terms[columns + c] = (float)(s * s * s * gamma[c] * two / count);
}

KERNEL input_gradient(
    const float* dy, const float* x, int kind, const float* y, float keep, const float* gamma,
    const float* beta, const float* mean, const float* var, float eps, const float* terms,
    i64 rows, int columns, i64 per, float* dx
) {
    WALK
    if (c >= columns) return;
    After after = {kind, y, 0, keep};
    float m = mean[c], scale = scale_of(gamma[c], var[c], eps), b = beta ? beta[c] : 0.0f;
    float mean_term = terms[c], x_hat_term = terms[columns + c];
    DOWN {
        i64 i = r * columns + c;
        float d = reached(after, dy[i], i, x[i], m, scale, b);
        dx[i] = scale * d - mean_term - x_hat_term * (x[i] - m);
    }
}

// y, argmax, top (N, H/2, W/2, C) of x (N, H, W, C): `rows` are windows
KERNEL pool(
    const float* x, const float* gamma, const float* beta, const float* mean, const float* var,
    float eps, int h, int w, i64 rows, int columns, i64 per, float* y, u8* argmax, float* top
) {
    WALK
    if (c >= columns) return;
    float m = mean[c], b = beta[c], scale = scale_of(gamma[c], var[c], eps);
    int oh = h / 2, ow = w / 2;
    DOWN {
        i64 line = r / ow;
        i64 pixel = (line / oh * h + line % oh * 2) * w + r % ow * 2;
        float best = 0.0f, value = 0.0f;
        u8 place = 0;
        for (u8 tap = 0; tap < 4; tap++) {
            float u = x[(pixel + tap / 2 * w + tap % 2) * columns + c];
            float v = affine(u, m, scale, b);
            if (!tap || (!(v <= best) && best == best)) best = v, value = u, place = tap;
        }
        i64 i = r * columns + c;
        y[i] = relu(best);
        argmax[i] = best > 0.0f ? place : 4;
        top[i] = value;
    }
}

// dx (N, H, W, C): dy enters at each window's maximum; `rows` are pixels
KERNEL pool_input_gradient(
    const float* dy, const u8* argmax, const float* x, const float* gamma, const float* mean,
    const float* var, float eps, const float* terms, int h, int w, i64 rows, int columns, i64 per,
    float* dx
) {
    WALK
    if (c >= columns) return;
    float m = mean[c], scale = scale_of(gamma[c], var[c], eps);
    float mean_term = terms[c], x_hat_term = terms[columns + c];
    int oh = h / 2, ow = w / 2;
    DOWN {
        int column = (int)(r % w), row = (int)(r / w % h);
        float d = 0.0f;
        if (row / 2 < oh && column / 2 < ow) {
            i64 window = ((r / w / h * oh + row / 2) * ow + column / 2) * columns + c;
            if (argmax[window] == row % 2 * 2 + column % 2) d = dy[window];
        }
        i64 i = r * columns + c;
        dx[i] = scale * d - mean_term - x_hat_term * (x[i] - m);
    }
}

// y = max((z + bias) scale + shift, 0)
KERNEL predict(
    const float* z, const float* bias, const float* scale, const float* shift, i64 size,
    int columns, float* y
) {
    i64 i = element();
    if (i >= size) return;
    int c = (int)(i % columns);
    y[i] = relu((z[i] + bias[c]) * scale[c] + shift[c]);
}

// y = x scale + shift by channel, for pixels and for float32
KERNEL scale_shift(
    const float* x, const float* scale, const float* shift, i64 size, int columns, float* y
) {
    i64 i = element();
    if (i < size) y[i] = x[i] * scale[i % columns] + shift[i % columns];
}

KERNEL scale_shift_pixels(
    const u8* x, const float* scale, const float* shift, i64 size, int columns, float* y
) {
    i64 i = element();
    if (i < size) y[i] = x[i] * scale[i % columns] + shift[i % columns];
}
