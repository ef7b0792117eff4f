// Kernels on distributions: log-sum-exp, softmax, entropy sums, Kullback-Leibler divergence. Terms are made
// in blocks of 256 in a buffer that stays in the first cache, then summed as in Reduce.h.

#include "CEntropicKernels.h"
#include "Elementary.h"
#include "Reduce.h"

// out = exp(x - shift) for a block.
INLINE void exp_block(const double *x, double shift, double *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V8 v = LOAD(x + i) - shift, y;
    exp8(&v, &y);
    STORE(out + i, y);
  }
  if (i < n) {
    V8 v, y;
    load_part(x + i, n - i, shift, &v);
    v -= shift;
    exp8(&v, &y);
    store_part(out + i, n - i, &y);
  }
}

// Sum of exp(x - level) with a level that follows the data: it moves only when a block exceeds it by more than
// SLACK, so that what was summed before shrinks by exp(-SLACK) or more, and with it the error of the scaling.
#define SLACK 8.0

typedef struct {
  double top, total;
} Exponential;

INLINE void exponential_sum(const double *x, size_t n, Exponential *sum) {
  Tree tree = {.count = 0, .depth = 0};
  double terms[BLOCK];
  double top = -__builtin_inf(), level = top;
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    double largest = array_maximum(x + i, m);
    if (largest > top) top = largest;
    // NaN and +inf end the sum, -inf everywhere adds nothing.
    if (largest != largest || largest == __builtin_inf()) {
      sum->top = largest;
      return;
    }
    if (top == -__builtin_inf()) continue;
    if (!(top <= level + SLACK)) {
      double factor = ek_exp(level - top);
      for (int k = 0; k < tree.depth; k++) tree.level[k] *= factor;
      level = top;
    }
    exp_block(x + i, level, terms, m);
    tree_push(&tree, block_sum(terms, terms, m));
  }
  // Back to the maximum, against which what follows is most accurate.
  sum->top = top;
  sum->total = tree_total(&tree);
  if (top > level) sum->total *= ek_exp(level - top);
}

CLONES double ek_log_sum_exp(const double *x, size_t n) {
  Exponential sum;
  exponential_sum(x, n, &sum);
  if (sum.top - sum.top != 0.0) return sum.top;
  return sum.top + ek_log(sum.total);
}

CLONES double ek_softmax(const double *x, double *p, double *logp, size_t n) {
  Exponential sum;
  exponential_sum(x, n, &sum);
  double top = sum.top;
  if (top - top != 0.0) {
    double value = top < 0.0 ? 0.0 : __builtin_nan("");
    for (size_t i = 0; i < n; i++) {
      p[i] = value;
      if (logp) logp[i] = top < 0.0 ? top : value;
    }
    return top;
  }
  double level = ek_log(sum.total);
  double factor = 1.0 / sum.total;
  double terms[BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    exp_block(x + i, sum.top, terms, m);
    if (logp) {
      for (size_t j = 0; j < m; j++) logp[i + j] = (x[i + j] - sum.top) - level;
    }
    for (size_t j = 0; j < m; j++) p[i + j] = factor * terms[j];
  }
  return sum.top + level;
}

// terms = p (t log p + c), or the sum of the absolute values of the two products; 0 where p = 0.
INLINE void entropy_terms(const double *p, const double *t, const double *c, double *terms, size_t n,
    int absolute) {
  for (size_t i = 0; i < n; i += 8) {
    size_t m = n - i < 8 ? n - i : 8;
    V8 v, weight = SPLAT(1.0), cost = SPLAT(0.0), y;
    if (m == 8) {
      v = LOAD(p + i);
      if (t) weight = LOAD(t + i);
      if (c) cost = LOAD(c + i);
    } else {
      load_part(p + i, m, 1.0, &v);
      if (t) load_part(t + i, m, 0.0, &weight);
      if (c) load_part(c + i, m, 0.0, &cost);
    }
    log8(&v, &y);
    y *= weight;
    V8 term;
    if (absolute) {
      term = __builtin_elementwise_abs(v * y) + __builtin_elementwise_abs(v * cost);
    } else {
      term = v * (y + cost);
    }
    term = SELECT(v == SPLAT(0.0), SPLAT(0.0), term);
    if (m == 8) {
      STORE(terms + i, term);
    } else {
      store_part(terms + i, m, &term);
    }
  }
}

INLINE double entropy_tree(const double *p, const double *t, const double *c, size_t n, int absolute) {
  Tree tree = {.count = 0, .depth = 0};
  double terms[BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    entropy_terms(p + i, t ? t + i : t, c ? c + i : c, terms, m, absolute);
    tree_push(&tree, block_sum(terms, terms, m));
  }
  return tree_total(&tree);
}

CLONES double ek_entropy_sum(const double *p, const double *t, const double *c, size_t n) {
  return entropy_tree(p, t, c, n, 0);
}

CLONES double ek_absolute_entropy_sum(const double *p, const double *t, const double *c, size_t n) {
  return entropy_tree(p, t, c, n, 1);
}

// One term of the divergence at an unusual place: a zero, a ratio out of range, NaN or infinity.
INLINE double divergence_edge(double p, double q) {
  if (!(p >= 0.0) || !(q >= 0.0)) return __builtin_nan("");
  if (p == 0.0) return q;
  if (q == 0.0) return __builtin_inf();
  double level = ek_log(p) - ek_log(q);
  return p * level + (q - p);
}

// With d = (p - q)/q and g = log(1 + d) - d the term is q (d^2 + (1 + d) g): both parts are of the size of
// the term. Outside -1/2 <= d <= 1 the plain form loses at most a factor 6 and needs no help.
CLONES double ek_kl_divergence(const double *p, const double *q, size_t n) {
  Tree tree = {.count = 0, .depth = 0};
  double terms[BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    for (size_t j = 0; j < m; j += 8) {
      size_t part = m - j < 8 ? m - j : 8;
      V8 u, v, g;
      if (part == 8) {
        u = LOAD(p + i + j);
        v = LOAD(q + i + j);
      } else {
        load_part(p + i + j, part, 1.0, &u);
        load_part(q + i + j, part, 1.0, &v);
      }
      V8 difference = u - v;
      V8 ratio = u / v;
      V8 d = difference / v;
      I8 near = (d >= SPLAT(-0.5)) & (d <= SPLAT(1.0));
      log1p_minus_near(&d, &g);
      V8 term = v * (d * d + (1.0 + d) * g);
      if (ANY(~near)) {
        V8 level;
        log8(&ratio, &level);
        term = SELECT(near, term, u * level - difference);
      }
      I8 usual = (ratio >= SPLAT(0x1p-1000)) & (ratio <= SPLAT(0x1p1000));
      if (ANY(~usual)) {
        for (size_t l = 0; l < part; l++) {
          if (!usual[l]) term[l] = divergence_edge(u[l], v[l]);
        }
      }
      // Lanes past the end hold 0, and there is room for them.
      STORE(terms + j, term);
    }
    tree_push(&tree, block_sum(terms, terms, m));
  }
  return tree_total(&tree);
}
