// Frame-wise aggregation (the formulas stand at the top of frame_aggregation.py), forward and backward.
//
// A first, plain version: grid-stride loops, no shared memory, no atomics, every output written once by one thread, so
// results do not depend on the launch. Sizes are run-time arguments; the storage type and the window side K are template
// parameters; sums are kept in float (double for double). The clip x and everything of its shape may have any strides: a
// batch of one clip or a permuted view needs no copy. The correlation and what is shaped like it are contiguous.
//
//   window of K = 3 around (h, w), dilation d            taps are numbered row by row:  k = row * K + col
//
//       0 --d-- 1 --d-- 2
//       |       |       |
//       3     (h, w)    5
//       |       |       |
//       6 ----- 7 ----- 8

typedef long long Index;

// --- 16-bit storage: raw words, so that no CUDA header is needed ------------------------------------------------------
struct half_word { unsigned short bits; };
struct bfloat_word { unsigned short bits; };

#ifdef __CUDACC__
__device__ inline float widen(half_word v) { float f; asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(v.bits)); return f; }
__device__ inline void narrow(float f, half_word& v) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(v.bits) : "f"(f)); }
__device__ inline unsigned bits_of(float f) { return __float_as_uint(f); }
__device__ inline float float_of(unsigned bits) { return __uint_as_float(bits); }
#endif  // a host build brings these four itself

__device__ inline float widen(bfloat_word v) { return float_of((unsigned)v.bits << 16); }
__device__ inline void narrow(float f, bfloat_word& v) {
  const unsigned bits = bits_of(f);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  v.bits = is_nan ? 0x7fc0u : (unsigned short)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);  // round to nearest even
}
__device__ inline float widen(float v) { return v; }
__device__ inline void narrow(float f, float& v) { v = f; }
__device__ inline double widen(double v) { return v; }
__device__ inline void narrow(double f, double& v) { v = f; }

template <typename S> struct Accumulator { typedef float type; };
template <> struct Accumulator<double> { typedef double type; };

// --- a clip of any strides --------------------------------------------------------------------------------------------
struct Sizes {
  Index batch, channels, steps, height, width, dilation;
  __device__ Index positions() const { return batch * steps * height * width; }
};

template <typename S> struct Clip {
  S* data;
  Index b, c, s, h, w;
  __device__ S* at(Index ib, Index ic, Index is, Index ih, Index iw) const {
    return data + ib * b + ic * c + is * s + ih * h + iw * w;
  }
};

struct Place {  // one (clip, step, position)
  Index b, s, h, w;
  __device__ Place(Index i, const Sizes& n) {
    w = i % n.width; i /= n.width;
    h = i % n.height; i /= n.height;
    s = i % n.steps; b = i / n.steps;
  }
};

template <int K> __device__ inline Index score(const Sizes& n, const Place& p, int k, Index s, Index h, Index w) {
  return (((p.b * K * K + k) * n.steps + s) * n.height + h) * n.width + w;
}

__device__ inline bool inside(const Sizes& n, Index h, Index w) { return h >= 0 && h < n.height && w >= 0 && w < n.width; }

// The value of channel c under tap k around (h, w) of step s; zero outside the frame.
template <typename A, typename S, int K>
__device__ inline A under_tap(const Clip<const S>& x, const Sizes& n, Index b, Index c, Index s, Index h, Index w, int k) {
  const Index row = h + (k / K - K / 2) * n.dilation, col = w + (k % K - K / 2) * n.dilation;
  return inside(n, row, col) ? (A)widen(*x.at(b, c, s, row, col)) : (A)0;
}

template <typename A, int K> __device__ inline void softmax(A (&v)[K * K]) {
  A top = v[0], sum = 0;
  for (int k = 1; k < K * K; ++k) top = v[k] > top ? v[k] : top;
  for (int k = 0; k < K * K; ++k) sum += v[k] = exp(v[k] - top);
  for (int k = 0; k < K * K; ++k) v[k] /= sum;
}

#define FOR_EACH(i, count) \
  for (Index i = (Index)blockIdx.x * blockDim.x + threadIdx.x; i < (count); i += (Index)gridDim.x * blockDim.x)

