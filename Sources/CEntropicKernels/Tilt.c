// Exponentially tilted weights, their moments in one pass, and arrays too large for the caches.

#define _GNU_SOURCE
#include "CEntropicKernels.h"
#include "Elementary.h"
#include "Reduce.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

// e = q exp(t (f - centre) - shift) for at most eight elements, and d = f - centre.
INLINE void tilted8(const double *f, const double *q, double centre, double t, double shift, size_t m, V8 *e,
    V8 *d) {
  V8 v, weight = SPLAT(1.0), y;
  if (m == 8) {
    v = LOAD(f);
    if (q) weight = LOAD(q);
  } else {
    load_part(f, m, centre, &v);
    load_part(q ? q : f, m, 0.0, &weight);
    if (!q) {
      for (size_t l = 0; l < m; l++) weight[l] = 1.0;
    }
  }
  *d = v - centre;
  V8 exponent = t * *d - shift;
  exp8(&exponent, &y);
  *e = weight * y;
}

CLONES void ek_tilt_moments(const double *f, const double *q, size_t n, double centre, double t, double shift,
    double *moments) {
  Tree trees[4];
  for (int k = 0; k < 4; k++) trees[k] = (Tree){.count = 0, .depth = 0};
  double terms[4][BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    for (size_t j = 0; j < m; j += 8) {
      V8 e, d;
      tilted8(f + i + j, q ? q + i + j : q, centre, t, shift, m - j < 8 ? m - j : 8, &e, &d);
      for (int k = 0; k < 4; k++) {
        STORE(terms[k] + j, e);
        e *= d;
      }
    }
    for (int k = 0; k < 4; k++) tree_push(&trees[k], block_sum(terms[k], terms[k], m));
  }
  for (int k = 0; k < 4; k++) moments[k] = tree_total(&trees[k]);
}

CLONES void ek_tilt(const double *f, const double *q, size_t n, double centre, double t, double shift,
    double factor, double *p, double *sums) {
  Tree mass = {.count = 0, .depth = 0};
  Tree mean = {.count = 0, .depth = 0};
  double terms[2][BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    for (size_t j = 0; j < m; j += 8) {
      V8 e, d;
      size_t part = m - j < 8 ? m - j : 8;
      tilted8(f + i + j, q ? q + i + j : q, centre, t, shift, part, &e, &d);
      e *= factor;
      STORE(terms[0] + j, e);
      STORE(terms[1] + j, e * d);
      if (part == 8) {
        STORE(p + i + j, e);
      } else {
        store_part(p + i + j, part, &e);
      }
    }
    tree_push(&mass, block_sum(terms[0], terms[0], m));
    tree_push(&mean, block_sum(terms[1], terms[1], m));
  }
  sums[0] = tree_total(&mass);
  sums[1] = tree_total(&mean);
}

CLONES void ek_positive_part(const double *x, size_t n, double level, double *p) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V8 v = LOAD(x + i) - level;
    STORE(p + i, SELECT(v > SPLAT(0.0), v, SPLAT(0.0)));
  }
  for (; i < n; i++) {
    double v = x[i] - level;
    p[i] = v > 0.0 ? v : 0.0;
  }
}

void ek_prefer_large_pages(void *start, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const uintptr_t page = (uintptr_t)1 << 21;
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t last = ((uintptr_t)start + bytes) & ~(page - 1);
  if (last > first) (void)madvise((void *)first, last - first, MADV_HUGEPAGE);
#else
  (void)start;
  (void)bytes;
#endif
}
