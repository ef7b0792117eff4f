#include "Elementary.h"

#include "CEntropicKernels.h"

CLONES void ek_exp_array(const double *x, double *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V8 v = LOAD(x + i), y;
    exp8(&v, &y);
    STORE(out + i, y);
  }
  if (i < n) {
    V8 v, y;
    load_part(x + i, n - i, 0.0, &v);
    exp8(&v, &y);
    store_part(out + i, n - i, &y);
  }
}

CLONES void ek_log_array(const double *x, double *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V8 v = LOAD(x + i), y;
    log8(&v, &y);
    STORE(out + i, y);
  }
  if (i < n) {
    V8 v, y;
    load_part(x + i, n - i, 1.0, &v);
    log8(&v, &y);
    store_part(out + i, n - i, &y);
  }
}

// One number runs through the same operations as a lane, so that it gets the same bytes.
CLONES double ek_exp(double x) {
  V8 v = SPLAT(x), y;
  exp8(&v, &y);
  return y[0];
}

CLONES double ek_log(double x) {
  V8 v = SPLAT(x), y;
  log8(&v, &y);
  return y[0];
}

CLONES double ek_log1p_minus(double x) {
  V8 v = SPLAT(x), y;
  if (x >= -0.5 && x <= 1.0) {
    log1p_minus_near(&v, &y);
    return y[0];
  }
  if (x == __builtin_inf()) return -x;
  // 1 + x = u + lost exactly; log(1 + x) = log(u) + lost / u to first order, enough where |log(1 + x)| > 0.6.
  double u = 1.0 + x;
  double lost = x >= 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
  V8 w = SPLAT(u);
  log8(&w, &y);
  if (!(u > 0.0)) return y[0];
  return (y[0] + lost / u) - x;
}
