// What every file here begins with.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

#define KERNEL extern "C" __global__ void

// The element of this thread, for grids of one dimension.
__device__ inline i64 element() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }

__device__ inline bool finite(float x) {
    return (__float_as_uint(x) & 0x7f800000u) != 0x7f800000u;
}

// x rounded to the nearest bfloat16, to the even one of two; a NaN stays one.
__device__ inline u16 rounded(float x) {
    u32 bits = __float_as_uint(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (u16)(bits >> 16 | 0x40u);
    return (u16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

__device__ inline float widened(u16 x) { return __uint_as_float((u32)x << 16); }

// What rounding took away, rounded itself; 0 beside a number that is not finite.
__device__ inline u16 remainder_of(float x, u16 high) {
    float wide = widened(high);
    return finite(wide) ? rounded(x - wide) : (u16)0;
}

// C. Wellons, "Prospecting for hash functions" (2018), as in reference/dropout.py.
__device__ inline u32 mix(u32 h) {
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ h >> 16;
}

// 32 random bits for element i under the key (low, high).
__device__ inline u32 bits_of(u32 i, u32 low, u32 high) { return mix(mix(i ^ low) ^ high); }
