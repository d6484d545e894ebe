// Update rules in one pass over weights, state and gradient, in the order of reference/updates.py:
// (1 - β) g g from the left, so that no square of a large gradient overflows before it is scaled.

KERNEL sgd(
    float* w, const float* g, float* v, i64 size, float lr, float momentum, int nesterov,
    float shrink
) {
    i64 i = element();
    if (i >= size) return;
    float speed = momentum * v[i] + g[i];
    v[i] = speed;
    w[i] = w[i] * shrink - lr * (nesterov ? g[i] + momentum * speed : speed);
}

KERNEL lion(
    float* w, const float* g, float* m, i64 size, float lr, float beta1, float new1, float beta2,
    float new2, float shrink
) {
    i64 i = element();
    if (i >= size) return;
    // rounded step by step: a sum that is 0 has no sign, and a fused one would have one
    float u = __fadd_rn(__fmul_rn(beta1, m[i]), __fmul_rn(new1, g[i]));
    float sign = u > 0.0f ? 1.0f : u < 0.0f ? -1.0f : u;
    w[i] = w[i] * shrink - lr * sign;
    m[i] = beta2 * m[i] + new2 * g[i];
}

// AdaGrad too, with alpha = share = 1
KERNEL rmsprop(
    float* w, const float* g, float* v, i64 size, float lr, float alpha, float share, float eps,
    float shrink
) {
    i64 i = element();
    if (i >= size) return;
    float square = alpha * v[i] + share * g[i] * g[i];
    v[i] = square;
    w[i] = w[i] * shrink - lr * g[i] / (sqrtf(square) + eps);
}

KERNEL adadelta(
    float* w, const float* g, float* v, float* u, i64 size, float lr, float rho, float share,
    float eps, float shrink
) {
    i64 i = element();
    if (i >= size) return;
    float square = rho * v[i] + share * g[i] * g[i];
    v[i] = square;
    float d = g[i] * (sqrtf(u[i] + eps) / sqrtf(square + eps));
    u[i] = rho * u[i] + share * d * d;
    w[i] = w[i] * shrink - lr * d;
}

// Adam with g_rate = 0; m_rate and g_rate hold the learning rate
KERNEL adam(
    float* w, const float* g, float* m, float* v, i64 size, float m_rate, float g_rate,
    float beta1, float new1, float beta2, float new2, float root_correction, float eps,
    float shrink
) {
    i64 i = element();
    if (i >= size) return;
    float moment = beta1 * m[i] + new1 * g[i];
    float square = beta2 * v[i] + new2 * g[i] * g[i];
    m[i] = moment;
    v[i] = square;
    float step = m_rate * moment;
    if (g_rate != 0.0f) step += g_rate * g[i];
    w[i] = w[i] * shrink - step / (sqrtf(square) * root_correction + eps);
}
