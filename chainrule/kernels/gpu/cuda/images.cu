// uint8 images (N, H, W, C), changed on their way into a batch: reference/resample.py, recolor.py
// and paste.py to the last bit. All arithmetic is in whole numbers.

#define BITS 16          // of recolor.py, behind the point
#define MAP_BITS 32      // of a coordinate
#define WEIGHT_BITS 10   // of a bilinear weight

struct Place {
    i64 image, row, column;
    int channel;
};

__device__ inline Place place_of(i64 i, int h, int w, int c) {
    return {i / c / w / h, i / c / w % h, i / c % w, (int)(i % c)};
}

// A place in a line of `size` pixels; border: 0 constant, 1 edge, 2 reflect
__device__ inline i64 within(i64 place, int size, int border) {
    if (border == 2) {
        i64 period = 2 * ((i64)size - 1) > 1 ? 2 * ((i64)size - 1) : 1;
        place = (place % period + period) % period;
        return place < period - place ? place : period - place;
    }
    return place < 0 ? 0 : place >= size ? size - 1 : place;
}

__device__ inline int tap(
    const u8* x, i64 image, i64 row, i64 column, int channel, int h, int w, int c, int border,
    int fill
) {
    if (!border && (row < 0 || row >= h || column < 0 || column >= w)) return fill;
    row = within(row, h, border);
    column = within(column, w, border);
    return x[((image * h + row) * w + column) * c + channel];
}

KERNEL crop_flip(
    const u8* x, const i64* starts, const i64* steps, i64 size, int h, int w, int c, int border,
    int fill, u8* y
) {
    i64 i = element();
    if (i >= size) return;
    Place p = place_of(i, h, w, c);
    i64 row = starts[2 * p.image] + steps[2 * p.image] * p.row;
    i64 column = starts[2 * p.image + 1] + steps[2 * p.image + 1] * p.column;
    y[i] = (u8)tap(x, p.image, row, column, p.channel, h, w, c, border, fill);
}

// maps int64 (N, 2, 3), fixed by `fixed_maps`
KERNEL sample_affine(
    const u8* x, const i64* maps, i64 size, int h, int w, int c, int border, int fill, u8* y
) {
    i64 i = element();
    if (i >= size) return;
    Place p = place_of(i, h, w, c);
    const i64* map = maps + 6 * p.image;
    i64 places[2];
    for (int k = 0; k < 2; k++)
        places[k] = (i64)((u64)map[3 * k] * (u64)p.row + (u64)map[3 * k + 1] * (u64)p.column +
                          (u64)map[3 * k + 2]) >> (MAP_BITS - WEIGHT_BITS);
    i64 one = 1 << WEIGHT_BITS, total = (i64)1 << (2 * WEIGHT_BITS - 1);
    i64 row = places[0] >> WEIGHT_BITS, column = places[1] >> WEIGHT_BITS;
    i64 a = places[0] & (one - 1), b = places[1] & (one - 1);
    for (int down = 0; down < 2; down++)
        for (int right = 0; right < 2; right++)
            total += (down ? a : one - a) * (right ? b : one - b) *
                     tap(x, p.image, row + down, column + right, p.channel, h, w, c, border, fill);
    y[i] = (u8)(total >> (2 * WEIGHT_BITS));
}

__device__ inline u8 pixel(i64 x, int bits) {
    x = (x + ((i64)1 << (bits - 1))) >> bits;
    return (u8)(x < 0 ? 0 : x > 255 ? 255 : x);
}

// matrices int64 (N, C, C + 1), fixed
KERNEL recolor(const u8* x, const i64* matrices, i64 size, i64 pixels, int c, u8* y) {
    i64 i = element();
    if (i >= size) return;
    i64 at = i / c;
    const i64* m = matrices + (at / pixels * c + i % c) * (c + 1);
    i64 sum = m[c];
    for (int k = 0; k < c; k++) sum += m[k] * x[at * c + k];
    y[i] = pixel(sum, BITS);
}

KERNEL lookup(const u8* x, const u8* tables, i64 size, i64 pixels, int c, u8* y) {
    i64 i = element();
    if (i < size) y[i] = tables[(i / c / pixels * c + i % c) * 256 + x[i]];
}

KERNEL sharpen(const u8* x, const i64* amounts, i64 size, int h, int w, int c, u8* y) {
    i64 i = element();
    if (i >= size) return;
    Place p = place_of(i, h, w, c);
    if (p.row < 1 || p.row >= h - 1 || p.column < 1 || p.column >= w - 1) {
        y[i] = x[i];
        return;
    }
    i64 around = 4 * (i64)x[i], a = amounts[p.image], one = (i64)1 << BITS;
    for (int q = -1; q < 2; q++)
        for (int r = -1; r < 2; r++) around += x[i + ((i64)q * w + r) * c];
    i64 total = a * 13 * x[i] + (one - a) * around + (13 << (BITS - 1));
    i64 divisor = 13 * one;
    total = total < 0 ? 0 : total / divisor;  // below 0 every quotient is cut to 0
    y[i] = (u8)(total > 255 ? 255 : total);
}

// stds int64 (N,), fixed · quantiles int64 (4096,)
KERNEL add_noise(
    const u8* x, const i64* stds, const u64* keys, const i64* quantiles, i64 size, i64 values,
    u8* y
) {
    i64 i = element();
    if (i >= size) return;
    i64 image = i / values;
    u64 key = keys[image];
    u32 bits = bits_of((u32)(i % values), (u32)key, (u32)(key >> 32)) >> 20;
    y[i] = pixel(((i64)x[i] << (2 * BITS)) + stds[image] * quantiles[bits], 2 * BITS);
}

// y = the other image, or `fill` where there is none, inside the box; boxes int64 (N, 4)
KERNEL paste(
    const u8* x, const u8* others, const i64* boxes, i64 size, int h, int w, int c, int fill, u8* y
) {
    i64 i = element();
    if (i >= size) return;
    Place p = place_of(i, h, w, c);
    const i64* box = boxes + 4 * p.image;
    bool inside = box[0] <= p.row && p.row < box[2] && box[1] <= p.column && p.column < box[3];
    y[i] = inside ? (others ? others[i] : (u8)fill) : x[i];
}

// shares int64 (N,), fixed
KERNEL blend(const u8* x, const u8* others, const i64* shares, i64 size, i64 values, u8* y) {
    i64 i = element();
    if (i >= size) return;
    i64 s = shares[i / values], one = (i64)1 << BITS;
    y[i] = (u8)((s * x[i] + (one - s) * others[i] + (one >> 1)) >> BITS);
}
