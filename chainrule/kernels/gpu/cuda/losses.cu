// Softmax and cross-entropy, a row of logits (N, K) a thread, in one pass to the loss of each row.

KERNEL softmax_cross_entropy(
    const float* logits, const i64* labels, float smoothing, int n, int k, double* losses,
    float* gradient
) {
    i64 r = element();
    if (r >= n) return;
    const float* z = logits + r * k;
    float largest = z[0];
    for (int j = 1; j < k; j++)
        if (z[j] > largest || z[j] != z[j]) largest = z[j];
    float sum = 0.0f;
    for (int j = 0; j < k; j++) sum += expf(z[j] - largest);
    float log_sum = logf(sum), rest = smoothing / k;
    double loss = 0.0;
    i64 label = labels[r] < 0 ? labels[r] + k : labels[r];
    for (int j = 0; j < k; j++) {
        float log_p = z[j] - largest - log_sum;
        float q = j == label ? rest + (1.0f - smoothing) : rest;
        if (!(q == 0.0f && log_p == __uint_as_float(0xff800000u))) loss -= (double)(q * log_p);
        gradient[r * k + j] = (expf(log_p) - q) / n;
    }
    losses[r] = loss;
}