// --- forward ----------------------------------------------------------------------------------------------------------
// One thread a (clip, step, position): scores, softmax, and the enhanced feature of the step before.
template <typename S, int K>
__device__ void forward(Clip<const S> x, const typename Accumulator<S>::type* weight, Clip<S> enhanced,
                        typename Accumulator<S>::type* correlation, Sizes n) {
  typedef typename Accumulator<S>::type A;
  FOR_EACH(i, n.positions()) {
    const Place p(i, n);
    const Index before = p.s > 0 ? p.s - 1 : 0;
    A scores[K * K];
    for (int k = 0; k < K * K; ++k) scores[k] = 0;
    for (Index c = 0; c < n.channels; ++c) {
      const A query = widen(*x.at(p.b, c, before, p.h, p.w));
      const A* w = weight + (c * n.steps + p.s) * K * K;
      for (int k = 0; k < K * K; ++k) scores[k] += w[k] * query * under_tap<A, S, K>(x, n, p.b, c, p.s, p.h, p.w, k);
    }
    for (int k = 0; k < K * K; ++k) correlation[score<K>(n, p, k, p.s, p.h, p.w)] = scores[k];
    softmax<A, K>(scores);
    for (Index c = 0; c < n.channels; ++c) {
      if (p.s == n.steps - 1) *enhanced.at(p.b, c, p.s, p.h, p.w) = *x.at(p.b, c, p.s, p.h, p.w);
      if (p.s == 0) continue;
      A sum = widen(*x.at(p.b, c, before, p.h, p.w));
      for (int k = 0; k < K * K; ++k) sum += scores[k] * under_tap<A, S, K>(x, n, p.b, c, p.s, p.h, p.w, k);
      narrow(sum, *enhanced.at(p.b, c, before, p.h, p.w));
    }
  }
}

// --- backward ---------------------------------------------------------------------------------------------------------
// First: the gradient of the scores, and the attention again. One thread a (clip, step, position).
template <typename S, int K>
__device__ void backward_scores(Clip<const S> x, Clip<const S> grad_enhanced, const typename Accumulator<S>::type* correlation,
                                const typename Accumulator<S>::type* grad_correlation, typename Accumulator<S>::type* attention,
                                typename Accumulator<S>::type* grad_scores, Sizes n) {
  typedef typename Accumulator<S>::type A;
  FOR_EACH(i, n.positions()) {
    const Place p(i, n);
    A a[K * K], g[K * K], mean = 0;
    for (int k = 0; k < K * K; ++k) { a[k] = correlation[score<K>(n, p, k, p.s, p.h, p.w)]; g[k] = 0; }
    softmax<A, K>(a);
    for (Index c = 0; p.s > 0 && c < n.channels; ++c) {
      const A grad = widen(*grad_enhanced.at(p.b, c, p.s - 1, p.h, p.w));
      for (int k = 0; k < K * K; ++k) g[k] += grad * under_tap<A, S, K>(x, n, p.b, c, p.s, p.h, p.w, k);
    }
    for (int k = 0; k < K * K; ++k) mean += a[k] * g[k];
    for (int k = 0; k < K * K; ++k) {
      const Index at = score<K>(n, p, k, p.s, p.h, p.w);
      attention[at] = a[k];
      grad_scores[at] = grad_correlation[at] + a[k] * (g[k] - mean);
    }
  }
}

// Then: the gradient of x, gathered. One thread a value; it meets x[s] as itself, as a neighbour of step s and as a query.
template <typename S, int K>
__device__ void backward_clip(Clip<const S> x, const typename Accumulator<S>::type* weight, Clip<const S> grad_enhanced,
                              const typename Accumulator<S>::type* attention, const typename Accumulator<S>::type* grad_scores,
                              Clip<S> grad_x, Sizes n) {
  typedef typename Accumulator<S>::type A;
  FOR_EACH(i, n.positions() * n.channels) {
    const Place p(i % n.positions(), n);
    const Index c = i / n.positions();
    const Index before = p.s > 0 ? p.s - 1 : 0;
    A sum = widen(*grad_enhanced.at(p.b, c, p.s, p.h, p.w));
    for (int k = 0; k < K * K; ++k) {
      const Index h = p.h - (k / K - K / 2) * n.dilation, w = p.w - (k % K - K / 2) * n.dilation;  // whose tap k is here
      if (inside(n, h, w)) {
        const Index at = score<K>(n, p, k, p.s, h, w);
        sum += grad_scores[at] * weight[(c * n.steps + p.s) * K * K + k] * (A)widen(*x.at(p.b, c, before, h, w));
        if (p.s > 0) sum += attention[at] * (A)widen(*grad_enhanced.at(p.b, c, before, h, w));
      }
      for (Index s = p.s == 0 ? 0 : p.s + 1; s <= p.s + 1 && s < n.steps; ++s)  // the steps that ask with x[p.s]
        sum += grad_scores[score<K>(n, p, k, s, p.h, p.w)] * weight[(c * n.steps + s) * K * K + k] *
               under_tap<A, S, K>(x, n, p.b, c, s, p.h, p.w, k);
    }
    narrow(sum, *grad_x.at(p.b, c, p.s, p.h, p.w));
  }
}

