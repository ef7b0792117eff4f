// Array kernels: elementary functions, sums and products in a fixed order.
//
// Goals, ranked: 1. stated error bounds over the whole range of double, 2. the same bytes on every
// processor, 3. speed. Goal 2 is why nothing here is contracted to fused multiply-add: each function is
// compiled for several instruction sets, and all copies perform the same IEEE operations in the same order.
// Where an exact product is wanted (compensated dot) the fused operation is called by name, so it is the
// same operation everywhere.
//
// Sums: blocks of 256 in 32 lanes (four accumulators of eight), lanes folded in a fixed tree, blocks folded
// by a pairwise tree. A sum of m terms passes each term through fewer than 20 + log2(m) roundings. All
// arrays are contiguous; output may be the same array as an input, but must not overlap it partly.

#ifndef C_ENTROPIC_KERNELS_H
#define C_ENTROPIC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Elementary functions, within 1 ulp (2 ulp where the result or the argument is subnormal).
double ek_exp(double x);
double ek_log(double x);
void ek_exp_array(const double *x, double *out, size_t n);
void ek_log_array(const double *x, double *out, size_t n);

// log(1 + x) - x, relative error below 4 ulp for -1/2 <= x <= 1.
double ek_log1p_minus(double x);

// Sums.
double ek_sum(const double *x, size_t n);
double ek_absolute_sum(const double *x, size_t n);
double ek_dot(const double *x, const double *y, size_t n);
double ek_absolute_dot(const double *x, const double *y, size_t n);
double ek_compensated_sum(const double *x, size_t n);
double ek_compensated_dot(const double *x, const double *y, size_t n);

// Largest and smallest element; NaN if one is NaN; -inf and +inf for n = 0.
double ek_maximum(const double *x, size_t n);
double ek_minimum(const double *x, size_t n);

// y += a x, and y *= a.
void ek_axpy(double a, const double *x, double *y, size_t n);
void ek_scale(double a, double *y, size_t n);

// log sum exp x. -inf entries are allowed; NaN gives NaN, +inf gives +inf, n = 0 gives -inf.
double ek_log_sum_exp(const double *x, size_t n);

// p = exp(x) / sum exp(x), optionally (logp not null) logp = x - logsumexp(x); returns the log-sum-exp.
// When the log-sum-exp is not finite there is no such p: it is all 0 for -inf and all NaN otherwise.
double ek_softmax(const double *x, double *p, double *logp, size_t n);

// sum p_i (t_i log p_i + c_i) with 0 log 0 = 0; t null means 1, c null means 0. The second is the same sum of
// absolute values |p_i t_i log p_i| + |p_i c_i|.
double ek_entropy_sum(const double *p, const double *t, const double *c, size_t n);
double ek_absolute_entropy_sum(const double *p, const double *t, const double *c, size_t n);

// sum p log(p / q) - p + q, each term with a relative error of a few ulp; every term is >= 0.
double ek_kl_divergence(const double *p, const double *q, size_t n);

// Row-major matrix with `stride` elements from row to row: out_i = sum_j m_ij x_j, each as ek_dot; out_j =
// sum_i m_ij y_i, blocks of 32 rows folded by a pairwise tree. With `absolute` nonzero, of absolute values.
void ek_row_dots(const double *m, size_t rows, size_t columns, size_t stride, const double *x, double *out,
                 int absolute);
void ek_column_dots(const double *m, size_t rows, size_t columns, size_t stride, const double *y, double *out,
                    int absolute);

// Sums over all pairs of n particles in d <= 64 dimensions; coordinates one after another, n a multiple of 8.
// out_c(i) = sum_j exp(-scale |x_i - x_j|^2) u_c(j) for m <= 65 columns u; exp with relative error 2^-51.
void ek_gaussian_sums(const double *x, size_t n, size_t d, const double *u, size_t m, double scale,
                      double *out);

// rows[i] = sum over j != i of the Stein kernel of the inverse multiquadric (c2 + |x - y|^2)^(-1/2) with
// scores s, over the first `count` of n particles; returns the sum of its squares over pairs.
double ek_stein_sums(const double *x, const double *s, size_t n, size_t count, size_t d, double c2,
                     double *rows);

// n standard normal variates from 8 generators xoshiro256++ side by side: state[8 k + l] is word k of lane l.
// Sixteen variates are made at a time, and what is not used is lost.
void ek_normals(uint64_t *state, double *out, size_t n);

// The elements low <= x <= high are kept, with their weights (w null means 1), where the capacity exceeds their
// number by 33; returns their number then, and n + 1 without room. above[0] is the mass and above[1] the weighted
// sum of the elements > high, above[2] the mass of those in the range. A NaN makes above[1] NaN.
size_t ek_split(const double *x, const double *w, size_t n, double low, double high, double *kept,
                double *kept_weights, size_t capacity, double *above);

// With d = f - centre and e = q exp(t d - shift) (q null means 1): moments_k = sum e d^k for k = 0 ... 3.
void ek_tilt_moments(const double *f, const double *q, size_t n, double centre, double t, double shift,
                     double *moments);
// p = factor e, sums = (sum p, sum p d).
void ek_tilt(const double *f, const double *q, size_t n, double centre, double t, double shift, double factor,
             double *p, double *sums);

// p = max(x - level, 0).
void ek_positive_part(const double *x, size_t n, double level, double *p);

// Asks the system for large pages behind memory that is about to be written for the first time.
void ek_prefer_large_pages(void *start, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
