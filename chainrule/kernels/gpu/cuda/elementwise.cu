// Functions of one element that plain array code would need several passes for.

#define FLAT 1000.0f  // of reference/smooth_activations.py: there exp(-x) is 0

__device__ inline float limited(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;  // NaN stays
}

KERNEL relu_backward(const float* dy, const float* y, i64 size, float* dx) {
    i64 i = element();
    if (i < size) dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

__device__ inline float sigmoid(float x) {
    float e = expf(-fabsf(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

KERNEL silu(const float* x, i64 size, float* y) {
    i64 i = element();
    if (i < size) y[i] = (x[i] < -FLAT ? -FLAT : x[i]) * sigmoid(x[i]);
}

KERNEL silu_backward(const float* dy, const float* x, i64 size, float* dx) {
    i64 i = element();
    if (i >= size) return;
    float s = sigmoid(x[i]);
    dx[i] = dy[i] * (s * (1.0f + limited(x[i], -FLAT, FLAT) * (1.0f - s)));
}

__device__ inline float normal_cdf(float x) { return 0.5f * erfcf(-0.70710678118654752f * x); }

KERNEL gelu(const float* x, i64 size, float* y) {
    i64 i = element();
    if (i < size) y[i] = (x[i] < -FLAT ? -FLAT : x[i]) * normal_cdf(x[i]);
}

KERNEL gelu_backward(const float* dy, const float* x, i64 size, float* dx) {
    i64 i = element();
    if (i >= size) return;
    float u = limited(x[i], -FLAT, FLAT);
    float density = expf(-0.5f * u * u) * 0.39894228040143268f;
    dx[i] = dy[i] * (normal_cdf(u) + u * density);
}

KERNEL dropout(
    const float* x, i64 size, u32 low, u32 high, u32 first, u32 threshold, float keep, float* y
) {
    i64 i = element();
    if (i < size) y[i] = bits_of((u32)i + first, low, high) >= threshold ? x[i] * keep : 0.0f;
}