// Where the weight is learnt: one thread a (channel, step, tap).
template <typename S, int K>
__device__ void backward_weight(Clip<const S> x, const typename Accumulator<S>::type* grad_scores,
                                typename Accumulator<S>::type* grad_weight, Sizes n) {
  typedef typename Accumulator<S>::type A;
  FOR_EACH(i, n.channels * n.steps * K * K) {
    const int k = (int)(i % (K * K));
    const Index s = i / (K * K) % n.steps, c = i / (K * K * n.steps), before = s > 0 ? s - 1 : 0;
    A sum = 0;
    for (Index j = 0; j < n.batch * n.height * n.width; ++j) {
      const Index w = j % n.width, h = j / n.width % n.height, b = j / n.width / n.height;
      Place p(0, n);
      p.b = b;
      sum += grad_scores[score<K>(n, p, k, s, h, w)] * (A)widen(*x.at(b, c, before, h, w)) *
             under_tap<A, S, K>(x, n, b, c, s, h, w, k);
    }
    grad_weight[i] = sum;
  }
}

// --- entry points: plain numbers and pointers, so that any launcher can call them ------------------------------------
#define SIZES Index batch, Index channels, Index steps, Index height, Index width, Index dilation
#define CLIP(T, name) T* name, Index name##_b, Index name##_c, Index name##_s, Index name##_h, Index name##_w
#define MAKE_SIZES Sizes{batch, channels, steps, height, width, dilation}
#define MAKE_CLIP(T, name) Clip<T>{name, name##_b, name##_c, name##_s, name##_h, name##_w}

template <typename S, int K>
__global__ void frame_aggregation_forward(CLIP(const S, x), const typename Accumulator<S>::type* weight, CLIP(S, enhanced),
                                          typename Accumulator<S>::type* correlation, SIZES) {
  forward<S, K>(MAKE_CLIP(const S, x), weight, MAKE_CLIP(S, enhanced), correlation, MAKE_SIZES);
}

template <typename S, int K>
__global__ void frame_aggregation_backward_scores(CLIP(const S, x), CLIP(const S, grad_enhanced),
                                                  const typename Accumulator<S>::type* correlation,
                                                  const typename Accumulator<S>::type* grad_correlation,
                                                  typename Accumulator<S>::type* attention,
                                                  typename Accumulator<S>::type* grad_scores, SIZES) {
  backward_scores<S, K>(MAKE_CLIP(const S, x), MAKE_CLIP(const S, grad_enhanced), correlation, grad_correlation, attention,
                        grad_scores, MAKE_SIZES);
}

template <typename S, int K>
__global__ void frame_aggregation_backward_clip(CLIP(const S, x), const typename Accumulator<S>::type* weight,
                                                CLIP(const S, grad_enhanced), const typename Accumulator<S>::type* attention,
                                                const typename Accumulator<S>::type* grad_scores, CLIP(S, grad_x), SIZES) {
  backward_clip<S, K>(MAKE_CLIP(const S, x), weight, MAKE_CLIP(const S, grad_enhanced), attention, grad_scores,
                      MAKE_CLIP(S, grad_x), MAKE_SIZES);
}

template <typename S, int K>
__global__ void frame_aggregation_backward_weight(CLIP(const S, x), const typename Accumulator<S>::type* grad_scores,
                                                  typename Accumulator<S>::type* grad_weight, SIZES) {
  backward_weight<S, K>(MAKE_CLIP(const S, x), grad_scores, grad_weight, MAKE_SIZES);
}
