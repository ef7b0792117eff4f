#include "Reduce.h"

#include "CEntropicKernels.h"

CLONES double ek_sum(const double *x, size_t n) { return tree_sum(x, x, n); }
CLONES double ek_absolute_sum(const double *x, size_t n) { return tree_absolute_sum(x, x, n); }
CLONES double ek_dot(const double *x, const double *y, size_t n) { return tree_dot(x, y, n); }
CLONES double ek_absolute_dot(const double *x, const double *y, size_t n) {
  return tree_absolute_dot(x, y, n);
}

CLONES double ek_maximum(const double *x, size_t n) { return array_maximum(x, n); }
CLONES double ek_minimum(const double *x, size_t n) { return array_minimum(x, n); }

CLONES void ek_axpy(double a, const double *x, double *y, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) STORE(y + i, LOAD(y + i) + a * LOAD(x + i));
  for (; i < n; i++) y[i] += a * x[i];
}

CLONES void ek_scale(double a, double *y, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) STORE(y + i, a * LOAD(y + i));
  for (; i < n; i++) y[i] *= a;
}

// s + error = a + b exactly (Knuth), on eight lanes or on one number.
#define TWO_SUM(TYPE, a, b, s, error)                                                   \
  TYPE s = (a) + (b);                                                                   \
  TYPE s##_part = s - (a);                                                              \
  TYPE error = ((a) - (s - s##_part)) + ((b) - s##_part)

// Folds eight running sums and their errors into one number, still compensated.
INLINE double fold_compensated(const V8 *sums, const V8 *errors) {
  double total = 0.0, lost = 0.0;
  for (int j = 0; j < 8; j++) {
    TWO_SUM(double, total, (*sums)[j], next, error);
    total = next;
    lost += error + (*errors)[j];
  }
  return total + lost;
}

// Eight interleaved compensated sums. Where a partial sum overflows the error terms are NaN: the plain sum
// answers.
CLONES double ek_compensated_sum(const double *x, size_t n) {
  V8 sums = SPLAT(0.0), errors = SPLAT(0.0);
  for (size_t i = 0; i < n; i += 8) {
    V8 v;
    if (i + 8 <= n) {
      v = LOAD(x + i);
    } else {
      load_part(x + i, n - i, 0.0, &v);
    }
    TWO_SUM(V8, sums, v, next, error);
    sums = next;
    errors += error;
  }
  double result = fold_compensated(&sums, &errors);
  return result - result == 0.0 ? result : tree_sum(x, x, n);
}

// The same with the exact product x y = p + fma(x, y, -p).
CLONES double ek_compensated_dot(const double *x, const double *y, size_t n) {
  V8 sums = SPLAT(0.0), errors = SPLAT(0.0);
  for (size_t i = 0; i < n; i += 8) {
    V8 u, v;
    if (i + 8 <= n) {
      u = LOAD(x + i);
      v = LOAD(y + i);
    } else {
      load_part(x + i, n - i, 0.0, &u);
      load_part(y + i, n - i, 0.0, &v);
    }
    V8 product = u * v;
    V8 rest = __builtin_elementwise_fma(u, v, -product);
    TWO_SUM(V8, sums, product, next, error);
    sums = next;
    errors += error + rest;
  }
  double result = fold_compensated(&sums, &errors);
  return result - result == 0.0 ? result : tree_dot(x, y, n);
}
