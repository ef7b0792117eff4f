// Sums over all pairs of particles. Coordinates are stored one after another, x[k * n + i] for coordinate k
// of particle i, with n a multiple of 8: particles that fill up the last eight lie so far away that they do
// not count. Every pair is visited once and serves both particles. Two particles meet eight others at a time.

#include "CEntropicKernels.h"
#include "Elementary.h"
#include "Reduce.h"

// exp(x) for x <= 0 with a relative error below 2^-51.5; 0 where x < -700.
INLINE void exp_negative(const V8 *x, V8 *out) {
  V8 shifted = *x * LOG2_E + ROUNDER;
  V8 k = shifted - ROUNDER;
  V8 r = (*x - k * LN2_HIGH) - k * LN2_LOW;
  V8 s = r * r;
  V8 a = 0x1.555555555555ap-3 + r * 0x1.5555555555530p-5;
  V8 b = 0x1.111111110efbcp-7 + r * 0x1.6c16c16c2701bp-10;
  V8 c = 0x1.a01a01b26bd02p-13 + r * 0x1.a01a015270af7p-16;
  V8 d = 0x1.71ddf26927416p-19 + r * 0x1.27e58cff542c9p-22;
  V8 e = 0x1.af686d7bbaecap-26 + r * 0x1.1e670e3d7fd14p-29;
  V8 w = s * s;
  V8 p = (a + s * b) + w * ((c + s * d) + w * e);
  V8 y = 1.0 + (r + (0.5 * s + (s * r) * p));
  y = (V8)((I8)y + ((I8)shifted << 52));
  *out = SELECT(*x >= SPLAT(-700.0), y, SPLAT(0.0));
}

#define MOST 64
#define EVERY(a) ((I8){(a), (a), (a), (a), (a), (a), (a), (a)})

// out_c(i) = sum_j exp(-scale |x_i - x_j|^2) u_c(j), j = i included.
INLINE void gaussian_sums(const double *x, size_t n, size_t d, const double *u, size_t m, double scale,
    double *out) {
  const I8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
  memcpy(out, u, n * m * sizeof(double));
  for (size_t i = 0; i < n; i += 2) {
    V8 first[MOST + 1], second[MOST + 1];
    for (size_t c = 0; c < m; c++) first[c] = second[c] = SPLAT(0.0);
    size_t start = i & ~(size_t)7;
    for (size_t j = start; j < n; j += 8) {
      V8 a = SPLAT(0.0), b = SPLAT(0.0);
      for (size_t k = 0; k < d; k++) {
        V8 others = LOAD(x + k * n + j);
        V8 p = x[k * n + i] - others, q = x[k * n + i + 1] - others;
        a += p * p;
        b += q * q;
      }
      a *= -scale;
      b *= -scale;
      V8 near, far;
      exp_negative(&a, &near);
      exp_negative(&b, &far);
      if (j == start) {
        // Pairs are counted from their first particle only, and no particle with itself.
        I8 own = EVERY((int64_t)(i - start));
        near = SELECT(lane > own, near, SPLAT(0.0));
        far = SELECT(lane > own + 1, far, SPLAT(0.0));
      }
      for (size_t c = 0; c < m; c++) {
        V8 values = LOAD(u + c * n + j);
        first[c] += near * values;
        second[c] += far * values;
        STORE(out + c * n + j, LOAD(out + c * n + j) + (near * u[c * n + i] + far * u[c * n + i + 1]));
      }
    }
    for (size_t c = 0; c < m; c++) {
      out[c * n + i] += fold(&first[c]);
      out[c * n + i + 1] += fold(&second[c]);
    }
  }
}

CLONES void ek_gaussian_sums(const double *x, size_t n, size_t d, const double *u, size_t m, double scale,
    double *out) {
  if (d > MOST || m > MOST + 1) return;
  if (d == 1 && m == 2) {
    gaussian_sums(x, n, 1, u, 2, scale, out);
  } else if (d == 2 && m == 3) {
    gaussian_sums(x, n, 2, u, 3, scale, out);
  } else if (d == 3 && m == 4) {
    gaussian_sums(x, n, 3, u, 4, scale, out);
  } else {
    gaussian_sums(x, n, d, u, m, scale, out);
  }
}

// With q = c^2 + |x - y|^2, z = x - y and the inverse multiquadric q^(-1/2), the Stein kernel is
//   s_x . s_y q^(-1/2) + ((s_x - s_y) . z + d) q^(-3/2) - 3 |z|^2 q^(-5/2).
// rows[i] = sum over j != i; the result is the sum of the squares over pairs i < j.
INLINE double stein_sums(const double *x, const double *s, size_t n, size_t count, size_t d, double c2,
    double *rows) {
  const I8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
  memset(rows, 0, n * sizeof(double));
  Tree tree = {.count = 0, .depth = 0};
  for (size_t i = 0; i < count; i++) {
    V8 own = SPLAT(0.0), squares = SPLAT(0.0);
    size_t start = i & ~(size_t)7;
    for (size_t j = start; j < count; j += 8) {
      V8 product = SPLAT(0.0), cross = SPLAT((double)d), r2 = SPLAT(0.0);
      for (size_t k = 0; k < d; k++) {
        V8 z = x[k * n + i] - LOAD(x + k * n + j);
        V8 other = LOAD(s + k * n + j);
        product += s[k * n + i] * other;
        cross += (s[k * n + i] - other) * z;
        r2 += z * z;
      }
      V8 inverse = 1.0 / (c2 + r2);
      V8 root = __builtin_elementwise_sqrt(inverse);
      V8 h = root * (product + inverse * (cross - 3.0 * r2 * inverse));
      int64_t last = (int64_t)(count - j), from = j == start ? (int64_t)(i - start) : -1;
      if (from >= 0 || last < 8) {
        h = SELECT((lane > EVERY(from)) & (lane < EVERY(last)), h, SPLAT(0.0));
      }
      own += h;
      squares += h * h;
      STORE(rows + j, LOAD(rows + j) + h);
    }
    rows[i] += fold(&own);
    tree_push(&tree, fold(&squares));
  }
  return tree_total(&tree);
}

CLONES double ek_stein_sums(const double *x, const double *s, size_t n, size_t count, size_t d, double c2,
    double *rows) {
  if (d == 1) return stein_sums(x, s, n, count, 1, c2, rows);
  if (d == 2) return stein_sums(x, s, n, count, 2, c2, rows);
  return stein_sums(x, s, n, count, d, c2, rows);
}
