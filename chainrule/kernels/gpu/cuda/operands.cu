// What the tensor cores are fed with: bfloat16, and the low part that bf16x3 adds.

// 16 bytes, which are read and written at once
struct alignas(16) Four {
    float v[4];
};
struct alignas(16) Eight {
    u16 v[8];
};

// y = high(x) and, where `low` is given, high(x - high(x))
KERNEL split(const float* x, i64 size, u16* high, u16* low) {
    i64 i = element();
    if (i >= size) return;
    u16 h = rounded(x[i]);
    high[i] = h;
    if (low) low[i] = remainder_of(x[i], h);
}

// x (N, H, W, C) with zeros around it, cut into the stride's phases: pixel (p, q) of the padded
// image is pixel (p / sh, q / sw) of phase (p % sh) sw + q % sw.
//     high, low (phases, N, height, width, channels), channels a multiple of 8
// A thread writes 8 channels, 16 bytes.
KERNEL split_images(
    const float* x, int n, int h, int w, int c, int sh, int sw, int top, int left,
    int height, int width, int channels, u16* high, u16* low
) {
    i64 i = element();
    int eighths = channels / 8;
    if (i >= (i64)sh * sw * n * height * width * eighths) return;
    int first = (int)(i % eighths) * 8;
    i64 rest = i / eighths;
    int column = (int)(rest % width);
    rest /= width;
    int row = (int)(rest % height);
    rest /= height;
    int image = (int)(rest % n), phase = (int)(rest / n);
    row = row * sh + phase / sw - top;
    column = column * sw + phase % sw - left;
    bool inside = 0 <= row && row < h && 0 <= column && column < w;
    const float* from = x + (((i64)image * h + row) * w + column) * c + first;
    float values[8];
    if (inside && c % 4 == 0 && first + 8 <= c) {
        Four one = *(const Four*)from, two = *(const Four*)(from + 4);
        for (int k = 0; k < 4; k++) values[k] = one.v[k], values[4 + k] = two.v[k];
    } else {
        for (int k = 0; k < 8; k++) values[k] = inside && first + k < c ? from[k] : 0.0f;
    }
    Eight highs, lows;
    for (int k = 0; k < 8; k++) {
        highs.v[k] = rounded(values[k]);
        lows.v[k] = remainder_of(values[k], highs.v[k]);
    }
    ((Eight*)high)[i] = highs;
    if (low) ((Eight*)low)[i] = lows;
}

// The taps (first_a + a step_a, first_b + b step_b) of w (kh, kw, I, O), as (taps, rows, columns)
// with columns a multiple of 8; rows are I and columns O, or the other way round.
KERNEL split_weights(
    const float* w, int kw, int inputs, int outputs, int first_a, int step_a, int first_b,
    int step_b, int across, int exchanged, i64 size, int rows, int columns, int used, u16* high,
    u16* low
) {
    i64 i = element();
    if (i >= size) return;
    int column = (int)(i % columns), row = (int)(i / columns % rows);
    int tap = (int)(i / columns / rows);
    int a = first_a + tap / across * step_a, b = first_b + tap % across * step_b;
    int from = exchanged ? column : row, to = exchanged ? row : column;
    i64 at = (((i64)a * kw + b) * inputs + from) * outputs + to;
    float value = column < used ? w[at] : 0.0f;
    u16 h = rounded(value);
    high[i] = h;
    if (low) low[i] = remainder_of(value, h);
}

// y (size) = the sum of `parts` slices, in double precision; slice p, row r and column c of a
// (parts, rows, channels, columns) that is padded: channels and columns of y are fewer.
KERNEL join(
    const float* parts, int count, i64 stride, i64 size, int channels, int columns, int wide,
    int padded, float* y
) {
    i64 i = element();
    if (i >= size) return;
    int column = (int)(i % columns), channel = (int)(i / columns % channels);
    i64 row = i / columns / channels;
    const float* from = parts + (row * wide + channel) * padded + column;
    double sum = 0.0;
    for (int p = 0; p < count; p++) sum += from[p * stride];
    y[i] = (float)sum;
}
