// Vectors of eight doubles, their masks, and the attribute that compiles a function once per instruction set.

#ifndef ENTROPIC_VECTOR_H
#define ENTROPIC_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The same bytes on every processor: no implicit fused multiply-add in any copy of any kernel.
#pragma STDC FP_CONTRACT OFF

// Resolvers of cloned functions run before the thread sanitizer is ready, need glibc, and cannot inline
// helpers that were compiled for a newer instruction set than one of the copies.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ENTROPIC_SINGLE_COPY 1
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(__AVX__) && \
    !defined(ENTROPIC_SINGLE_COPY)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#define INLINE static inline __attribute__((always_inline))

typedef double V8 __attribute__((vector_size(64)));
typedef int64_t I8 __attribute__((vector_size(64)));
typedef uint64_t U8 __attribute__((vector_size(64)));
typedef double V8Unaligned __attribute__((vector_size(64), aligned(8), may_alias));

// Lanes of `a` where the mask is set, else of `b`. A macro: wide vectors do not cross function boundaries
// by value.
#define SELECT(mask, a, b) ((V8)(((mask) & (I8)(a)) | (~(mask) & (I8)(b))))
#define SPLAT(a) ((V8){(a), (a), (a), (a), (a), (a), (a), (a)})
#define LOAD(p) (*(const V8Unaligned *)(p))
#define STORE(p, v) (*(V8Unaligned *)(p) = (v))
#define ANY(mask) (__builtin_reduce_or(mask) != 0)

// The elements of x from 0 up to n < 8, the other lanes filled.
INLINE void load_part(const double *x, size_t n, double fill, V8 *v) {
  double part[8] = {fill, fill, fill, fill, fill, fill, fill, fill};
  memcpy(part, x, n * sizeof(double));
  *v = LOAD(part);
}

// The last n - i < 8 of n elements, in the highest lanes, the other lanes 0. Read in one piece where the
// array is long enough: a buffer would cost more than a block of eight.
INLINE void load_last(const double *x, size_t i, size_t n, V8 *v) {
  if (n >= 8) {
    const I8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
    int64_t skipped = (int64_t)(8 - (n - i));
    I8 first = {skipped, skipped, skipped, skipped, skipped, skipped, skipped, skipped};
    *v = (V8)((I8)LOAD(x + n - 8) & (lane >= first));
  } else {
    load_part(x + i, n - i, 0.0, v);
  }
}

INLINE void store_part(double *out, size_t n, const V8 *v) {
  double part[8];
  STORE(part, *v);
  memcpy(out, part, n * sizeof(double));
}

#endif
