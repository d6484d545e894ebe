// CUDA C++ on the host: each thread of a block is a fiber that runs until it waits or ends.

#include <cmath>
#include <cstring>
#include <functional>
#include <ucontext.h>
#include <vector>

#define __device__ static
#define __global__
#define __shared__ static

struct Triple {
    unsigned x, y, z;
};
static Triple threadIdx, blockIdx, blockDim, gridDim;

static inline unsigned __float_as_uint(float x) {
    unsigned bits;
    memcpy(&bits, &x, 4);
    return bits;
}
static inline float __uint_as_float(unsigned bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fmul_rn(float a, float b) { return a * b; }

static std::function<void()> host_body;
static ucontext_t host_scheduler;
static std::vector<ucontext_t> host_fibers;
static std::vector<char> host_done;
static std::vector<std::vector<char>> host_stacks;
static unsigned host_current;

static void __syncthreads() { swapcontext(&host_fibers[host_current], &host_scheduler); }

static void host_enter() {
    host_body();
    host_done[host_current] = 1;
}

static void host_block(bool waits) {
    unsigned count = blockDim.x * blockDim.y * blockDim.z;
    auto become = [](unsigned i) {
        host_current = i;
        threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
    };
    if (!waits) {
        for (unsigned i = count; i-- > 0;) {
            become(i);
            host_body();
        }
        return;
    }
    host_fibers.assign(count, ucontext_t());
    host_done.assign(count, 0);
    host_stacks.resize(count);
    for (unsigned i = 0; i < count; i++) {
        host_stacks[i].resize(1 << 16);
        getcontext(&host_fibers[i]);
        host_fibers[i].uc_stack.ss_sp = host_stacks[i].data();
        host_fibers[i].uc_stack.ss_size = host_stacks[i].size();
        host_fibers[i].uc_link = &host_scheduler;
        makecontext(&host_fibers[i], host_enter, 0);
    }
    for (bool left = true; left;) {
        left = false;
        for (unsigned i = count; i-- > 0;)
            if (!host_done[i]) {
                become(i);
                swapcontext(&host_scheduler, &host_fibers[i]);
                left = left || !host_done[i];
            }
    }
}

static void host_grid(const unsigned* sizes, bool waits) {
    gridDim = {sizes[0], sizes[1], sizes[2]};
    blockDim = {sizes[3], sizes[4], sizes[5]};
    for (unsigned z = gridDim.z; z-- > 0;)
        for (unsigned y = gridDim.y; y-- > 0;)
            for (unsigned x = gridDim.x; x-- > 0;) {
                blockIdx = {x, y, z};
                host_block(waits);
            }
}
