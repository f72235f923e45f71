// Enough of CUDA C++ to run kernels without barriers or shared memory on the CPU, one thread after the other.
#pragma once
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#define __device__
#define __global__

struct Dimension { unsigned x; };
static Dimension blockIdx, threadIdx, gridDim, blockDim;

struct half_word;
static inline unsigned bits_of(float f) { unsigned b; std::memcpy(&b, &f, 4); return b; }
static inline float float_of(unsigned b) { float f; std::memcpy(&f, &b, 4); return f; }
static inline float widen(half_word v);
static inline void narrow(float f, half_word& v);
using std::exp;

#include "frame_aggregation.cu"

static inline float widen(half_word v) { _Float16 h; std::memcpy(&h, &v, 2); return (float)h; }
static inline void narrow(float f, half_word& v) { const _Float16 h = (_Float16)f; std::memcpy(&v, &h, 2); }

template <typename T> T as(long long value) {
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(value);
  else return static_cast<T>(value);
}

template <typename... A, size_t... I>
void call(void (*kernel)(A...), const long long* arguments, std::index_sequence<I...>) { kernel(as<A>(arguments[I])...); }

// Every thread of the launch, forwards or backwards; the number of parameters if that is not what was passed.
template <typename... A>
int launch(void (*kernel)(A...), unsigned grid, unsigned block, const long long* arguments, int count, bool backwards) {
  if (count != (int)sizeof...(A)) return (int)sizeof...(A);
  gridDim.x = grid;
  blockDim.x = block;
  for (unsigned i = 0; i < grid * block; ++i) {
    const unsigned thread = backwards ? grid * block - 1 - i : i;
    blockIdx.x = thread / block;
    threadIdx.x = thread % block;
    call(kernel, arguments, std::index_sequence_for<A...>());
  }
  return 0;
}
